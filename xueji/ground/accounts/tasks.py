"""Jobs of the room ``accounts``, in the system's own name."""

from __future__ import annotations

from procrastinate.contrib.django import app

from xueji.ground.accounts.context import acting_system

#: The priority of a job that somebody at a page waits for; the system's own (0) come after it.
WAITED_FOR = 10


@app.periodic(cron="2 * * * *")
@app.task(name="accounts.refresh_access", queue="accounts")
def refresh_access(timestamp: int) -> None:
    """Bring sight to the day's relations: one may begin or end by its date without anybody acting."""
    from xueji.ground.accounts.services import refresh_access as refresh

    with acting_system():
        refresh()


@app.periodic(cron="32 3 * * *")
@app.task(name="accounts.sweep_grants", queue="accounts")
def sweep_grants(timestamp: int) -> None:
    """Remove grants whose transactions have ended."""
    from xueji.ground.accounts.services import sweep_grants as sweep

    sweep()


@app.periodic(cron="12 19 * * *")
@app.task(name="accounts.deactivate_unused", queue="accounts")
def deactivate_unused(timestamp: int) -> None:
    """Close accounts that nobody used for long (12 past 3 at night in Nanjing; crons are in UTC)."""
    from xueji.ground.accounts.services import deactivate_unused as close

    close()
