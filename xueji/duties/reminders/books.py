"""Today's rulebook of every district: a district may ask for more papers, give fewer days, remind more often (A2)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.districts import districts_of
from xueji.ground.parameters.selectors import rulebook
from xueji.pure.kernel.rulebook import Rulebook

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Books:
    """The rulebook in force on ``day`` by district; None: the city as such."""

    day: date
    by_district: Mapping[str | None, Rulebook]

    @property
    def city(self) -> Rulebook:
        return self.by_district[None]

    def alike(self, said: Callable[[Rulebook], T]) -> list[tuple[T, frozenset[str | None]]]:
        """What the rulebooks say of something, each answer with the districts that give it."""
        answers: dict[T, set[str | None]] = {}
        for district, book in self.by_district.items():
            answers.setdefault(said(book), set()).add(district)
        return [(answer, frozenset(districts)) for answer, districts in answers.items()]

    def of(self, places: Iterable[UUID]) -> dict[UUID, Rulebook]:
        """The rulebook of each of many schools and bureaus; one query."""
        found = districts_of(places, self.day)
        return {place: self.by_district.get(district, self.city) for place, district in found.items()}

    def within(self, places: Iterable[UUID], districts: frozenset[str | None]) -> set[UUID]:
        """Which of these schools and bureaus lie in these districts; no query where all do."""
        wanted = set(places)
        if districts >= self.by_district.keys():
            return wanted
        return {place for place, district in districts_of(wanted, self.day).items() if district in districts}


def books_of(day: date) -> Books:
    """The rulebooks of a day."""
    codes = [None, *(one.code for one in organisations.districts(day))]
    return Books(day, {code: rulebook(day, code) for code in codes})
