"""The room ``dossiers`` of the duties floor. It keeps no table; it is an app for its nightly job."""

from django.apps import AppConfig


class DossiersConfig(AppConfig):
    name = "xueji.duties.dossiers"
    label = "dossiers"
