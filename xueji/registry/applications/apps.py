"""The room ``applications`` of the registry floor."""

from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "xueji.registry.applications"
    label = "applications"
