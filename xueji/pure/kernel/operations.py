"""The primitive operations: the only things that an entry's payload can say.

The kernel folds these, for ever (design §1). An operation carries no date: the
entry's ``effective_on`` is its date. ``to_json`` gives the object that stands in
the journal (``{"op": …}``), ``from_json`` reads it back. A new meaning gets a
new operation or a new ``OP_VERSION``, an old one is never reinterpreted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, TypeAlias
from uuid import UUID

OP_VERSION = 1

#: What a JSON value can be; deep values are not inspected by the kernel.
Json: TypeAlias = Any

#: Dimensions of a registration's spells (docs/architecture.md, table of operations).
DIMENSIONS = frozenset({"status", "class_group", "arrival", "attends"})
#: Relations between organisations.
RELATIONS = frozenset({"competent_bureau", "central_school", "host", "district"})


class UnknownOperation(ValueError):
    """A journal holds an operation or version that this program does not know."""


def _uuid(value: Json) -> UUID | None:
    return None if value is None else UUID(value)


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


@dataclass(frozen=True, slots=True)
class OpenRegistration:
    """Begins a registration; ``how`` is opening, enrolment or transfer_in."""

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


@dataclass(frozen=True, slots=True)
class OpenOrganisation:
    """An organisation comes into being; ``level`` school, district or city."""

    op: ClassVar[str] = "open_organisation"
    organisation: UUID
    level: str
    kind: str
    fields: Mapping[str, Json] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        return {
            "op": self.op,
            "organisation": str(self.organisation),
            "level": self.level,
            "kind": self.kind,
            "fields": dict(self.fields),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> OpenOrganisation:
        return cls(UUID(data["organisation"]), data["level"], data["kind"], data["fields"])


@dataclass(frozen=True, slots=True)
class CloseOrganisation:
    """An organisation ends; its code is never given again (clause B1)."""

    op: ClassVar[str] = "close_organisation"
    organisation: UUID

    def to_json(self) -> dict[str, Json]:
        return {"op": self.op, "organisation": str(self.organisation)}

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> CloseOrganisation:
        return cls(UUID(data["organisation"]))


@dataclass(frozen=True, slots=True)
class SetOrganisationFields:
    """Values of an organisation: name, code, code_state …"""

    op: ClassVar[str] = "set_organisation_fields"
    organisation: UUID
    fields: Mapping[str, Json]

    def to_json(self) -> dict[str, Json]:
        return {"op": self.op, "organisation": str(self.organisation), "fields": dict(self.fields)}

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> SetOrganisationFields:
        return cls(UUID(data["organisation"]), data["fields"])


@dataclass(frozen=True, slots=True)
class Relate:
    """A dated relation: from the entry's day, up to but not including ``until``."""

    op: ClassVar[str] = "relate"
    organisation: UUID
    relation: str
    other: UUID | None
    until: date | None = None

    def to_json(self) -> dict[str, Json]:
        return {
            "op": self.op,
            "organisation": str(self.organisation),
            "relation": self.relation,
            "other": _text(self.other),
            "until": self.until.isoformat() if self.until else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Relate:
        until = data.get("until")
        return cls(
            UUID(data["organisation"]),
            data["relation"],
            _uuid(data["other"]),
            date.fromisoformat(until) if until else None,
        )


@dataclass(frozen=True, slots=True)
class SetClassGroup:
    """A class group of a cohort: school + site + stage + intake year + class number."""

    op: ClassVar[str] = "set_class_group"
    class_group: UUID
    school: UUID
    site: UUID | None
    stage: str
    intake_year: int
    class_no: int
    fields: Mapping[str, Json] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        return {
            "op": self.op,
            "class_group": str(self.class_group),
            "school": str(self.school),
            "site": _text(self.site),
            "stage": self.stage,
            "intake_year": self.intake_year,
            "class_no": self.class_no,
            "fields": dict(self.fields),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> SetClassGroup:
        return cls(
            UUID(data["class_group"]),
            UUID(data["school"]),
            _uuid(data["site"]),
            data["stage"],
            data["intake_year"],
            data["class_no"],
            data["fields"],
        )


@dataclass(frozen=True, slots=True)
class PromoteCohort:
    """The school confirms the yearly promotion of a cohort into ``school_year``."""

    op: ClassVar[str] = "promote_cohort"
    school: UUID
    stage: str
    intake_year: int
    school_year: int

    def to_json(self) -> dict[str, Json]:
        return {
            "op": self.op,
            "school": str(self.school),
            "stage": self.stage,
            "intake_year": self.intake_year,
            "school_year": self.school_year,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> PromoteCohort:
        return cls(UUID(data["school"]), data["stage"], data["intake_year"], data["school_year"])


@dataclass(frozen=True, slots=True)
class SetRulebookValue:
    """A part of a rulebook layer comes into force, whole; ``version`` is its digest."""

    op: ClassVar[str] = "set_rulebook_value"
    layer: str
    part: str
    version: str
    value: Json

    def to_json(self) -> dict[str, Json]:
        return {
            "op": self.op,
            "layer": self.layer,
            "part": self.part,
            "version": self.version,
            "value": self.value,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> SetRulebookValue:
        return cls(data["layer"], data["part"], data["version"], data["value"])


StudentOperation: TypeAlias = OpenRegistration | CloseRegistration | VoidRegistration | SetSpell | SetFields
OrganisationOperation: TypeAlias = (
    OpenOrganisation
    | CloseOrganisation
    | SetOrganisationFields
    | Relate
    | SetClassGroup
    | PromoteCohort
    | SetRulebookValue
)
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
