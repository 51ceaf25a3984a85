"""A figure opened: the pupils that a school's return counted, read through the viewer's own sight.

What is counted is known by UUID only (design §3 "Snapshots"); names come from what the viewer may see today, so a pupil
who has moved on since is there without a name.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import polars as pl

from xueji.duties.returns.counting import basis_of
from xueji.duties.returns.models import Return
from xueji.duties.returns.selectors import round_of
from xueji.registry.register import selectors as register
from xueji.registry.snapshots.state import state_at


@dataclass(frozen=True, slots=True)
class CountedPupil:
    """One pupil behind a figure; ``name`` '' where the viewer does not see the pupil any more."""

    student: UUID
    name: str
    number: str
    gender: str
    presence: str
    class_group: UUID | None


def pupils_of(made: Return, *, stage: str = "", intake_year: int | None = None) -> list[CountedPupil]:
    """The registered pupils that a school's return counted, of one cohort or of all, by number."""
    basis = basis_of(made)
    on = round_of(made.round).reference_date
    frame = state_at(on, basis.cut, [made.organisation], held=basis.held).registered
    if stage:
        frame = frame.filter(pl.col("stage") == stage)
    if intake_year is not None:
        frame = frame.filter(pl.col("intake_year") == intake_year)
    rows = frame.select("student", "registration", "gender", "presence", "class_group").rows()
    names = register.student_names(UUID(row[0]) for row in rows)
    numbers = register.registration_numbers(UUID(row[1]) for row in rows)
    found = [
        CountedPupil(
            UUID(student),
            names.get(UUID(student), ""),
            numbers.get(UUID(registration), ""),
            gender,
            presence,
            UUID(group) if group else None,
        )
        for student, registration, gender, presence, group in rows
    ]
    return sorted(found, key=lambda one: (one.number, one.student))
