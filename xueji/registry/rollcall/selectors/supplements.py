"""The supplements (更正) of closed rolls, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from xueji.registry.register.selectors import student_names
from xueji.registry.rollcall.models import Supplement, SupplementState
from xueji.registry.rollcall.sealed import open_all, supplement_place
from xueji.registry.rollcall.types import Reading, SupplementView


def supplements(roll: UUID, *, line: int | None = None) -> list[SupplementView]:
    """All of a roll, or those of one line, with their words opened."""
    found = Supplement.objects.filter(roll=roll).select_related("line").order_by("number")
    rows = list(found if line is None else found.filter(line=line))
    names = student_names(one.student for one in rows)
    told = open_all((one.student, one.told, supplement_place(one.id)) for one in rows)
    remarks = open_all((one.student, one.remark, supplement_place(one.id)) for one in rows)
    return [
        SupplementView(
            one.id, roll, one.line_id, one.student, names.get(one.student, ""), one.line.class_group,
            Reading(one.number, one.presence, one.came_on, one.outcome, one.outcome_on, one.application),
            words["why"], words["reason"], one.state, one.proposed_at, one.proposed_by, one.decided_at,
            one.decided_by, remark or "",
        )
        for one, words, remark in zip(rows, told, remarks, strict=True)
    ]  # fmt: skip


def supplements_open(schools: Sequence[UUID]) -> dict[UUID, int]:
    """By roll: how many supplements wait for the deputy head."""
    found = Supplement.objects.filter(school__in=list(schools), state=SupplementState.PROPOSED)
    waiting: dict[UUID, int] = {}
    for roll in found.values_list("roll_id", flat=True):
        waiting[roll] = waiting.get(roll, 0) + 1
    return waiting
