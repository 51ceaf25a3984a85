"""Jobs of the room ``ledgers``. A job carries ids only; the post is checked again when it runs."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from xueji.ground.accounts.selectors import resolve_actor
from xueji.ground.accounts.tasks import WAITED_FOR


@app.task(name="ledgers.make_export", queue="register", priority=WAITED_FOR)
def make_export(export: str, person: str, post: str, organisation: str) -> None:
    """Make a ledger's file in the name of who asked for it."""
    from xueji.duties.ledgers.services import make_export as make

    make(actor=resolve_actor(UUID(person), UUID(post), UUID(organisation)), export=UUID(export))
