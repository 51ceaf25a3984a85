"""The fold: from the entries of a pupil to the state of its registrations.

Fold order is (effective_on, student_seq). A correction takes the place of what
it corrects: the corrected entry drops out, the correction stands at its own
``effective_on`` with the rank of the entry first corrected. What cannot be true
together raises :class:`FoldClash`; nothing is guessed. The result does not
depend on the order in which entries are given.

Source: design §3 (journals), invariant 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any, Protocol
from uuid import UUID

from .operations import (
    CONTINUING,
    DIMENSIONS,
    CloseRegistration,
    OpenRegistration,
    Operation,
    SetFields,
    SetSpell,
    VoidRegistration,
)
from .ordering import FoldClash, in_fold_order
from .organisation_fold import OrganisationState, fold_organisation

__all__ = [
    "FoldClash",
    "FoldEntry",
    "OrganisationState",
    "RegistrationState",
    "Spell",
    "StudentState",
    "fold_organisation",
    "fold_student",
]


class FoldEntry(Protocol):
    """What the fold needs of a journal's entry about a student.

    ``sensitive`` is the decrypted part, or None when the keys are not at hand: then values
    of sensitive fields are missing from the state, but which entry holds them is known.
    """

    @property
    def entry_id(self) -> UUID: ...
    @property
    def transaction_id(self) -> UUID: ...
    @property
    def effective_on(self) -> date: ...
    @property
    def student_seq(self) -> int | None: ...
    @property
    def operations(self) -> tuple[Operation, ...]: ...
    @property
    def sensitive(self) -> Mapping[str, Any] | None: ...
    @property
    def corrects(self) -> UUID | None: ...


@dataclass(slots=True)
class Spell:
    """A dated value, in force from ``started_on`` up to but not including ``ended_on``."""

    dimension: str
    value: str | None
    started_on: date
    ended_on: date | None
    entry: UUID


@dataclass(slots=True)
class RegistrationState:
    """A registration as folded; spells in the order of their begin."""

    registration: UUID
    school: UUID
    stage: str
    number: str
    scheme: str
    started_on: date
    how_started: str
    opened_by_entry: UUID
    ended_on: date | None = None
    how_ended: str | None = None
    closed_by_entry: UUID | None = None
    voided: bool = False
    voided_by_entry: UUID | None = None
    spells: list[Spell] = field(default_factory=list)

    def in_force(self, on: date) -> bool:
        """Whether it is in force on a day (not voided, begun, not ended)."""
        return not self.voided and self.started_on <= on and (self.ended_on is None or on < self.ended_on)

    def value(self, dimension: str, on: date) -> str | None:
        """The value of a dimension on a day, None where no spell holds."""
        for spell in reversed(self.spells):
            if (
                spell.dimension == dimension
                and spell.started_on <= on
                and (spell.ended_on is None or on < spell.ended_on)
            ):
                return spell.value
        return None


@dataclass(slots=True)
class StudentState:
    """What is known of a student after all entries.

    ``fields`` clear values; ``sensitive`` decrypted values (empty without keys);
    ``sensitive_codes`` names of sensitive fields that hold a value; ``field_entries``
    for each field, clear or sensitive, the entry that last set it; ``last_entry``
    the last entry in fold order.
    """

    registrations: dict[UUID, RegistrationState] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    sensitive: dict[str, Any] = field(default_factory=dict)
    sensitive_codes: set[str] = field(default_factory=set)
    field_entries: dict[str, UUID] = field(default_factory=dict)
    last_entry: UUID | None = None
    entries: int = 0

    def in_force(self, on: date) -> RegistrationState | None:
        """The one registration in force on a day (invariant 1)."""
        for registration in self.registrations.values():
            if registration.in_force(on):
                return registration
        return None


def fold_student(entries: Iterable[FoldEntry], *, until: date | None = None) -> StudentState:
    """The state after ``entries`` of one student (all, or those effective up to and including ``until``).

    A voiding says that a registration never was: it holds on every day, on those before it was said too. Without that
    a registration that begins in the time of one voided later would overlap it on the days between.
    Raises :class:`FoldClash` (code, entry) where entries contradict each other.
    """
    state = StudentState()
    for entry in in_fold_order(entries):
        if until is not None and entry.effective_on > until:
            _void_begun(state, entry)
            continue
        for operation in entry.operations:
            apply = _APPLY.get(type(operation))
            if apply is None:
                raise FoldClash("not_of_a_student", entry.entry_id, type(operation).__name__)
            apply(state, entry, operation)
        state.last_entry = entry.entry_id
        state.entries += 1
    if len(state.registrations) > 1:
        _check_overlap(state)
    for registration in state.registrations.values():
        _close_spells(registration)
    return state


def _open(state: StudentState, entry: FoldEntry, operation: OpenRegistration) -> None:
    if operation.registration in state.registrations:
        raise FoldClash("registration_opened_twice", entry.entry_id, str(operation.registration))
    if operation.how in CONTINUING and not any(
        before.number == operation.number and before.how_ended == operation.how
        for before in state.registrations.values()
        if before.ended_on == entry.effective_on
    ):
        raise FoldClash("nothing_goes_on", entry.entry_id, str(operation.registration))
    state.registrations[operation.registration] = RegistrationState(
        operation.registration,
        operation.school,
        operation.stage,
        operation.number,
        operation.scheme,
        entry.effective_on,
        operation.how,
        entry.entry_id,
    )


def _known(state: StudentState, entry: FoldEntry, registration: UUID) -> RegistrationState:
    found = state.registrations.get(registration)
    if found is None:
        raise FoldClash("registration_unknown", entry.entry_id, str(registration))
    return found


def _close(state: StudentState, entry: FoldEntry, operation: CloseRegistration) -> None:
    registration = _known(state, entry, operation.registration)
    if registration.ended_on is not None:
        raise FoldClash("registration_closed_twice", entry.entry_id, str(operation.registration))
    if entry.effective_on <= registration.started_on:
        raise FoldClash("registration_of_no_day", entry.entry_id, str(operation.registration))
    registration.ended_on = entry.effective_on
    registration.how_ended = operation.how
    registration.closed_by_entry = entry.entry_id


def _void(state: StudentState, entry: FoldEntry, operation: VoidRegistration) -> None:
    registration = _known(state, entry, operation.registration)
    if registration.voided:
        raise FoldClash("registration_voided_twice", entry.entry_id, str(operation.registration))
    registration.voided = True
    registration.voided_by_entry = entry.entry_id


def _void_begun(state: StudentState, entry: FoldEntry) -> None:
    """What a later entry says never to have been, of what began up to the day asked for."""
    for operation in entry.operations:
        if isinstance(operation, VoidRegistration) and operation.registration in state.registrations:
            _void(state, entry, operation)


def _spell(state: StudentState, entry: FoldEntry, operation: SetSpell) -> None:
    registration = _known(state, entry, operation.registration)
    dimension, value = operation.dimension, operation.value
    if dimension not in DIMENSIONS:
        raise FoldClash("dimension_unknown", entry.entry_id, dimension)
    if registration.ended_on is not None:
        raise FoldClash("spell_after_end", entry.entry_id, str(operation.registration))
    for index in range(len(registration.spells) - 1, -1, -1):
        before = registration.spells[index]
        if before.dimension != dimension:
            continue
        if before.value == value:
            before.ended_on = None  # goes on: what stood between them was of the same day
            return
        if before.started_on == entry.effective_on:
            del registration.spells[index]
            _spell(state, entry, operation)
            return
        before.ended_on = entry.effective_on
        break
    else:
        if value is None:
            return
    registration.spells.append(Spell(dimension, value, entry.effective_on, None, entry.entry_id))


def _fields(state: StudentState, entry: FoldEntry, operation: SetFields) -> None:
    given = operation.fields
    state.fields.update(given)
    state.field_entries.update(dict.fromkeys(given, entry.entry_id))
    if None in given.values():  # a value taken away
        for code in [code for code, value in given.items() if value is None]:
            del state.fields[code]
    if operation.sensitive:
        _sensitive_fields(state, entry, operation.sensitive)


def _sensitive_fields(state: StudentState, entry: FoldEntry, codes: tuple[str, ...]) -> None:
    values = entry.sensitive
    for code in codes:
        state.field_entries[code] = entry.entry_id
        if values is None:
            state.sensitive.pop(code, None)
            state.sensitive_codes.add(code)
            continue
        if code not in values:
            raise FoldClash("sensitive_value_missing", entry.entry_id, code)
        value = values[code]
        if value is None:
            state.sensitive.pop(code, None)
            state.sensitive_codes.discard(code)
        else:
            state.sensitive[code] = value
            state.sensitive_codes.add(code)


_APPLY: dict[type, Any] = {
    OpenRegistration: _open,
    CloseRegistration: _close,
    VoidRegistration: _void,
    SetSpell: _spell,
    SetFields: _fields,
}


def _check_overlap(state: StudentState) -> None:
    """At most one registration in force on any day (invariant 1)."""
    live = sorted((r for r in state.registrations.values() if not r.voided), key=lambda r: r.started_on)
    for earlier, later in pairwise(live):
        if earlier.ended_on is None or later.started_on < earlier.ended_on:
            raise FoldClash("registrations_overlap", later.opened_by_entry, str(later.registration))


def _close_spells(registration: RegistrationState) -> None:
    """Spells end with their registration; a spell of no day is dropped, as is one without a value."""
    end = registration.ended_on
    if end is not None:
        for spell in registration.spells:
            if spell.ended_on is None:
                spell.ended_on = end
    registration.spells = [
        spell for spell in registration.spells if spell.value is not None and spell.started_on != spell.ended_on
    ]
