"""The room ``cases`` of the registry floor."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "xueji.registry.cases"
    label = "cases"
