"""The room ``journals`` of the ground floor."""

from django.apps import AppConfig


class JournalsConfig(AppConfig):
    name = "xueji.ground.journals"
    label = "journals"
