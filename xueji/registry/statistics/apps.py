"""The room ``statistics`` of the registry floor."""

from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    name = "xueji.registry.statistics"
    label = "statistics"
