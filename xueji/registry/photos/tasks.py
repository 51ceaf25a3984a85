"""Jobs of the room ``photos``: the nightly sweep, in the system's own name."""

from __future__ import annotations

from procrastinate.contrib.django import app

from xueji.ground.accounts.context import acting_system


@app.periodic(cron="53 3 * * *")
@app.task(name="photos.sweep", queue="photos")
def sweep(timestamp: int) -> None:
    """Take away pictures that nobody confirmed."""
    from xueji.registry.photos.services import sweep as take_away

    with acting_system():
        take_away()
