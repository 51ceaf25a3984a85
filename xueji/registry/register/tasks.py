"""Jobs of the room ``register``. A job carries ids only; the post is checked again when it runs."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from xueji.ground.accounts.context import acting_system
from xueji.ground.accounts.selectors import resolve_actor
from xueji.ground.accounts.tasks import WAITED_FOR


@app.task(name="register.make_export", queue="register", priority=WAITED_FOR)
def make_export(export: str, person: str, post: str, organisation: str) -> None:
    """Make an export in the name of who asked for it."""
    from xueji.registry.register.services.exporting import make_export as make

    make(actor=resolve_actor(UUID(person), UUID(post), UUID(organisation)), export=UUID(export))


@app.periodic(cron="17 * * * *")
@app.task(name="register.sweep_exports", queue="register")
def sweep_exports(timestamp: int) -> None:
    """Erase exports of yesterday."""
    from xueji.registry.register.services.exporting import sweep_exports as sweep

    with acting_system():
        sweep()
