"""Who is trained, for how long, what bureaus file about their hands: values of ``staffing.yaml`` (A2–A6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from .types import Role


class TrainingState(StrEnum):
    """How a holder stands with the training for the post."""

    UNTRAINED = "untrained"  # 未培训
    LAPSED = "lapsed"  # 已过期
    LAPSING = "lapsing"  # 即将到期
    TRAINED = "trained"  # 有效
    LOCKED = "locked"  # 已暂停办理


@dataclass(frozen=True, slots=True)
class TrainingTerm:
    """For how many years a training for a kind of post serves, and how many days before its end it is said."""

    role: Role
    years: int
    warn_days: int
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """A part of the year: (month, day) of its first and last day, both within it."""

    first: tuple[int, int]
    last: tuple[int, int]

    def covers(self, day: date) -> bool:
        """Whether the day lies within; a period may run over New Year."""
        now = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= now <= self.last
        return now >= self.first or now <= self.last


@dataclass(frozen=True, slots=True)
class FilingKind:
    """What a district files with the city each year. ``due``: (month, day)."""

    filing: str
    title: str
    due: tuple[int, int]
    since_year: int
    basis: str = ""

    def due_on(self, year: int) -> date:
        """Its day in a year."""
        return date(year, *self.due)


@dataclass(frozen=True, slots=True)
class RegimeKind:
    """A document of the regime that an organisation of these levels keeps, with version and date."""

    document: str
    title: str
    levels: tuple[str, ...]
    basis: str = ""


@dataclass(frozen=True, slots=True)
class UndertakingText:
    """The words of an undertaking (承诺书), by version: who signed an earlier one is asked anew."""

    undertaking: str
    version: str
    title: str
    body: tuple[str, ...]
    basis: str = ""


@dataclass(frozen=True)
class StaffingRules:
    """All of it. Empty where no layer of the rulebook has the part: nothing lapses then, nothing is filed."""

    terms: Mapping[Role, TrainingTerm] = field(default_factory=dict)
    no_lock: tuple[Period, ...] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    filings: Mapping[str, FilingKind] = field(default_factory=dict)
    regime: Mapping[str, RegimeKind] = field(default_factory=dict)
    undertakings: Mapping[str, UndertakingText] = field(default_factory=dict)

    def lapses_on(self, role: Role, trained_on: date | None) -> date | None:
        """The first day on which a training does not serve any more; None where it never lapses, or there is none."""
        term = self.terms.get(role)
        if term is None or trained_on is None:
            return None
        year = trained_on.year + term.years
        try:
            return trained_on.replace(year=year)
        except ValueError:  # 29 February
            return date(year, 3, 1)

    def state_of(self, role: Role, trained_on: date | None, day: date, *, locked: bool = False) -> TrainingState | None:
        """The standing of a holder on a day; None for a kind of post that needs no training."""
        term = self.terms.get(role)
        if term is None:
            return None
        if locked:
            return TrainingState.LOCKED
        if trained_on is None or trained_on > day:
            return TrainingState.UNTRAINED
        lapses = self.lapses_on(role, trained_on)
        if lapses is None or (lapses - day).days > term.warn_days:
            return TrainingState.TRAINED
        return TrainingState.LAPSING if lapses > day else TrainingState.LAPSED

    def locks_hold(self, day: date) -> bool:
        """Whether a post may be, and stay, locked on a day: never while the yearly return is made (clause A5)."""
        return not any(period.covers(day) for period in self.no_lock)
