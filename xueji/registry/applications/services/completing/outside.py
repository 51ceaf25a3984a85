"""The last decision on a child without a registration here: an entry in the school's journal, no student (ADR 0017)."""

from __future__ import annotations

from uuid import UUID

from xueji.pure.kernel.types import Actor
from xueji.pure.procedures.frame import decide, procedures
from xueji.registry.applications.models import Application
from xueji.registry.applications.services.completing.writing import write
from xueji.registry.applications.services.outside import facts_today


def complete_outside(*, actor: Actor, application: Application, step: UUID) -> None:
    """Write what the procedure plans. Raises ``Refused``."""
    facts = facts_today(application)
    write(
        actor=actor,
        application=application,
        step=step,
        plan=decide(procedures()[application.kind], facts),
        rulebook_version=facts.book.version,
        effective_on=facts.on,
    )
