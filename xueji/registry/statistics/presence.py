"""Presence over time: of the few pupils who were not simply in school, what they were from day to day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from xueji.registry.statistics.formulas import ABSENCES

Spell = dict[str, Any]


def presence_of(spells: Iterable[Spell], school: str, day: date) -> str:
    """The one presence of a registration on a day, as canonical rows derive it: not arrived first, then the
    status, then the guest study."""
    values = {
        spell["dimension"]: spell["value"]
        for spell in spells
        if spell["started_on"] <= day and (spell["ended_on"] is None or day < spell["ended_on"])
    }
    if values.get("arrival") == "awaited":
        return "not_arrived"
    if values.get("status") in ("suspended", "dropped_out", "abroad"):
        return str(values["status"])
    if values.get("attends") not in (None, school):
        return "guest_elsewhere"
    return "attending"


def inner_episodes(spells: pl.DataFrame, window: tuple[date, date]) -> pl.DataFrame:
    """``registration, absence``: one row for each absence that began and ended inside the window."""
    grouped: dict[tuple[str, str], list[Spell]] = defaultdict(list)
    for spell in spells.iter_rows(named=True):
        grouped[spell["registration"], spell["school"]].append(spell)
    found = [
        (registration, absence)
        for (registration, school), own in grouped.items()
        for absence in _inner(own, school, window)
    ]
    return pl.DataFrame(found, schema={"registration": pl.String, "absence": pl.String}, orient="row")


def _inner(spells: Sequence[Spell], school: str, window: tuple[date, date]) -> list[str]:
    """Absences that hold on neither the day before the window nor on its last day."""
    before, last = window[0] - timedelta(days=1), window[1]
    turns = {spell["started_on"] for spell in spells} | {spell["ended_on"] for spell in spells if spell["ended_on"]}
    days = [before, *sorted(turn for turn in turns if before < turn <= last), last]
    course = [presence_of(spells, school, day) for day in days]
    runs = [name for index, name in enumerate(course) if index == 0 or course[index - 1] != name]
    return [name for name in runs[1:-1] if name in ABSENCES]
