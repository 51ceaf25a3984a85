"""The room ``certificates`` of the duties floor."""

from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "xueji.duties.certificates"
    label = "certificates"

    def ready(self) -> None:
        """Say how the registry asks what rests on a graduation and on a transfer out, and ends what a closed school had
        under way."""
        from xueji.duties.certificates.selectors import resting, sheet_out
        from xueji.duties.certificates.services.ending import end_of_closed, under_way
        from xueji.registry.applications.resting import ask, ask_papers
        from xueji.registry.reorganisation import closing

        ask(self.label, resting)
        ask_papers(self.label, sheet_out)
        closing.add(self.label, closing.Room(under_way, end_of_closed))
