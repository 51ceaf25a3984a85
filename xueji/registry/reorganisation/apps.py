"""The room ``reorganisation`` of the registry floor."""

from django.apps import AppConfig


class ReorganisationConfig(AppConfig):
    name = "xueji.registry.reorganisation"
    label = "reorganisation"
