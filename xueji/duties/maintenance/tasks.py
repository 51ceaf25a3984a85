"""The daily job of the room ``maintenance``."""

from __future__ import annotations

from procrastinate.contrib.django import app


@app.periodic(cron="2 16 * * *")
@app.task(name="maintenance.rotate_logs", queue="maintenance")
def rotate_logs(timestamp: int) -> None:
    """Put the day's log aside just after midnight in Nanjing (crons are in UTC), under the name of the day before."""
    from datetime import timedelta
    from pathlib import Path

    from django.conf import settings

    from xueji.duties.maintenance.log_files import rotate
    from xueji.ground.parameters.selectors import rulebook
    from xueji.pure.kernel.environment import today

    kept = int(rulebook(today()).settings["log_kept_days"])
    rotate(Path(settings.XUEJI_HOME) / "logs", today() - timedelta(days=1), kept)
