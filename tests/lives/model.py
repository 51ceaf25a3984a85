"""A city of pupils, said again from the regulations: it imports nothing of the system that it tests.

A life is a pupil's registrations; a registration is a school, a stage, its days, a number and what was said of it day
by day. What may become of them, kind by kind, stands in ``kinds.py`` and ``kinds_of_many.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

IN_SCHOOL, SUSPENDED, DROPPED_OUT, ABROAD = "in_school", "suspended", "dropped_out", "abroad"
PRIMARY, JUNIOR = "primary", "junior"
YEARS, FIRST = {PRIMARY: 6, JUNIOR: 3}, {PRIMARY: 1, JUNIOR: 7}

#: school, stage, year of entry, number of the class.
Class = tuple[str, str, int, int]
#: What is done, by which post, of whom: the applying school, the other one, or the bureau of either.
Step = tuple[str, str, str]


def year_of(day: date) -> int:
    """A school year begins on the first of September."""
    return day.year if day.month >= 9 else day.year - 1


def start_of(year: int) -> date:
    return date(year, 9, 1)


def grade_of(group: Class, day: date) -> int | None:
    """The grade of a class on a day; None where it is not at school then."""
    years = year_of(day) - group[2]
    return FIRST[group[1]] + years if 0 <= years < YEARS[group[1]] else None


def called(before: str, no: int) -> str:
    """A name by its serial."""
    return before + "".join("零一二三四五六七八九"[int(digit)] for digit in str(no))


@dataclass
class Registration:
    """A pupil on the roll of a school. ``number`` stands for the 19 digits: 0 none yet, never given twice."""

    school: str
    stage: str
    began: date
    number: int = 0
    ended: date | None = None
    how: str = ""
    void: bool = False
    said: dict[str, list[tuple[date, object]]] = field(default_factory=dict)
    told: date | None = None

    def put(self, what: str, value: object, day: date) -> None:
        """From the day on. The same again goes on; of one day the last word counts."""
        self.told = max(self.told or day, day)
        said = self.said.setdefault(what, [])
        if said and said[-1][1] == value:
            return None
        if said and said[-1][0] == day:
            said.pop()
            return self.put(what, value, day)
        if said or value is not None:
            said.append((day, value))
        return None

    def value(self, what: str, day: date) -> object:
        held = [value for since, value in self.said.get(what, ()) if since <= day]
        return held[-1] if held else None

    def since(self, what: str, day: date) -> date | None:
        """Since when it is as it is on the day."""
        held = [since for since, _ in self.said.get(what, ()) if since <= day]
        return held[-1] if held and self.value(what, day) is not None else None

    def in_force(self, day: date) -> bool:
        return not self.void and self.began <= day and (self.ended is None or day < self.ended)

    @property
    def changed(self) -> date:
        """The last day of which something was said, be it that it goes on: nothing may be said of before it."""
        days = [day for said in self.said.values() for day, _ in said]
        return max([self.began, *days, *(one for one in (self.ended, self.told) if one)])

    def spells(self) -> Iterator[tuple[str, object, date, date | None]]:
        """What the register should hold of it: dimension, value, from, up to but not including."""
        for what, said in self.said.items():
            ends = [*(day for day, _ in said[1:]), self.ended]
            for (day, value), end in zip(said, ends, strict=False):
                if value is not None and day != end:
                    yield what, value, day, end

    def copy(self) -> Registration:
        return replace(self, said={what: list(said) for what, said in self.said.items()})


@dataclass
class Life:
    """A pupil. ``fields``: what is looked at of his record, ``set_on``: from which day each was said;
    ``untils``: (matter, from, up to) as it was said.

    ``study``: as what he studies elsewhere; ``skips``: when he skipped a grade; ``merged``: who was merged into him,
    with the registrations that were carried over and those that were voided; ``gone``: merged into somebody else.
    """

    name: str
    registrations: list[Registration] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    set_on: dict[str, date] = field(default_factory=dict)
    untils: list[tuple[str, date, date]] = field(default_factory=list)
    study: str = ""
    skips: list[date] = field(default_factory=list)
    merged: list[tuple[int, list[Registration], list[Registration]]] = field(default_factory=list)
    gone: bool = False

    def at(self, day: date) -> Registration | None:
        return next((one for one in self.registrations if one.in_force(day)), None)

    def put(self, on: date, **values: str) -> None:
        """Fields of the record, from a day on."""
        self.fields |= values
        self.set_on |= dict.fromkeys(values, on)

    def may_put(self, on: date, *codes: str) -> bool:
        """Whether nothing was said of these fields from a later day on: it would undo this."""
        return all(self.set_on.get(code, on) <= on for code in codes)

    def last(self, day: date) -> Registration:
        """The registration in force, else the last one."""
        return self.at(day) or max(self.registrations, key=lambda one: one.began)

    @property
    def standing(self) -> list[Registration]:
        """Those that were, in their order."""
        return sorted((one for one in self.registrations if not one.void), key=lambda one: one.began)

    @property
    def dead(self) -> bool:
        return any(one.how == "death" for one in self.standing)

    @property
    def left(self) -> Registration | None:
        """The last registration, where it ended with its stage."""
        last = self.standing[-1] if self.standing else None
        return last if last is not None and last.how in ("graduation", "completion") else None

    @property
    def established(self) -> bool:
        return any(one.number and one.said.get("class_group") for one in self.standing)


@dataclass
class Ask:
    """What is applied for. ``on`` None: true from the day of the last decision. ``no``: a new child's number;
    ``after``: the roster that was refused and whose child is placed;
    ``outside``: a child of the list of those without a registration, by place."""

    kind: str
    school: str
    pupil: int = -1
    on: date | None = None
    until: date | None = None
    to: Class | None = None
    other: str = ""
    second: int = -1
    listed: tuple[int, ...] = ()
    failed: tuple[int, ...] = ()
    year: int = 0
    no: int = -1
    after: Ask | None = None
    outside: int = -1


@dataclass
class Outside:
    """A child without a registration here: a guest from outside, or (``guest`` false) one who enters later."""

    school: str
    guest: bool
    since: date
    until: date
    said: date
    ended: date | None = None


@dataclass(eq=False)
class Open:
    """An application under way; ``registration`` is the one that was in force when it was lodged."""

    ask: Ask
    route: tuple[Step, ...]
    registration: Registration | None = None
    decided: int = 0
    sent_back: bool = False
    parked: bool = False


@dataclass
class City:
    """Schools with their bureau and stages, pupils, classes, what is under way; ``turned_away``: refused rosters."""

    bureaus: dict[str, str]
    stages: dict[str, tuple[str, ...]]
    special: str
    lives: list[Life] = field(default_factory=list)
    classes: set[Class] = field(default_factory=set)
    promoted: set[tuple[str, str, int, int]] = field(default_factory=set)
    under_way: list[Open] = field(default_factory=list)
    turned_away: list[Ask] = field(default_factory=list)
    outside: list[Outside] = field(default_factory=list)
    numbers: int = 0
    children: int = 0

    @property
    def schools(self) -> list[str]:
        """Those that have pupils of their own."""
        return sorted(school for school in self.bureaus if school != self.special)

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def busy(self, pupil: int, but: Open | None = None) -> bool:
        """Whether an application about the pupil is under way."""
        return any(pupil in (one.ask.pupil, one.ask.second) for one in self.under_way if one is not but)

    def engaged(self, pupil: int, school: str) -> bool:
        """Busy, or on a list by which a school goes on with his record; not its own that was sent back."""
        lists = [one for one in self.of_kind("admission") if not (one.sent_back and one.ask.school == school)]
        return self.busy(pupil) or any(pupil in one.ask.listed for one in lists)

    def of_kind(self, kind: str, school: str = "") -> list[Open]:
        """Those under way, at one school or at all."""
        found = [one for one in self.under_way if one.ask.kind == kind]
        return [one for one in found if school in ("", one.ask.school)]

    def classes_of(self, school: str) -> list[Class]:
        return sorted(one for one in self.classes if one[0] == school)

    def pupils_of(self, school: str, day: date) -> list[tuple[int, Registration]]:
        found = [(number, life.at(day)) for number, life in enumerate(self.lives)]
        return [(number, one) for number, one in found if one is not None and one.school == school]

    def two_bureaus(self, ask: Ask) -> bool:
        return self.bureaus[ask.school] != self.bureaus[ask.other]
