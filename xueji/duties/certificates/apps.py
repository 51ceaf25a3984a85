"""The room ``certificates`` of the duties floor."""

from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "xueji.duties.certificates"
    label = "certificates"

    def ready(self) -> None:
        """Say how the registry asks what rests on a graduation, and ends what a closed school had under way."""
        from xueji.duties.certificates.selectors import resting
        from xueji.duties.certificates.services.ending import end_of_closed, under_way
        from xueji.registry.applications.resting import ask
        from xueji.registry.reorganisation import closing

        ask(self.label, resting)
        closing.add(self.label, closing.Room(under_way, end_of_closed))
