"""The room ``maintenance`` of the duties floor: how this installation is, problems reported upwards (A5, D1)."""

from django.apps import AppConfig


class MaintenanceConfig(AppConfig):
    name = "xueji.duties.maintenance"
    label = "maintenance"
