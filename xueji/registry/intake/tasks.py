"""Jobs of the room ``intake``. A job carries ids only; the post is checked again when it runs."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from xueji.ground.accounts.selectors import resolve_actor
from xueji.ground.accounts.tasks import WAITED_FOR


@app.task(name="intake.check_upload", queue="intake", priority=WAITED_FOR)
def check_upload(upload: str, person: str, post: str, organisation: str) -> None:
    """Check an uploaded roster in the name of who uploaded it."""
    from xueji.registry.intake.services import check

    check(actor=resolve_actor(UUID(person), UUID(post), UUID(organisation)), upload=UUID(upload))
