"""Presence over time: of the few pupils who were not simply in school, what they were from day to day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import partial
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


def host_of(spells: Iterable[Spell], school: str, day: date) -> str | None:
    """At which school a registration's pupil was a guest on a day, None where he was none."""
    own = list(spells)
    if presence_of(own, school, day) != "guest_elsewhere":
        return None
    return next(
        (
            str(spell["value"])
            for spell in own
            if spell["dimension"] == "attends"
            and spell["started_on"] <= day
            and (spell["ended_on"] is None or day < spell["ended_on"])
        ),
        None,
    )


def inner_episodes(spells: pl.DataFrame, window: tuple[date, date]) -> pl.DataFrame:
    """``registration, absence``: one row for each absence that began and ended inside the window."""
    found = [
        (registration, absence)
        for (registration, school), own in _by_registration(spells).items()
        for absence in _inner(own, window, partial(presence_of, own, school))
        if absence in ABSENCES
    ]
    return pl.DataFrame(found, schema={"registration": pl.String, "absence": pl.String}, orient="row")


def inner_guests(spells: pl.DataFrame, window: tuple[date, date]) -> pl.DataFrame:
    """``school, stage, intake_year, gender``: one row for each stay as a guest there that began and ended inside."""
    found = [
        (host, own[0]["stage"], own[0]["intake_year"], own[0]["gender"])
        for (_, school), own in _by_registration(spells).items()
        for host in _inner(own, window, partial(host_of, own, school))
        if host is not None
    ]
    schema = {"school": pl.String, "stage": pl.String, "intake_year": pl.Int32, "gender": pl.String}
    return pl.DataFrame(found, schema=schema, orient="row")


def _by_registration(spells: pl.DataFrame) -> dict[tuple[str, str], list[Spell]]:
    grouped: dict[tuple[str, str], list[Spell]] = defaultdict(list)
    for spell in spells.iter_rows(named=True):
        grouped[spell["registration"], spell["school"]].append(spell)
    return grouped


def _inner(spells: Sequence[Spell], window: tuple[date, date], at: Callable[[date], str | None]) -> list[str | None]:
    """What holds on neither the day before the window nor on its last day, in its order."""
    before, last = window[0] - timedelta(days=1), window[1]
    turns = {spell["started_on"] for spell in spells} | {spell["ended_on"] for spell in spells if spell["ended_on"]}
    days = [before, *sorted(turn for turn in turns if before < turn <= last), last]
    course = [at(day) for day in days]
    return [name for index, name in enumerate(course) if index == 0 or course[index - 1] != name][1:-1]
