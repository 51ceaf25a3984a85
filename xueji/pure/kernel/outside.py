"""Children who are registered nowhere here, folded from the entries that speak of them (ADR 0017)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from .operations import Operation, SetOutside

GUEST, DEFERRED = "guest", "deferred"
#: The kinds of entries that say it.
OUTSIDE_KINDS = ("guest_outside_begin", "guest_outside_extension", "guest_outside_end", "deferred_entry")


class OutsideEntry(Protocol):
    """What the fold reads of an entry; ``sensitive`` None where it was not opened."""

    @property
    def effective_on(self) -> date: ...
    @property
    def operations(self) -> tuple[Operation, ...]: ...
    @property
    def sensitive(self) -> Mapping[str, object] | None: ...


@dataclass(frozen=True, slots=True)
class OutsideChild:
    """How a child stands at a school: [started_on, ended_on), up to ``until`` as it was said.

    ``last_said`` is the last day of which an entry speaks; ``said`` the opened part of the first entry (name, birth
    date, document number, home school …).
    """

    child: UUID
    school: UUID
    standing: str
    stage: str
    intake_year: int
    gender: str
    class_group: UUID | None
    started_on: date
    until: date | None
    last_said: date
    ended_on: date | None
    said: Mapping[str, str]

    def holds(self, on: date) -> bool:
        """Whether he stands so on a day. A guest study is ended by an entry, a deferral runs out by itself."""
        if self.started_on > on or (self.ended_on is not None and on >= self.ended_on):
            return False
        return self.standing == GUEST or self.until is None or on <= self.until


def fold_outside(entries: Iterable[OutsideEntry]) -> dict[UUID, OutsideChild]:
    """The children by id. ``entries`` in the order in which they were written in their journal."""
    found: dict[UUID, OutsideChild] = {}
    for entry in entries:
        for one in entry.operations:
            if isinstance(one, SetOutside):
                found[one.child] = _after(found.get(one.child), entry, one)
    return found


def _after(before: OutsideChild | None, entry: OutsideEntry, said: SetOutside) -> OutsideChild:
    day = entry.effective_on
    known = before.said if before else {key: str(value) for key, value in (entry.sensitive or {}).items()}
    return OutsideChild(
        said.child,
        said.place,
        said.standing or (before.standing if before else ""),
        said.stage,
        said.intake_year,
        said.gender,
        said.class_group,
        before.started_on if before else day,
        said.until,
        day,
        day if said.standing is None else None,
        known,
    )
