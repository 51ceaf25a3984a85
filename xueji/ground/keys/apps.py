"""The room ``keys`` of the ground floor."""

from django.apps import AppConfig


class KeysConfig(AppConfig):
    name = "xueji.ground.keys"
    label = "keys"
