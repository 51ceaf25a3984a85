"""The room ``documents`` of the ground floor."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "xueji.ground.documents"
    label = "documents"
