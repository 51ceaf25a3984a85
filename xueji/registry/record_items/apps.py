"""The room ``record_items`` of the registry floor."""

from django.apps import AppConfig


class RecordItemsConfig(AppConfig):
    name = "xueji.registry.record_items"
    label = "record_items"
