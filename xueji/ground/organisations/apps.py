"""The room ``organisations`` of the ground floor."""

from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "xueji.ground.organisations"
    label = "organisations"
