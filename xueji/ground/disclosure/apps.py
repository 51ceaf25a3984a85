"""The room ``disclosure`` of the ground floor."""

from django.apps import AppConfig


class DisclosureConfig(AppConfig):
    name = "xueji.ground.disclosure"
    label = "disclosure"
