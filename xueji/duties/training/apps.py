"""The room ``training`` of the duties floor: courses and examinations, handovers of posts (clauses A3, A5)."""

from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "xueji.duties.training"
    label = "training"
