"""Jobs of the room ``dossiers``: the nightly sweep, in the system's own name."""

from __future__ import annotations

from procrastinate.contrib.django import app

from xueji.ground.accounts.context import acting_system


@app.periodic(cron="41 3 * * *")
@app.task(name="dossiers.sweep_unlodged", queue="dossiers")
def sweep_unlodged(timestamp: int) -> None:
    """Take away dossiers that were uploaded and never lodged with anything."""
    from xueji.duties.dossiers.taking import sweep_unlodged as sweep

    with acting_system():
        sweep()
