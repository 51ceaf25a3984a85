"""What an act is to do, as it is kept: organisations and class groups by id; read once into a typed plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

MERGER, SPLIT, CLOSURE = "school_merger", "school_split", "school_closure"
RENAMING, DISTRICT_RENAMING = "school_renaming", "district_renaming"
BUREAU_CHANGE, DISTRICT_MERGER = "competent_bureau_change", "district_merger"
DISTRICT_SPLIT, DISTRICT_CLOSURE = "district_split", "district_closure"
MOVING = (MERGER, SPLIT, CLOSURE)
NAMING = (RENAMING, DISTRICT_RENAMING)
#: Acts on a district whose schools go to several others, each named.
PARTING = (DISTRICT_SPLIT, DISTRICT_CLOSURE)
#: Acts that take schools from a district's bureau; the last ones close it.
OF_DISTRICTS = (DISTRICT_SPLIT, DISTRICT_MERGER, DISTRICT_CLOSURE)
CLOSING_DISTRICTS = (DISTRICT_MERGER, DISTRICT_CLOSURE)
#: Acts of the city alone.
OF_THE_CITY = (BUREAU_CHANGE, *OF_DISTRICTS, DISTRICT_RENAMING)
KINDS = (
    MERGER, SPLIT, CLOSURE, RENAMING, BUREAU_CHANGE, DISTRICT_MERGER, DISTRICT_SPLIT, DISTRICT_CLOSURE,
    DISTRICT_RENAMING,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ActPlan:
    """``sources``: what is absorbed, split, closed, handed over, renamed; ``receiver``: the school or bureau that takes
    them in. ``receivers``: of a closure, class group → school, of a district's closure or split, school → bureau;
    ``classes``: of a split; ``numbers``: class numbers that were chosen; ``point``: a merged school's place goes on as
    a site of the receiving one; ``custodian``: who keeps a closed school's or bureau's records, where that is not the
    receiver."""

    sources: tuple[UUID, ...] = ()
    receiver: UUID | None = None
    classes: tuple[UUID, ...] = ()
    receivers: Mapping[UUID, UUID] = field(default_factory=dict)
    numbers: Mapping[UUID, int] = field(default_factory=dict)
    point: bool = False
    custodian: UUID | None = None
    name: str = ""
    short_name: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "sources": [str(one) for one in self.sources],
            "receiver": _text(self.receiver),
            "classes": [str(one) for one in self.classes],
            "receivers": {str(key): str(value) for key, value in self.receivers.items()},
            "numbers": {str(key): value for key, value in self.numbers.items()},
            "point": self.point,
            "custodian": _text(self.custodian),
            "name": self.name,
            "short_name": self.short_name,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ActPlan:
        """Read back."""
        return cls(
            tuple(UUID(one) for one in data["sources"]),
            _uuid(data["receiver"]),
            tuple(UUID(one) for one in data["classes"]),
            {UUID(key): UUID(value) for key, value in data["receivers"].items()},
            {UUID(key): int(value) for key, value in data["numbers"].items()},
            bool(data["point"]),
            _uuid(data["custodian"]),
            data["name"],
            data["short_name"],
        )

    @property
    def organisations(self) -> tuple[UUID, ...]:
        """All that it names, each once."""
        named = [*self.sources, self.receiver, *self.receivers.values(), self.custodian]
        return tuple(dict.fromkeys(one for one in named if one is not None))


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None


def _uuid(value: str | None) -> UUID | None:
    return UUID(value) if value else None
