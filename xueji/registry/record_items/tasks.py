"""Jobs of the room ``record_items``: the nightly sweep, in the system's name."""

from __future__ import annotations

from procrastinate.contrib.django import app

from xueji.ground.accounts.context import acting_system


@app.periodic(cron="57 3 * * *")
@app.task(name="record_items.sweep", queue="record_items")
def sweep(timestamp: int) -> None:
    """Take away workbooks that nobody confirmed."""
    from xueji.registry.record_items.services import sweep as take_away

    with acting_system():
        take_away()
