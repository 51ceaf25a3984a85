"""The fold of organisations: codes, dated relations, class groups, promotions, rulebook.

Folds the entries of one journal or of several; operations about pupils in the
same journal are passed over. Order: (effective_on, sequence, entry_id).

Source: design §3 (journals, dated relations, cohort).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from .operations import (
    RELATIONS,
    CloseOrganisation,
    OpenOrganisation,
    Operation,
    PromoteCohort,
    Relate,
    SetClassGroup,
    SetOrganisationFields,
    SetRulebookValue,
)
from .ordering import FoldClash, inherit_ranks


class OrganisationEntry(Protocol):
    """What the fold needs of a journal's entry; ``sequence`` is gapless in its journal."""

    @property
    def entry_id(self) -> UUID: ...
    @property
    def effective_on(self) -> date: ...
    @property
    def sequence(self) -> int: ...
    @property
    def operations(self) -> tuple[Operation, ...]: ...
    @property
    def corrects(self) -> UUID | None: ...


@dataclass(slots=True)
class Relation:
    """A dated relation, in force from ``started_on`` up to but not including ``ended_on``."""

    relation: str
    other: UUID | None
    started_on: date
    ended_on: date | None
    entry: UUID


@dataclass(slots=True)
class OrganisationRecord:
    """One organisation; ``fields`` the latest values, ``field_entries`` who set each; ``names``: since when it had
    which name, in order."""

    organisation: UUID
    level: str | None = None
    kind: str | None = None
    opened_on: date | None = None
    closed_on: date | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    field_entries: dict[str, UUID] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    names: list[tuple[date, str, UUID]] = field(default_factory=list)

    def related(self, relation: str, on: date) -> UUID | None:
        """The other side of a relation on a day."""
        for item in reversed(self.relations):
            if item.relation == relation and item.started_on <= on and (item.ended_on is None or on < item.ended_on):
                return item.other
        return None


@dataclass(slots=True)
class ClassGroupState:
    """A class group of a cohort, with the entry that last set it."""

    class_group: UUID
    school: UUID
    site: UUID | None
    stage: str
    intake_year: int
    class_no: int
    fields: dict[str, Any]
    since: date
    entry: UUID


@dataclass(slots=True)
class OrganisationState:
    """What the journals of organisations say.

    ``promotions``: (school, stage, intake_year, school_year) → entry;
    ``rulebook``: (layer, part) → versions in the order in which they came into force.
    """

    organisations: dict[UUID, OrganisationRecord] = field(default_factory=dict)
    class_groups: dict[UUID, ClassGroupState] = field(default_factory=dict)
    promotions: dict[tuple[UUID, str, int, int], UUID] = field(default_factory=dict)
    rulebook: dict[tuple[str, str], list[RulebookPart]] = field(default_factory=dict)
    last_entry: UUID | None = None


@dataclass(slots=True)
class RulebookPart:
    """A part of a rulebook layer as it came into force."""

    version: str
    value: Any
    since: date
    entry: UUID


def fold_organisation(entries: Iterable[OrganisationEntry], *, until: date | None = None) -> OrganisationState:
    """The state after ``entries`` (all, or those effective up to and including ``until``)."""
    state = OrganisationState()
    for entry in _in_order(list(entries)):
        if until is not None and entry.effective_on > until:
            break
        for operation in entry.operations:
            apply = _APPLY.get(type(operation))
            if apply is not None:
                apply(state, entry, operation)
                state.last_entry = entry.entry_id
    return state


def _in_order(entries: list[OrganisationEntry]) -> list[OrganisationEntry]:
    ranks = {entry.entry_id: (entry.sequence, entry.entry_id.int) for entry in entries}
    replaced: dict[UUID, UUID] = {}
    for entry in entries:
        if entry.corrects is None:
            continue
        if entry.corrects in replaced.values():
            raise FoldClash("corrected_twice", entry.entry_id, str(entry.corrects))
        replaced[entry.entry_id] = entry.corrects
    if replaced:
        ranks = inherit_ranks(ranks, replaced)
        gone = set(replaced.values())
        entries = [entry for entry in entries if entry.entry_id not in gone]
    return sorted(entries, key=lambda entry: (entry.effective_on, ranks[entry.entry_id]))


