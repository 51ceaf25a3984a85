"""Who wrote entries, and when, in words: for whoever corrects what another has corrected meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from xueji.ground.accounts import selectors as accounts
from xueji.ground.accounts.context import SYSTEM_PERSON
from xueji.ground.journals import selectors as journals
from xueji.ground.journals.types import Entry
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import LOCAL_ZONE


def writers_of(entries: Iterable[Entry]) -> dict[UUID, str]:
    """Entry → 王某（秦淮云锦小学）于 2008-09-22 10:15; two queries for all. A name out of reach is left out."""
    found = list(entries)
    persons = accounts.names_of(UUID(one.actor["person"]) for one in found if one.actor.get("person"))
    places = organisations.names(UUID(one.actor["organisation"]) for one in found if one.actor.get("organisation"))
    return {one.entry_id: _words(one, persons, places) for one in found}


def writers_to(student: UUID, wanted: Iterable[UUID]) -> dict[UUID, str]:
    """The same of these entries about a pupil, as far as the viewer may see them."""
    asked = set(wanted)
    found = journals.entries_of_students([student], decrypt=False)[student] if asked else []
    return writers_of(one for one in found if one.entry_id in asked)


def _words(entry: Entry, persons: Mapping[UUID, str], places: Mapping[UUID, str]) -> str:
    person, place = entry.actor.get("person"), entry.actor.get("organisation")
    who = persons.get(UUID(person), "") if person else ""
    where = places.get(UUID(place), "") if place else ""
    when = f"{entry.recorded_at.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}"
    if person and UUID(person) != SYSTEM_PERSON and not who:  # of another node, where the name stays
        return f"{where}（对方节点）于 {when}"
    return f"{f'{who}（{where}）' if who and where else who or where}于 {when}"
