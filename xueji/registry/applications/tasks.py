"""Jobs of the room ``applications``. A job carries ids only; the post is checked again when it runs. The nightly
sweep is in the system's own name."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from xueji.ground.accounts.context import acting_system
from xueji.ground.accounts.selectors import resolve_actor
from xueji.ground.accounts.tasks import WAITED_FOR


@app.task(name="applications.carry_out_run", queue="applications", priority=WAITED_FOR)
def carry_out_run(run: str, person: str, post: str, organisation: str) -> None:
    """Carry out a bulk run in the name of who began it."""
    from xueji.registry.applications.services.bulk import carry_out

    carry_out(actor=resolve_actor(UUID(person), UUID(post), UUID(organisation)), run=UUID(run))


@app.task(name="applications.make_file_list", queue="register", priority=WAITED_FOR)
def make_file_list(export: str, person: str, post: str, organisation: str) -> None:
    """Make the workbook of a list of files in the name of who asked for it."""
    from xueji.registry.applications.file_lists import make_export

    make_export(actor=resolve_actor(UUID(person), UUID(post), UUID(organisation)), export=UUID(export))


@app.periodic(cron="47 3 * * *")
@app.task(name="applications.sweep_scans", queue="applications")
def sweep_scans(timestamp: int) -> None:
    """Take away scans that nobody confirmed."""
    from xueji.registry.applications.services.scanning import sweep_scans as sweep

    with acting_system():
        sweep()
