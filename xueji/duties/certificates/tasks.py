"""Jobs of the room ``certificates``. A job carries ids only; the post is checked again when it runs."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from xueji.ground.accounts.context import acting_system
from xueji.ground.accounts.selectors import resolve_actor


@app.task(name="certificates.carry_out_batch", queue="certificates")
def carry_out_batch(batch: str, person: str, post: str, organisation: str) -> None:
    """Carry out a batch of cards in the name of who ordered it."""
    from xueji.duties.certificates.services.batching import carry_out

    carry_out(actor=resolve_actor(UUID(person), UUID(post), UUID(organisation)), batch=UUID(batch))


@app.periodic(cron="23 4 * * *")
@app.task(name="certificates.sweep_files", queue="certificates")
def sweep_files(timestamp: int) -> None:
    """Erase the PDFs of batches after some days."""
    from xueji.duties.certificates.services.batching import sweep_files as sweep

    with acting_system():
        sweep()


@app.periodic(cron="29 17 * * *")
@app.task(name="certificates.end_of_closed", queue="certificates")
def end_of_closed(timestamp: int) -> None:
    """End what closed organisations left undone: another node may have closed them (shortly after midnight)."""
    from xueji.duties.certificates.services.ending import end_of_closed as end

    with acting_system():
        end()
