"""The room ``register`` of the registry floor."""

from django.apps import AppConfig


class RegisterConfig(AppConfig):
    name = "xueji.registry.register"
    label = "register"
