"""The daily job of the room ``reminders``, in the system's own name."""

from __future__ import annotations

from procrastinate.contrib.django import app


@app.periodic(cron="20 22 * * *")
@app.task(name="reminders.remind", queue="reminders")
def remind(timestamp: int) -> None:
    """Every morning before work (20 past 6 in Nanjing; crons are in UTC)."""
    from xueji.duties.reminders.services import remind as run

    run()
