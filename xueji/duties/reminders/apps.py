"""The room ``reminders`` of the duties floor: what runs out, falls due or is missing, said once to those concerned."""

from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "xueji.duties.reminders"
    label = "reminders"
