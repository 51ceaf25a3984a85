"""The room ``ledgers`` of the duties floor. It keeps no table: all it says is read from journals and register."""

from django.apps import AppConfig


class LedgersConfig(AppConfig):
    name = "xueji.duties.ledgers"
    label = "ledgers"
