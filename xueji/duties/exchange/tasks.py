"""Jobs of the room ``exchange``, in the system's own name: a change is above well within a minute where connected."""

from __future__ import annotations

from procrastinate.contrib.django import app


@app.task(name="exchange.take_arrived", queue="exchange", lock="exchange.take_arrived")
def take_arrived() -> None:
    """Take in what was put down at the door."""
    from xueji.duties.exchange.services import arriving

    arriving.take_arrived()


@app.task(name="exchange.answer_questions", queue="exchange", lock="exchange.answer_questions")
def answer_questions() -> None:
    """Answer what another node's comparison asks."""
    from xueji.duties.exchange.reconcile import answering

    answering.answer_waiting()


@app.periodic(cron="* * * * * */20")
@app.task(name="exchange.push", queue="exchange", lock="exchange.push", queueing_lock="exchange.push")
def push(timestamp: int) -> None:
    """Three times a minute: take in what waits, make what the others lack, push what is due, ask for receipts; files
    that are not needed any more are taken away."""
    from xueji.duties.exchange.services import arriving, pushing, sweeping

    arriving.take_arrived()
    pushing.make_due()
    pushing.push_due()
    sweeping.sweep()


@app.task(name="exchange.make", queue="exchange", lock="exchange.push")
def make(peer: str) -> None:
    """Make the package that a bureau ordered for a node, to be fetched as a file."""
    from xueji.duties.exchange import services
    from xueji.ground.accounts.context import acting_system

    with acting_system():
        services.export(to=peer)


@app.task(name="exchange.push_now", queue="exchange", lock="exchange.push")
def push_now() -> None:
    """The same as every twenty seconds, without waiting for the time of the next attempt."""
    from xueji.duties.exchange.services import arriving, pushing

    arriving.take_arrived()
    pushing.make_due(now=True)
    pushing.push_due(now=True)
