"""A figure opened: the pupils that a return counted, read through the viewer's own sight (clause C5).

What is counted is known by UUID only (design §3 "Snapshots"); names come from what the viewer may see today, so a pupil
who has moved on since is there without a name. A bureau's figure opens to its parts, theirs in turn to the schools'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import polars as pl

from xueji.duties.returns.bridging import bridge_window
from xueji.duties.returns.counting import Window, basis_of, opening_of, year_of
from xueji.duties.returns.models import Return
from xueji.duties.returns.selectors import round_of
from xueji.ground.accounts.context import counting
from xueji.registry.register import selectors as register
from xueji.registry.register.models import Registration
from xueji.registry.snapshots.state import State, state_at
from xueji.registry.statistics.flows import movements
from xueji.registry.statistics.formulas import ABSENCES, GUESTS_HERE

YEAR, BRIDGE = "year", "bridge"


@dataclass(frozen=True, slots=True)
class Figure:
    """Which figure: ``column`` of the totals or the flow (``formulas``), of one cohort (``intake_year`` 0: of none;
    None: of all) and sex; ``span``: of the round's window, or of the bridge from the national stock date."""

    column: str = "registered"
    stage: str = ""
    intake_year: int | None = None
    gender: str = ""
    span: str = YEAR

    def holds(self, line: Mapping[str, Any]) -> bool:
        """Whether a stored line belongs to the figure."""
        return (
            (not self.stage or line["stage"] == self.stage)
            and (self.intake_year is None or (line.get("intake_year") or 0) == self.intake_year)
            and (not self.gender or line["gender"] == self.gender)
        )

    def within(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows of a frame with ``stage, intake_year, gender`` that belong to the figure."""
        if self.stage:
            frame = frame.filter(pl.col("stage") == self.stage)
        if self.intake_year is not None:
            frame = frame.filter(pl.col("intake_year").fill_null(0) == self.intake_year)
        return frame.filter(pl.col("gender") == self.gender) if self.gender else frame


@dataclass(frozen=True, slots=True)
class CountedPupil:
    """One pupil behind a figure; ``name`` '' where the viewer does not see the pupil any more, ``presence`` '' where he
    was not registered at the school on the reference date. ``outside``: a guest whose home is outside the register, who
    has no record."""

    student: UUID
    name: str
    number: str
    gender: str
    presence: str
    class_group: UUID | None
    outside: bool = False


def pupils_of(made: Return, figure: Figure | None = None) -> list[CountedPupil]:
    """The pupils behind a figure of a school's return, by number; without a figure all who are registered."""
    wanted = figure or Figure()
    basis, on_round = basis_of(made), round_of(made.round)
    closing = state_at(on_round.reference_date, basis.cut, [made.organisation], held=basis.held)
    stock = _stock(closing, wanted.column)
    if stock is not None:
        return _named(wanted.within(stock), made.organisation)
    if wanted.span == BRIDGE:
        window = bridge_window(on_round, [made.organisation], basis)
    else:
        window = year_of(on_round, [made.organisation], basis, opening_of(made))
    if window is None:  # a declared opening is the stock itself
        return _named(wanted.within(closing.registered), made.organisation)
    return _named(_moved(window, closing, wanted), made.organisation)


def parts_of(made: Return, figure: Figure) -> list[tuple[Return, int]]:
    """Of a bureau's figure its parts, each with what it counts of it; the sum is the figure."""
    parts = {str(part.id): part for part in Return.objects.filter(id__in=[part["return"] for part in made.parts])}
    ordered = [parts[said["return"]] for said in made.parts if said["return"] in parts]
    return [(part, figure_in(part, figure)) for part in ordered]


def figure_in(made: Return, figure: Figure) -> int:
    """What a return's stored lines say of a figure of the year."""
    lines: Sequence[Mapping[str, Any]] = made.totals if figure.column in ("registered", "attending") else made.flow
    return sum(int(line.get(figure.column) or 0) for line in lines if figure.holds(line))


def _stock(closing: State, column: str) -> pl.DataFrame | None:
    """The rows of a stock of the reference date; None for what moved."""
    own, here = closing.registered, pl.col("host").is_in([str(school) for school in closing.schools or ()])
    guests = closing.frame.filter((pl.col("presence") == "guest_elsewhere") & here)
    if column in ("registered", "closing"):
        return own
    if column == "attending":
        return pl.concat([own.filter(pl.col("presence") == "attending"), guests])
    if column == f"{GUESTS_HERE}_closing":
        return guests
    name = column.removesuffix("_closing")
    return own.filter(pl.col("presence") == name) if column.endswith("_closing") and name in ABSENCES else None


def _moved(window: Window, closing: State, figure: Figure) -> pl.DataFrame:
    """Rows of those who moved: as they are in the closing state or were in the opening one, or only who they are."""
    counted = figure.within(movements(**window.counted(closing))).filter(pl.col("column") == figure.column)
    wanted = counted.select("registration").drop_nulls().unique()
    columns = ["registration", "student", "gender", "presence", "class_group"]
    here = wanted.join(closing.frame.select(columns), on="registration")
    rest = wanted.join(here, on="registration", how="anti")["registration"].to_list()
    with counting():
        found = Registration.objects.filter(id__in=rest).values_list("id", "student_id", "student__gender")
        gone = [(str(one), str(student), gender, "", None) for one, student, gender in found]
    return pl.concat([here, pl.DataFrame(gone, schema=dict.fromkeys(columns, pl.String), orient="row")])


def _named(frame: pl.DataFrame, school: UUID) -> list[CountedPupil]:
    rows = frame.select("student", "registration", "gender", "presence", "class_group").rows()
    names = register.student_names(UUID(row[0]) for row in rows)
    guests = {UUID(row[0]) for row in rows if row[3] == "guest_elsewhere"} - names.keys()
    outside = {one.child: one.said.get("name", "") for one in register.outside_children([school], decrypt=True)}
    outside = {child: name for child, name in outside.items() if child in guests}
    numbers = register.registration_numbers(UUID(row[1]) for row in rows)
    found = [
        CountedPupil(
            UUID(student),
            names.get(UUID(student)) or outside.get(UUID(student), ""),
            numbers.get(UUID(registration), ""),
            gender,
            presence,
            UUID(group) if group else None,
            UUID(student) in outside,
        )
        for student, registration, gender, presence, group in rows
    ]
    return sorted(found, key=lambda one: (one.number, one.student))
