"""One pupil's form: the same rules, the same lodging, another source."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from xueji.ground.disclosure import services as disclosure
from xueji.ground.keys.sealing import canonical_json
from xueji.pure.kernel.types import Actor
from xueji.registry.applications import services as applications
from xueji.registry.applications.services.rosters import same_file
from xueji.registry.intake.checking import CheckResult, Found, check_record
from xueji.registry.intake.facts import context_for, register_facts
from xueji.registry.intake.limits import APPLICATION_KINDS
from xueji.registry.intake.services.uploading import may_fill
from xueji.registry.intake.types import LodgeOutcome

#: Row number of the only row of a form's application.
FORM_ROW = 1


@transaction.atomic
def check_pupil(*, actor: Actor, school: UUID, kind: str, values: Mapping[str, Any]) -> CheckResult:
    """What the rules say of one pupil's values (field code or header → value). Nothing is kept but a log line."""
    may_fill(actor, school)
    disclosure.log_register_search(actor=actor, rows=1)
    return check_record(values, context_for(school, kind), register_facts(school))


@transaction.atomic
def lodge_pupil(
    *,
    actor: Actor,
    school: UUID,
    kind: str,
    values: Mapping[str, Any],
    evidence: Sequence[tuple[str, UUID]] = (),
    paper_date: date | None = None,
    paper_reason: str = "",
) -> LodgeOutcome:
    """Lodge an application of one pupil; any error refuses it; the same values again give the same application.

    ``evidence``: (the rulebook's key, document), where the kind asks for papers. ``paper_date``, ``paper_reason``: it
    was accepted on paper while the system was down.
    """
    result = check_pupil(actor=actor, school=school, kind=kind, values=values)
    found: tuple[Found, ...] = tuple(result.found())
    ((_, canonical),) = result.values()
    digest = hashlib.sha256(b"form\x00" + canonical_json(canonical)).hexdigest()
    if result.has_errors:
        before = same_file(school, APPLICATION_KINDS[kind], digest)  # lodged already: it is pending itself
        if before is not None:
            return LodgeOutcome(before.id, before.state, 1, found, already_lodged=True)
        return LodgeOutcome(None, "refused", 1, found)
    made = applications.lodge_roster(
        actor=actor,
        school=school,
        kind=APPLICATION_KINDS[kind],
        rows=[canonical],
        row_numbers=[FORM_ROW],
        file_digest=digest,
        evidence=evidence,
        paper_date=paper_date,
        paper_reason=paper_reason,
    )
    outcome = LodgeOutcome(made.application, made.state, 1, found, made.parked)
    return replace(outcome, already_lodged=made.already_lodged)
