"""The room ``rollcall`` of the registry floor."""

from django.apps import AppConfig


class RollcallConfig(AppConfig):
    name = "xueji.registry.rollcall"
    label = "rollcall"
