"""A figure opened: the pupils that a return counted, read through the viewer's own sight (clause C5).

Names are those of the reference date as the return's cut knows them, of whom the viewer may see today: a pupil who has
moved on since may be there without a name. A bureau's figure opens to the parts that it consolidated, theirs in turn to
the schools'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import polars as pl

from xueji.duties.returns.bridging import bridge_window, schools_of
from xueji.duties.returns.counting import Basis, Window, basis_of, opening_of, year_of
from xueji.duties.returns.models import Return
from xueji.duties.returns.selectors import round_of
from xueji.ground.parameters import selectors as parameters
from xueji.registry.snapshots.persons import CountedPupil, pupils_behind, rows_of
from xueji.registry.snapshots.state import State, state_at
from xueji.registry.statistics.flows import movements
from xueji.registry.statistics.formulas import ABSENCES, GUESTS_HERE

YEAR, BRIDGE = "year", "bridge"
#: The column of the return's table of classes: who is in lessons and in a class.
IN_CLASS = "in_class"


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
class Behind:
    """The rows behind a figure, and as of what they were counted."""

    rows: pl.DataFrame
    on: date
    basis: Basis
    schools: list[UUID]

    def pupils(self, rows: pl.DataFrame | None = None) -> list[CountedPupil]:
        """Who they are, by number; with ``rows`` only of some of them."""
        some = self.rows if rows is None else rows
        return pupils_behind(some, self.on, cut=self.basis.cut, held=self.basis.held, schools=self.schools)


def rows_behind(made: Return, figure: Figure) -> Behind:
    """The rows behind a figure, of a bureau's over all schools that it consolidated, in the order of schools and
    classes."""
    basis, on_round, schools = basis_of(made), round_of(made.round), schools_of(made)
    day = on_round.reference_date
    closing = state_at(day, basis.cut, schools, held=basis.held)
    rows = _stock(closing, figure.column)
    if rows is not None:
        rows = figure.within(rows)
    elif figure.span == BRIDGE:
        window = bridge_window(on_round, schools, basis)
        rows = _moved(window, closing, figure) if window else closing.registered.clear()
    else:
        window = year_of(on_round, schools, basis, opening_of(made))
        # A declared opening is the stock itself.
        rows = _moved(window, closing, figure) if window else figure.within(closing.registered)
    order = [name for name in ("school", "intake_year", "class_group", "student") if name in rows.columns]
    return Behind(rows.sort(order, nulls_last=True), day, basis, schools)


def pupils_of(made: Return, figure: Figure | None = None) -> list[CountedPupil]:
    """The pupils behind a figure of a school's return, by number; without a figure all who are registered."""
    return rows_behind(made, figure or Figure()).pupils()


def parts_of(made: Return, figure: Figure) -> list[tuple[Return, int]]:
    """Of a bureau's figure its parts, each with what it counts of it; the sum is the figure."""
    parts = {str(part.id): part for part in Return.objects.filter(id__in=[part["return"] for part in made.parts])}
    ordered = [parts[said["return"]] for said in made.parts if said["return"] in parts]
    return [(part, figure_in(part, figure)) for part in ordered]


def figure_in(made: Return, figure: Figure) -> int:
    """What a return's stored lines say of a figure of the year."""
    if figure.column == IN_CLASS:
        return sum(int(line["pupils"]) for line in classes_of(made) if figure.holds(line))
    lines: Sequence[Mapping[str, Any]] = made.totals if figure.column in ("registered", "attending") else made.flow
    return sum(int(line.get(figure.column) or 0) for line in lines if figure.holds(line))


def classes_of(made: Return) -> list[dict[str, Any]]:
    """The lines of the classes that stand in a return (``information``), each with the ``intake_year`` of its grade."""
    on_round = round_of(made.round)
    stages = parameters.rulebook(on_round.reference_date).stages
    return [
        {**line, "intake_year": stages.intake_year_of(line["grade"], on_round.school_year), "gender": ""}
        for line in made.information.get("classes", ())
    ]


def _stock(closing: State, column: str) -> pl.DataFrame | None:
    """The rows of a stock of the reference date; None for what moved."""
    own, here = closing.registered, pl.col("host").is_in([str(school) for school in closing.schools or ()])
    guests = closing.frame.filter((pl.col("presence") == "guest_elsewhere") & here)
    if column in ("registered", "closing"):
        return own
    if column == IN_CLASS:
        return own.filter(pl.col("presence") == "attending", pl.col("class_group").is_not_null())
    if column == "attending":
        return pl.concat([own.filter(pl.col("presence") == "attending"), guests])
    if column == f"{GUESTS_HERE}_closing":
        return guests
    name = column.removesuffix("_closing")
    return own.filter(pl.col("presence") == name) if column.endswith("_closing") and name in ABSENCES else None


def _moved(window: Window, closing: State, figure: Figure) -> pl.DataFrame:
    """Rows of those who moved: as they are in the closing state, or only who they are."""
    counted = figure.within(movements(**window.counted(closing))).filter(pl.col("column") == figure.column)
    return rows_of(counted["registration"], closing.frame)
