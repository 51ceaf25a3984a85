"""Guests whose home is outside the register, as rows of the frames that figures are counted on (ADR 0017).

Such a row stands at no school of its own and names his host, as that of any guest does: he is counted among the guests
there and in nobody's 在籍. No digest covers it: the digests are of the registered pupils' rows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

import polars as pl

from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.outside import GUEST, OutsideChild
from xueji.registry.register import selectors as register


def with_outside(
    frame: pl.DataFrame,
    on: date,
    schools: Sequence[UUID] | None,
    *,
    cut: Mapping[UUID, int] | None = None,
    held: Collection[UUID] = (),
) -> pl.DataFrame:
    """The present rows of a day with those of the guests from outside."""
    found = [one for one in register.outside_children(schools, cut=cut, held=held) if one.standing == GUEST]
    stages = parameters.rulebook(on).stages
    year = stages.school_year_of(on)
    rows = [
        {
            "student": str(one.child),
            "registration": str(one.child),
            "stage": one.stage,
            "intake_year": one.intake_year,
            "grade": stages.grade_of(one.stage, one.intake_year, year),
            "class_group": str(one.class_group) if one.class_group else None,
            "gender": one.gender,
            "host": str(one.school),
            "presence": "guest_elsewhere",
        }
        for one in found
        if one.holds(on)
    ]
    if not rows:
        return frame
    return pl.concat([frame, pl.DataFrame(rows, schema_overrides=_of(frame, rows[0]))], how="diagonal")


def _of(frame: pl.DataFrame, row: Mapping[str, object]) -> dict[str, pl.DataType]:
    return {name: frame.schema[name] for name in row}


def outside_spells(
    after: date,
    until: date,
    schools: Sequence[UUID] | None,
    schema: Mapping[str, type[pl.DataType]],
    *,
    cut: Mapping[UUID, int] | None = None,
    held: Collection[UUID] = (),
) -> pl.DataFrame:
    """Their stays that touch the time between two days, as spells of a study at their host."""
    rows = [
        _spell(one)
        for one in register.outside_children(schools, cut=cut, held=held)
        if one.standing == GUEST and one.started_on <= until and (one.ended_on is None or one.ended_on > after)
    ]
    return pl.DataFrame(rows, schema=dict(schema))


def _spell(one: OutsideChild) -> dict[str, object]:
    return {
        "registration": str(one.child),
        "school": None,
        "dimension": "attends",
        "value": str(one.school),
        "started_on": one.started_on,
        "ended_on": one.ended_on,
        "stage": one.stage,
        "intake_year": one.intake_year,
        "gender": one.gender,
    }
