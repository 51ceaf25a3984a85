"""The typed answers of the room ``reorganisation``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from xueji.pure.procedures.planned import Plan, Refusal
from xueji.registry.cases.types import CaseView
from xueji.registry.reorganisation.plans import ActPlan


@dataclass(frozen=True, slots=True)
class ClassLine:
    """A class group that moves: what it is called now and then. ``to`` None: no school was named for it yet."""

    class_group: UUID
    school: UUID
    name: str
    pupils: int
    to: UUID | None
    class_no: int
    new_name: str
    renumbered: bool = False


@dataclass(frozen=True, slots=True)
class SchoolLine:
    """A school of a district that is split or closed. ``to`` None: it stays, or no bureau was named for it yet.
    ``city_school``: the city is its bureau and stays so, only the district in which it lies changes."""

    school: UUID
    name: str
    pupils: int
    to: UUID | None
    city_school: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open application that stands in the way: what, of which school, since when."""

    application: UUID
    kind: str
    school: UUID
    lodged_on: date


@dataclass(frozen=True, slots=True)
class Preview:
    """What an act would do on a day. ``plan`` is empty where something stands in the way. ``digest`` (hex) covers who
    and what moves: what was looked at is what is decided on."""

    on: date
    plan: Plan
    hindrances: tuple[Refusal, ...] = ()
    classes: tuple[ClassLine, ...] = ()
    choices: tuple[ClassLine, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    handed: Mapping[UUID, UUID] = field(default_factory=dict)
    schools: tuple[SchoolLine, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class ActView:
    """An act with its case, as pages show it."""

    id: UUID
    kind: str
    organisation: UUID
    title: str
    plan: ActPlan
    effective_on: date
    document_number: str
    document: UUID
    state: str
    prepared_by: UUID
    prepared_at: datetime
    decided_by: UUID | None
    carried_on: date | None
    counts: Mapping[str, Any]
    hindered: tuple[str, ...]
    version: int
    case: CaseView | None = None


@dataclass(frozen=True, slots=True)
class ActResult:
    """What a verb led to: the act's state, and what was moved where it is in force."""

    act: UUID
    state: str
    carried_on: date | None = None
    counts: Mapping[str, Any] = field(default_factory=dict)
    file_number: str | None = None
