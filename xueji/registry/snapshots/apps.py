"""The room ``snapshots`` of the registry floor."""

from django.apps import AppConfig


class SnapshotsConfig(AppConfig):
    name = "xueji.registry.snapshots"
    label = "snapshots"
