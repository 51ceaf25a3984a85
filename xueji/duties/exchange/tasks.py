"""Jobs of the room ``exchange``, in the system's own name: a change is above well within a minute where connected."""

from __future__ import annotations

from procrastinate.contrib.django import app


@app.task(name="exchange.take_arrived", queue="exchange", lock="exchange.take_arrived")
def take_arrived() -> None:
    """Take in what was put down at the door."""
    from xueji.duties.exchange.services import pushing

    pushing.take_arrived()


@app.task(name="exchange.answer_questions", queue="exchange", lock="exchange.answer_questions")
def answer_questions() -> None:
    """Answer what another node's comparison asks."""
    from xueji.duties.exchange.reconcile import answering

    answering.answer_waiting()


@app.periodic(cron="* * * * * */20")
@app.task(name="exchange.push", queue="exchange", lock="exchange.push", queueing_lock="exchange.push")
def push(timestamp: int) -> None:
    """Three times a minute: take in what waits, make what the others lack, push what is due, ask for receipts."""
    from xueji.duties.exchange.services import pushing

    pushing.take_arrived()
    pushing.make_due()
    pushing.push_due()
