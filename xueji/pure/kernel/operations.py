"""The primitive operations: the only things that an entry's payload can say.

The kernel folds these, for ever (design §1). An operation carries no date: the
entry's ``effective_on`` is its date. ``to_json`` gives the object that stands in
the journal (``{"op": …}``), ``from_json`` reads it back. A new meaning gets a
new operation or a new ``OP_VERSION``, an old one is never reinterpreted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias
from uuid import UUID

from .organisation_operations import (
    RELATIONS,
    CloseOrganisation,
    Json,
    OpenOrganisation,
    OrganisationOperation,
    PromoteCohort,
    Relate,
    SetClassGroup,
    SetOrganisationFields,
    SetOutside,
    SetRulebookValue,
)

OP_VERSION = 1

#: Dimensions of a registration's spells (docs/architecture.md, table of operations).
DIMENSIONS = frozenset({"status", "class_group", "arrival", "attends"})

#: How a registration goes on at another school with its number when schools are merged, split or closed: the same
#: word ends the one and begins the other (ADR 0015).
CONTINUING = frozenset({"merger", "split", "closure"})

__all__ = [
    "CONTINUING",
    "DIMENSIONS",
    "OP_VERSION",
    "RELATIONS",
    "CloseOrganisation",
    "CloseRegistration",
    "Json",
    "OpenOrganisation",
    "OpenRegistration",
    "Operation",
    "OrganisationOperation",
    "PromoteCohort",
    "Relate",
    "SetClassGroup",
    "SetFields",
    "SetOrganisationFields",
    "SetOutside",
    "SetRulebookValue",
    "SetSpell",
    "StudentOperation",
    "UnknownOperation",
    "VoidRegistration",
    "from_json",
    "operations_from_json",
    "operations_to_json",
]


class UnknownOperation(ValueError):
    """A journal holds an operation or version that this program does not know."""


@dataclass(frozen=True, slots=True)
class OpenRegistration:
    """Begins a registration; ``how`` is opening, enrolment, transfer_in or a word of ``CONTINUING``."""

    op: ClassVar[str] = "open_registration"
    registration: UUID
    school: UUID
    stage: str
    number: str
    scheme: str
    how: str

    def to_json(self) -> dict[str, Json]:
        return {
            "op": self.op,
            "registration": str(self.registration),
            "school": str(self.school),
            "stage": self.stage,
            "number": self.number,
            "scheme": self.scheme,
            "how": self.how,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> OpenRegistration:
        return cls(
            UUID(data["registration"]), UUID(data["school"]), data["stage"], data["number"], data["scheme"], data["how"]
        )


@dataclass(frozen=True, slots=True)
class CloseRegistration:
    """Ends a registration: in force up to but not including the entry's day."""

    op: ClassVar[str] = "close_registration"
    registration: UUID
    how: str

    def to_json(self) -> dict[str, Json]:
        return {"op": self.op, "registration": str(self.registration), "how": self.how}

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> CloseRegistration:
        return cls(UUID(data["registration"]), data["how"])


@dataclass(frozen=True, slots=True)
class VoidRegistration:
    """Says that a registration never was (误建删除): its number stays used."""

    op: ClassVar[str] = "void_registration"
    registration: UUID

    def to_json(self) -> dict[str, Json]:
        return {"op": self.op, "registration": str(self.registration)}

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> VoidRegistration:
        return cls(UUID(data["registration"]))


@dataclass(frozen=True, slots=True)
class SetSpell:
    """A dated value of a registration: status, class_group, arrival or attends."""

    op: ClassVar[str] = "set_spell"
    registration: UUID
    dimension: str
    value: str | None

    def to_json(self) -> dict[str, Json]:
        return {
            "op": self.op,
            "registration": str(self.registration),
            "dimension": self.dimension,
            "value": self.value,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> SetSpell:
        return cls(UUID(data["registration"]), data["dimension"], data["value"])


@dataclass(frozen=True, slots=True)
class SetFields:
    """Values of the pupil's record; ``sensitive`` names those in the encrypted part."""

    op: ClassVar[str] = "set_fields"
    fields: Mapping[str, Json] = field(default_factory=dict)
    sensitive: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        return {"op": self.op, "fields": dict(self.fields), "sensitive": list(self.sensitive)}

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> SetFields:
        return cls(data["fields"], tuple(data["sensitive"]))


StudentOperation: TypeAlias = OpenRegistration | CloseRegistration | VoidRegistration | SetSpell | SetFields
Operation: TypeAlias = StudentOperation | OrganisationOperation

_READERS: dict[str, Any] = {
    kind.op: kind.from_json
    for kind in (
        OpenRegistration,
        CloseRegistration,
        VoidRegistration,
        SetSpell,
        SetFields,
        OpenOrganisation,
        CloseOrganisation,
        SetOrganisationFields,
        Relate,
        SetClassGroup,
        PromoteCohort,
        SetRulebookValue,
        SetOutside,
    )
}


def from_json(data: Mapping[str, Json]) -> Operation:
    """The operation that a JSON object of a journal stands for.

    Raises :class:`UnknownOperation` for a name that is not in the table.
    """
    reader = _READERS.get(data["op"])
    if reader is None:
        raise UnknownOperation(f"unknown operation {data['op']!r}")
    operation: Operation = reader(data)
    return operation


def operations_from_json(items: Iterable[Mapping[str, Json]], version: int = OP_VERSION) -> tuple[Operation, ...]:
    """All operations of an entry, written under ``version``."""
    if version != OP_VERSION:
        raise UnknownOperation(f"operations of version {version}, known is {OP_VERSION}")
    return tuple([from_json(item) for item in items])


def operations_to_json(operations: Iterable[Operation]) -> list[dict[str, Json]]:
    """The JSON objects that stand in the journal."""
    return [operation.to_json() for operation in operations]
