"""The room ``returns`` of the duties floor."""

from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    name = "xueji.duties.returns"
    label = "returns"

    def ready(self) -> None:
        """Say how the registry asks what rests on a graduation."""
        from xueji.duties.returns.resting import resting
        from xueji.registry.applications.resting import ask

        ask(self.label, resting)
