"""The room ``certificates`` of the duties floor."""

from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "xueji.duties.certificates"
    label = "certificates"
