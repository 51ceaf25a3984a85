"""Class groups of cohorts, and the yearly promotion (design §3 "Cohort")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from xueji.ground.journals.services import Entry, NewEntry, lock
from xueji.ground.organisations.authority import require_school
from xueji.ground.organisations.models import ClassGroup
from xueji.ground.organisations.rules import rules
from xueji.ground.organisations.selectors import by_id, competent_bureau, promoted, stages_of
from xueji.ground.organisations.state import main_site_id, write
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.operations import PromoteCohort, SetClassGroup
from xueji.pure.kernel.types import Actor, Refused


@dataclass(frozen=True, slots=True)
class ClassDraft:
    """A class group to be set; ``site`` None is the main site, ``id`` of one that exists changes its fields."""

    stage: str
    intake_year: int
    class_no: int
    site: UUID | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    id: UUID | None = None


def _bureau_now(school: UUID, effective_on: date) -> UUID | None:
    """Whose school it is now: what is entered today for a day before a merger of districts is the new bureau's act."""
    return competent_bureau(school, max(effective_on, today()))


def set_class_groups(
    *,
    actor: Actor,
    school: UUID,
    classes: Sequence[ClassDraft],
    effective_on: date,
    transaction_id: UUID | None = None,
) -> list[ClassGroup]:
    """Set class groups of a school in bulk: one entry in its journal. Those that stand already stay.

    Raises ``Refused`` for a stage that the school does not hold, or an actor of another school.
    """
    with transaction.atomic():
        lock([school])
        require_school(actor, school, _bureau_now(school, effective_on))
        own = stages_of(by_id(school))
        for one in classes:
            if one.stage not in own or one.class_no < 1:
                raise Refused("organisations.class_stage", "班级的学段或班号与本校不符，请核对。", "通知一.1")
        standing = {
            (one.site_id, one.stage, one.intake_year, one.class_no): one.id
            for one in ClassGroup.objects.filter(school=school)
        }
        operations, ids = [], []
        for one in classes:
            key = (one.site or main_site_id(school), one.stage, one.intake_year, one.class_no)
            stands = one.id or standing.get(key)
            ids.append(stands or environment().new_id())
            if stands is None or one.fields or one.id is not None:
                operations.append(
                    SetClassGroup(ids[-1], school, key[0], one.stage, one.intake_year, one.class_no, one.fields)
                )
        if operations:
            entry = NewEntry(school, "set_class_groups", effective_on, tuple(operations))
            write(actor=actor, entries=[entry], transaction_id=transaction_id)
        found = ClassGroup.objects.select_related("site").in_bulk(ids)
        return [found[one] for one in ids]


def promote_cohorts(
    *,
    actor: Actor,
    school: UUID,
    school_year: int,
    cohorts: Sequence[tuple[str, int]] | None = None,
    transaction_id: UUID | None = None,
    basis: dict[str, Any] | None = None,
) -> list[Entry]:
    """Confirm that cohorts ``(stage, intake_year)`` move up into a school year: an entry each.

    ``cohorts`` None: all that are due and not confirmed yet. ``basis``: the application or decision. Effective on the
    first day of the school year, which the rulebook's calendar gives.
    """
    system = rules(date(school_year, 12, 31)).stages
    starts = system.start_of(school_year)
    with transaction.atomic():
        lock([school])
        require_school(actor, school, _bureau_now(school, starts))
        due = {
            cohort
            for cohort in ClassGroup.objects.filter(school=school).values_list("stage", "intake_year").distinct()
            if cohort[1] < school_year and system.grade_of(cohort[0], cohort[1], school_year) is not None
        }
        wanted = due if cohorts is None else set(cohorts)
        if wanted - due:
            raise Refused(
                "organisations.no_promotion", "所选的年级没有升级：本校没有这一届，或已到毕业年级。", "通知一.2"
            )
        entries = [
            NewEntry(
                school,
                "promote_cohort",
                starts,
                (PromoteCohort(school, stage, intake_year, school_year),),
                basis=basis or {},
            )
            for stage, intake_year in sorted(wanted - promoted(school, school_year))
        ]
        return write(actor=actor, entries=entries, transaction_id=transaction_id) if entries else []
