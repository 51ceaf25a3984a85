"""The room ``intake`` of the registry floor."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "xueji.registry.intake"
    label = "intake"
