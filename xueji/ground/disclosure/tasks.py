"""Jobs of the room ``disclosure``, in the system's own name."""

from __future__ import annotations

from procrastinate.contrib.django import app

from xueji.ground.accounts.context import acting_system


@app.periodic(cron="* * * * *")
@app.task(name="disclosure.chain", queue="disclosure")
def chain(timestamp: int) -> None:
    """Chain the lines of the log that no block holds yet, a batch at a time."""
    from xueji.ground.disclosure.services import chain as chain_batch

    made = True
    while made:
        with acting_system():
            made = chain_batch() is not None
