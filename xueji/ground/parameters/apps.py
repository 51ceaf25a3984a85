"""The room ``parameters`` of the ground floor."""

from django.apps import AppConfig


class ParametersConfig(AppConfig):
    name = "xueji.ground.parameters"
    label = "parameters"
