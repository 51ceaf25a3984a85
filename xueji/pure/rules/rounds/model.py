"""What a rule of the round is, and what it may ask about (clause C5; design §2 "round rules").

A rule is a function over the frames of many schools at once that gives the failing keys: school, registration number,
pupil, and the words of the sentence. The same rules count one school's return, a bureau's, and the standing list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from xueji.pure.kernel.returns import ExitRule
from xueji.pure.kernel.school_year import StageSystem
from xueji.pure.kernel.types import Severity
from xueji.pure.rules.model import Scope

#: Since when most rules are in force: the register's base date, the reference date of the first round.
SINCE = date(2007, 9, 15)
#: The first round with a window, a year before it and a promotion behind it.
YEARLY = date(2008, 9, 15)
Finding = dict[str, Any]


def _frame(**columns: pl.DataType | type[pl.DataType]) -> Callable[[], pl.DataFrame]:
    return lambda: pl.DataFrame(schema=dict(columns))


_T, _D, _N = pl.String, pl.Date, pl.Int32
STATE = {
    "school": _T, "student": _T, "registration": _T, "number": _T, "stage": _T, "intake_year": _N, "grade": _N,
    "class_group": _T, "birth_month": _T, "presence": _T, "established": pl.Boolean,
}  # fmt: skip
OPENING = {"school": _T, "student": _T, "registration": _T, "number": _T, "stage": _T}
LIVES = {
    "student": _T, "registration": _T, "school": _T, "stage": _T, "number": _T, "started_on": _D, "ended_on": _D,
    "how_started": _T, "how_ended": _T,
}  # fmt: skip


@dataclass(frozen=True)
class RoundFacts:
    """What the rules see, of all ``schools`` that are looked at; every frame but the lives bears ``school``.

    ``on``: the day of the state, ``after`` the eve of the window (None: no window, a first round). ``state``: who is
    registered (:data:`STATE`; ``grade`` missing where the cohort is in no grade of its stage). ``opening``: who stood
    in the round before. ``lives``: all registrations, at whatever school, of pupils who have several or are missing.
    ``flow``: lines with ``registered_balanced``, ``attending_balanced``, ``opening, closing, other_in, other_out``;
    ``declared``: schools whose opening was declared. ``unpromoted``: cohorts; ``rosters``: day and rows; ``hand``:
    transfers in hand and what was left out, by school; ``ghosts``: 空挂 of the roll-call; ``guests_twice``: guests from
    outside (school, child) who are so at another school too; ``suspensions``: by suspended pupil the last day that was
    said of it, None where no entry says one; ``classes``: shown names; ``ungraded``: special schools.
    """

    schools: frozenset[str]
    on: date
    school_year: int
    after: date | None
    stages: StageSystem
    settings: Mapping[str, int | str | bool]
    exits: Mapping[str, ExitRule]
    state: pl.DataFrame = field(default_factory=_frame(**STATE))
    opening: pl.DataFrame = field(default_factory=_frame(**OPENING))
    lives: pl.DataFrame = field(default_factory=_frame(**LIVES))
    flow: tuple[Mapping[str, Any], ...] = ()
    declared: frozenset[str] = frozenset()
    unpromoted: tuple[tuple[str, str, int], ...] = ()
    rosters: tuple[tuple[str, str, int], ...] = ()
    hand: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    ghosts: tuple[tuple[str, str, int], ...] = ()
    guests_twice: tuple[tuple[str, str], ...] = ()
    suspensions: Mapping[str, date | None] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    ungraded: frozenset[str] = frozenset()

    def setting(self, name: str) -> int:
        """A whole number of the rulebook's settings."""
        return int(self.settings[name])


@dataclass(frozen=True, slots=True)
class Failing:
    """One failing key: whose return, the registration number or code it is about, the pupil, the sentence's words."""

    school: str
    row: str | None = None
    student: str | None = None
    words: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RoundRule:
    """A coded rule of the round.

    ``sentence`` takes the words of a failing key; ``mend`` says how it is mended, ``at`` where (a page's name:
    pupil, promotion, leaving, classes, intake, changes, outside, rollcall, school, return, problems). ``find`` is None
    for what a bureau's sum finds itself. ``standing``: it also runs all year round over the live state; what asks about
    the returns themselves does not (who has not submitted, what two returns count), nor what means something on the
    reference date only (a stage against last year's: between leaving and intake every school would differ).
    """

    code: str
    title: str
    severity: Severity
    sentence: str
    basis: str
    mend: str
    at: str
    find: Callable[[RoundFacts], Iterable[Failing]] | None = None
    scope: Scope = Scope.ROUND
    since: date = SINCE
    until: date | None = None
    standing: bool = True

    def in_force(self, on: date) -> bool:
        """Whether the rule holds for a state of this day."""
        return self.since <= on and (self.until is None or on <= self.until)

    def finding(self, failing: Failing) -> Finding:
        """A failing key as it is stored and printed; no sensitive text."""
        found = {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.sentence.format(row=failing.row or "", **failing.words),
            "row": failing.row,
        }
        return found if failing.student is None else {**found, "student": failing.student}


def pupil_of(number: str | None) -> str:
    """学籍号 … 的学生; of one without a number only 有学生."""
    return f"学籍号 {number} 的学生" if number else "有学生"


def pupils(frame: pl.DataFrame, *more: str) -> Iterator[Failing]:
    """A failing key a row, in the order of numbers; ``more`` columns become words."""
    rows = frame.select("school", "number", "student", *more).sort("school", "number", "student", nulls_last=True)
    for school, number, student, *values in rows.iter_rows():
        words = {"pupil": pupil_of(number), **dict(zip(more, values, strict=True))}
        yield Failing(school, number or None, student, words)
