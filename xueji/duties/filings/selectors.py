"""Reads of filings: which are due, who has filed, who is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from xueji.duties.filings.models import EarlierFiling, Filing, FilingState
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.staffing import FilingKind
from xueji.pure.kernel.types import Level

#: Nothing made yet.
OPEN = "open"
STATE_TITLES = {OPEN: "还没有生成", **{str(state.value): str(state.label) for state in FilingState}}
DONE = (FilingState.FILED, FilingState.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class FilingLine:
    """One kind of one bureau in a year: its filing (None: nothing made) and its day."""

    kind: FilingKind
    year: int
    bureau: UUID
    name: str
    due_on: date
    filing: Filing | None

    @property
    def state(self) -> str:
        """The state's code."""
        return self.filing.state if self.filing else OPEN

    @property
    def late(self) -> bool:
        """Whether the day has passed without a filing."""
        return self.state not in DONE and self.due_on < today()


def kinds(year: int, book: Rulebook | None = None) -> list[FilingKind]:
    """What is filed in a year."""
    rules = (book or parameters.rulebook(today())).staffing
    return [one for one in rules.filings.values() if one.since_year <= year]


def years() -> list[int]:
    """The years in which something is or was filed, the last first."""
    first = min((one.since_year for one in parameters.rulebook(today()).staffing.filings.values()), default=None)
    return list(range(today().year, first - 1, -1)) if first else []


def one(kind: str, year: int, bureau: UUID) -> Filing | None:
    """A bureau's filing."""
    return Filing.objects.filter(kind=kind, year=year, bureau=bureau).first()


def board(year: int, bureau: UUID | None = None, book: Rulebook | None = None) -> list[FilingLine]:
    """The districts and the city (or one bureau) with all kinds of a year; one query for the filings. A city without
    schools of its own has no codes to file."""
    due = kinds(year, book)
    places = [organisations.by_id(bureau)] if bureau else [*organisations.districts(), organisations.city()]
    none = {
        place.id for place in places if place.level == Level.CITY and not organisations.schools_of(place.id).exists()
    }
    there = {
        (one.kind, one.bureau): one
        for one in Filing.objects.filter(year=year, bureau__in=[place.id for place in places])
    }
    return [
        FilingLine(kind, year, place.id, place.name, kind.due_on(year), there.get((kind.filing, place.id)))
        for place in places
        for kind in due
        if kind.filing != "school_codes" or place.id not in none
    ]


def earlier(filing: UUID) -> list[EarlierFiling]:
    """What of a filing was sent back, the last first."""
    return list(EarlierFiling.objects.filter(filing=filing).order_by("-id"))
