"""Checking a workbook without keeping anything of it (command line, API)."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from xueji.ground.disclosure import services as disclosure
from xueji.pure.kernel.types import Actor
from xueji.registry.intake.checking import CheckResult, check_workbook
from xueji.registry.intake.facts import context_for, register_facts
from xueji.registry.intake.services.uploading import may_fill


@transaction.atomic
def look_at(*, actor: Actor, school: UUID, kind: str, data: bytes) -> CheckResult:
    """All findings of a workbook. Raises Refused (``workbook.*``) where it can't be read as a roster."""
    may_fill(actor, school)
    result = check_workbook(data, context_for(school, kind), register_facts(school))
    disclosure.log_register_search(actor=actor, rows=result.rows)
    return result
