"""Names for the page: of organisations, classes, codes. A page asks once for all that it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from xueji.ground.accounts.context import SYSTEM_PERSON
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level


def organisation_names(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """The names of organisations by id, in one query; None is left out."""
    return organisations.names(one for one in ids if one is not None)


def acted_by(persons: Mapping[UUID, str], person: UUID | str | None, place: str) -> str:
    """Who did an act: the name; of somebody of another node, whose name stays there, the unit (``place``) and that it
    is another node's. '' for the system's own acts."""
    who = UUID(str(person)) if person else SYSTEM_PERSON
    return "" if who == SYSTEM_PERSON else persons.get(who) or f"{place}（对方节点）"


ClassNames = Callable[[UUID, date], str]


def dated_class_names(ids: Iterable[UUID]) -> ClassNames:
    """A function of class group and day: the name the class bore that day, 五（2）班 and a year later 六（2）班.

    One query; an unknown class group has an empty name.
    """
    groups = ClassGroup.objects.select_related("site").in_bulk(set(ids))

    def name(group: UUID, on: date) -> str:
        found = groups.get(group)
        stages = parameters.rulebook(on).stages
        return organisations.class_display_name(found, on, stages=stages) if found else ""

    return name


def class_names(ids: Iterable[UUID | None], on: date | None = None) -> dict[UUID, str]:
    """三（2）班 by class group, in one query."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    stages = parameters.rulebook(on or today()).stages
    groups = ClassGroup.objects.select_related("site").in_bulk(wanted)
    return {key: organisations.class_display_name(group, on, stages=stages) for key, group in groups.items()}


def code_name(table: str, code: str | None, on: date | None = None) -> str:
    """The word of a code; the code itself where the table does not know it."""
    if not code:
        return ""
    found = parameters.rulebook(on or today()).codes.get(table)
    row = found.by_code.get(code) if found else None
    return row.name if row else code


def uuid_of(text: str) -> UUID | None:
    """The UUID that a form sent; None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Reach:
    """The schools that a post works with. ``ids`` None: the whole city (no list is needed)."""

    ids: tuple[UUID, ...] | None
    names: Mapping[UUID, str]

    def narrowed(self, school: UUID | None) -> tuple[UUID, ...] | None:
        """One school of these, or all."""
        return self.ids if school is None else (school,)


def in_reach(actor: Actor) -> Reach:
    """Own school; of a district its schools; of the city all."""
    if actor.level is Level.SCHOOL:
        return Reach((actor.organisation,), organisation_names([actor.organisation]))
    if actor.level is Level.CITY:
        return Reach(None, {one.id: one.name for one in organisations.schools()})
    found = {one.id: one.name for one in organisations.schools_of(actor.organisation)}
    return Reach(tuple(found), found)
