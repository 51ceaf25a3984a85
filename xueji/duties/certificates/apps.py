"""The room ``certificates`` of the duties floor."""

from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "xueji.duties.certificates"
    label = "certificates"

    def ready(self) -> None:
        """Say how the registry asks what rests on a graduation."""
        from xueji.duties.certificates.selectors import resting
        from xueji.registry.applications.resting import ask

        ask(self.label, resting)
