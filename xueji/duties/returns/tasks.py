"""Jobs of the room ``returns``."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from procrastinate import exceptions
from procrastinate.contrib.django import app

from xueji.ground.accounts.selectors import resolve_actor
from xueji.ground.accounts.tasks import WAITED_FOR


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


@app.task(name="returns.make_list", queue="register", priority=WAITED_FOR)
def make_list(export: str, person: str, post: str, organisation: str) -> None:
    """Make a list's file in the name of who asked for it. The job carries ids only; the post is checked again."""
    from xueji.duties.returns.exporting import make_list as make

    make(actor=resolve_actor(UUID(person), UUID(post), UUID(organisation)), export=UUID(export))
