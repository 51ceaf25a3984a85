"""The primitive operations about organisations; see ``operations`` for what an operation is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, TypeAlias
from uuid import UUID

#: What a JSON value can be; deep values are not inspected by the kernel.
Json: TypeAlias = Any

#: Relations between organisations.
RELATIONS = frozenset({"competent_bureau", "central_school", "host", "district", "custodian"})


def _uuid(value: Json) -> UUID | None:
    return None if value is None else UUID(value)


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


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


@dataclass(frozen=True, slots=True)
class SetOutside:
    """How a child who is registered nowhere here stands at a school from the day on (ADR 0017).

    ``standing``: ``guest`` (studies there, registered elsewhere: 在校, never 在籍), ``deferred`` (of school age, enters
    later), or null: nothing more. ``until`` is the last day that was said of it. The child is no student of the
    register: ``child`` is his own id, under whose data key the entry's sensitive part is sealed.
    """

    op: ClassVar[str] = "set_outside"
    child: UUID
    place: UUID
    standing: str | None
    stage: str
    intake_year: int
    gender: str
    class_group: UUID | None
    until: date | None

    def to_json(self) -> dict[str, Json]:
        return {
            "op": self.op,
            "child": str(self.child),
            "place": str(self.place),
            "standing": self.standing,
            "stage": self.stage,
            "intake_year": self.intake_year,
            "gender": self.gender,
            "class_group": _text(self.class_group),
            "until": self.until.isoformat() if self.until else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> SetOutside:
        return cls(
            UUID(data["child"]),
            UUID(data["place"]),
            data["standing"],
            data["stage"],
            data["intake_year"],
            data["gender"],
            _uuid(data["class_group"]),
            date.fromisoformat(data["until"]) if data["until"] else None,
        )


OrganisationOperation: TypeAlias = (
    OpenOrganisation
    | CloseOrganisation
    | SetOrganisationFields
    | Relate
    | SetClassGroup
    | PromoteCohort
    | SetRulebookValue
    | SetOutside
)
