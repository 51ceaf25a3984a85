"""The room ``filings`` of the duties floor: what bureaus file each year, the regime's documents, undertakings."""

from django.apps import AppConfig


class FilingsConfig(AppConfig):
    name = "xueji.duties.filings"
    label = "filings"