def _record(state: OrganisationState, organisation: UUID) -> OrganisationRecord:
    """A record; an organisation opened in another journal gets one that is not opened here."""
    found = state.organisations.get(organisation)
    if found is None:
        found = state.organisations[organisation] = OrganisationRecord(organisation)
    return found


def _open(state: OrganisationState, entry: OrganisationEntry, operation: OpenOrganisation) -> None:
    record = _record(state, operation.organisation)
    if record.opened_on is not None:
        raise FoldClash("organisation_opened_twice", entry.entry_id, str(operation.organisation))
    record.level, record.kind, record.opened_on = operation.level, operation.kind, entry.effective_on
    _merge(record, entry, operation.fields)


def _merge(record: OrganisationRecord, entry: OrganisationEntry, fields: Any) -> None:
    for code, value in fields.items():
        record.fields[code] = value
        record.field_entries[code] = entry.entry_id
        if code == "name":
            _named(record, entry, value)


def _named(record: OrganisationRecord, entry: OrganisationEntry, name: str) -> None:
    record.names = [one for one in record.names if one[0] != entry.effective_on]
    if not record.names or record.names[-1][1] != name:
        record.names.append((entry.effective_on, name, entry.entry_id))


def _close(state: OrganisationState, entry: OrganisationEntry, operation: CloseOrganisation) -> None:
    record = _record(state, operation.organisation)
    if record.closed_on is not None:
        raise FoldClash("organisation_closed_twice", entry.entry_id, str(operation.organisation))
    record.closed_on = entry.effective_on
    for item in record.relations:
        if item.ended_on is None or item.ended_on > entry.effective_on:
            item.ended_on = entry.effective_on


def _set_fields(state: OrganisationState, entry: OrganisationEntry, operation: SetOrganisationFields) -> None:
    _merge(_record(state, operation.organisation), entry, operation.fields)


def _relate(state: OrganisationState, entry: OrganisationEntry, operation: Relate) -> None:
    if operation.relation not in RELATIONS:
        raise FoldClash("relation_unknown", entry.entry_id, operation.relation)
    if operation.until is not None and operation.until <= entry.effective_on:
        raise FoldClash("relation_of_no_day", entry.entry_id, operation.relation)
    record = _record(state, operation.organisation)
    for item in record.relations:
        if item.relation != operation.relation:
            continue
        if item.ended_on is None or item.ended_on > entry.effective_on:
            item.ended_on = entry.effective_on
    record.relations = [item for item in record.relations if item.started_on != item.ended_on]
    if operation.other is not None:
        record.relations.append(
            Relation(operation.relation, operation.other, entry.effective_on, operation.until, entry.entry_id)
        )


def _class_group(state: OrganisationState, entry: OrganisationEntry, operation: SetClassGroup) -> None:
    before = state.class_groups.get(operation.class_group)
    if before is not None and before.school != operation.school:
        raise FoldClash("class_group_of_another_school", entry.entry_id, str(operation.class_group))
    state.class_groups[operation.class_group] = ClassGroupState(
        operation.class_group,
        operation.school,
        operation.site,
        operation.stage,
        operation.intake_year,
        operation.class_no,
        dict(operation.fields) if before is None else before.fields | dict(operation.fields),
        entry.effective_on if before is None else before.since,
        entry.entry_id,
    )


def _promote(state: OrganisationState, entry: OrganisationEntry, operation: PromoteCohort) -> None:
    key = (operation.school, operation.stage, operation.intake_year, operation.school_year)
    if key in state.promotions:
        raise FoldClash("cohort_promoted_twice", entry.entry_id, f"{operation.intake_year} → {operation.school_year}")
    state.promotions[key] = entry.entry_id


def _rulebook(state: OrganisationState, entry: OrganisationEntry, operation: SetRulebookValue) -> None:
    parts = state.rulebook.setdefault((operation.layer, operation.part), [])
    if parts and parts[-1].version == operation.version:
        return
    parts.append(RulebookPart(operation.version, operation.value, entry.effective_on, entry.entry_id))


_APPLY: dict[type, Any] = {
    OpenOrganisation: _open,
    CloseOrganisation: _close,
    SetOrganisationFields: _set_fields,
    Relate: _relate,
    SetClassGroup: _class_group,
    PromoteCohort: _promote,
    SetRulebookValue: _rulebook,
}
