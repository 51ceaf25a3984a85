"""The room ``inspections`` of the duties floor: regular checks (定期审核) by schools and by their bureaus."""

from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    name = "xueji.duties.inspections"
    label = "inspections"
