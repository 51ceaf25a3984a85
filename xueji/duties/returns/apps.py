"""The room ``returns`` of the duties floor."""

from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    name = "xueji.duties.returns"
    label = "returns"
