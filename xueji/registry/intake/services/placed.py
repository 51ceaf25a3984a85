"""A child of whom there is no record and no application: the bureau's clerk enters it and places it (统筹安排)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from xueji.ground.disclosure import services as disclosure
from xueji.pure.kernel.types import Actor
from xueji.pure.rules import PLACED
from xueji.registry.applications import services as applications
from xueji.registry.applications.services.placing import receiving, row_place
from xueji.registry.intake.checking import check_record
from xueji.registry.intake.facts import context_for, register_facts
from xueji.registry.intake.limits import APPLICATION_KINDS
from xueji.registry.intake.types import LodgeOutcome


@transaction.atomic
def lodge_placed_pupil(
    *,
    actor: Actor,
    class_group: UUID,
    reason: str,
    values: Mapping[str, Any],
    evidence: Sequence[tuple[str, UUID]] = (),
) -> LodgeOutcome:
    """Propose a class group for the child of these values (field code or header → value); any error refuses it.

    Grade, class and site are those of the class group, whatever the values say. Only the clerk of the school's bureau
    may; the search over the register is logged. Raises ``Refused``.
    """
    group, stands = receiving(actor, class_group, APPLICATION_KINDS[PLACED], reason)
    disclosure.log_register_search(actor=actor, rows=1)
    school = group.school_id
    given = {**values, **row_place(group, stands.book)}
    result = check_record(given, context_for(school, PLACED), register_facts(school))
    found = tuple(result.found())
    if result.has_errors:
        return LodgeOutcome(None, "refused", 1, found)
    ((_, canonical),) = result.values()
    made = applications.lodge_placement_of_child(
        actor=actor, class_group=class_group, reason=reason, row=canonical, evidence=evidence
    )
    return LodgeOutcome(made.application, made.state, 1, found, made.parked)
