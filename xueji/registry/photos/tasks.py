"""Jobs of the room ``photos``: reading in the name of who uploaded, the nightly sweep in the system's."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from xueji.ground.accounts.context import acting_system
from xueji.ground.accounts.selectors import resolve_actor
from xueji.ground.accounts.tasks import WAITED_FOR


@app.task(name="photos.read_upload", queue="photos", priority=WAITED_FOR)
def read_upload(upload: str, person: str, post: str, organisation: str) -> None:
    """Read the pictures of an upload in the name of who uploaded them."""
    from xueji.registry.photos.services import read

    read(actor=resolve_actor(UUID(person), UUID(post), UUID(organisation)), upload=UUID(upload))


@app.task(name="photos.take_upload", queue="photos", priority=WAITED_FOR)
def take_upload(upload: str, person: str, post: str, organisation: str) -> None:
    """Take the pictures that are ready in the name of who confirmed them."""
    from xueji.registry.photos.services import take

    take(actor=resolve_actor(UUID(person), UUID(post), UUID(organisation)), upload=UUID(upload))


@app.periodic(cron="53 3 * * *")
@app.task(name="photos.sweep", queue="photos")
def sweep(timestamp: int) -> None:
    """Take away pictures that nobody confirmed."""
    from xueji.registry.photos.services import sweep as take_away

    with acting_system():
        take_away()
