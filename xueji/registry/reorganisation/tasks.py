"""The daily job of the room ``reorganisation``: what was decided comes into force on its day."""

from __future__ import annotations

from procrastinate.contrib.django import app


@app.periodic(cron="5 17 * * *")
@app.task(name="reorganisation.carry_due", queue="reorganisation")
def carry_due(timestamp: int) -> None:
    """Shortly after midnight (five past one in Nanjing; crons are in UTC), in the name of those who decided."""
    from xueji.registry.reorganisation.services import carry_due as run

    run()
