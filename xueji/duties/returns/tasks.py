"""The job of the room ``returns``, in the system's own name."""

from __future__ import annotations

from contextlib import suppress

from procrastinate import exceptions
from procrastinate.contrib.django import app


@app.periodic(cron="*/5 * * * *")
@app.task(name="returns.recount_standing", queue="returns", queueing_lock="returns.recount_standing")
def recount_standing(timestamp: int) -> None:
    """Every five minutes: the counts of the standing list, of the schools whose journals went on.

    A batch of schools a job, which asks for the next one: what somebody waits for is done between them.
    """
    from xueji.duties.returns.standing import recount

    if recount().left:
        with suppress(exceptions.AlreadyEnqueued):
            recount_standing.configure().defer(timestamp=timestamp)
