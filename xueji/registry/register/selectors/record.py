"""One pupil's record: assembled from the journals' entries that the viewer may see, as of a date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from xueji.ground.journals import selectors as journals
from xueji.ground.journals.types import Entry
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.field_changes import FieldChange, field_changes
from xueji.pure.kernel.fold import RegistrationState, StudentState, fold_student
from xueji.registry.register.selectors.cohorts import Brief
from xueji.registry.register.shape import Shapes


@dataclass(frozen=True, slots=True)
class StudentRecord:
    """学籍电子档案 as of ``on``.

    ``fields`` clear values, ``sensitive`` decrypted ones: what a door shows of these is masked and logged there.
    ``registrations`` the whole chain in order, each with its number and spells; ``in_force`` the one of the day.
    A former school's record ends with its last entry.
    """

    student: UUID
    on: date
    fields: Mapping[str, Any]
    sensitive: Mapping[str, Any]
    registrations: tuple[RegistrationState, ...]
    in_force: RegistrationState | None
    established: bool
    state: StudentState

    @property
    def numbers(self) -> tuple[str, ...]:
        """The registration numbers in the order in which they were borne."""
        return tuple(item.number for item in self.registrations if item.number)

    @property
    def name(self) -> str:
        return str(self.fields.get("name", ""))

    @property
    def latest(self) -> RegistrationState:
        """The registration in force on the day, else the last one."""
        return self.in_force or self.registrations[-1]


def student_record(student: UUID, on: date | None = None, *, decrypt: bool = True) -> StudentRecord | None:
    """The record of a pupil as of a day (today); None where the viewer sees no entry of it up to then.

    Without ``decrypt`` sensitive values are absent, their names stand in ``state.sensitive_codes``.
    """
    day = on or today()
    return _record(student, day, journals.entries_of_students([student], decrypt=decrypt)[student])


def student_records(students: Iterable[UUID], on: date | None = None) -> dict[UUID, StudentRecord]:
    """The records of many pupils as of a day (today), decrypted: their entries are read at once.

    Who is not seen, or was not registered by then, is missing.
    """
    day = on or today()
    made = {
        student: _record(student, day, entries) for student, entries in journals.entries_of_students(students).items()
    }
    return {student: record for student, record in made.items() if record is not None}


def records_as_left(schools: Mapping[UUID, UUID], on: date | None = None) -> dict[UUID, StudentRecord]:
    """Records as former schools have them: up to their own last entry, whoever asks; by student, who is unseen missing.

    ``schools``: by student the school.
    """
    day, made = on or today(), {}
    for student, entries in journals.entries_of_students(schools).items():
        own = [one.student_seq or 0 for one in entries if one.organisation == schools[student]]
        upto = [one for one in entries if own and (one.student_seq or 0) <= max(own)]
        record = _record(student, day, upto) if upto else None
        if record is not None:
            made[student] = record
    return made


def briefs_as_left(schools: Mapping[UUID, UUID]) -> dict[UUID, Brief]:
    """The pupils of a list as former schools have them; ``schools``: by student the school. The unseen are missing."""
    made = {}
    for student, record in records_as_left(schools).items():
        last = record.latest
        day = last.ended_on - timedelta(days=1) if last.ended_on else today()
        group = last.value("class_group", day)
        gender = str(record.fields.get("gender") or "")
        made[student] = Brief(record.name, gender, last.number, UUID(group) if group else None)
    return made


def record_with_timeline(student: UUID) -> tuple[StudentRecord | None, list[TimelineItem]]:
    """A pupil's record of today and its timeline, for the page that shows both: the entries are read once.

    The timeline names what each entry changed, sensitive values in clear: a door masks what it shows of them.
    """
    entries = journals.entries_of_students([student], decrypt=True)[student]
    return _record(student, today(), entries), _timeline(entries, field_changes(entries))


def records_with_timelines(students: Iterable[UUID]) -> dict[UUID, tuple[StudentRecord, list[TimelineItem]]]:
    """The same of many pupils, their entries read at once; who is not seen is missing."""
    made: dict[UUID, tuple[StudentRecord, list[TimelineItem]]] = {}
    for student, entries in journals.entries_of_students(students).items():
        record = _record(student, today(), entries)
        if record is not None:
            made[student] = record, _timeline(entries, field_changes(entries))
    return made


def _record(student: UUID, day: date, entries: Sequence[Entry]) -> StudentRecord | None:
    state = fold_student(entries, until=day)
    if not state.entries or not state.registrations:
        return None
    chain = tuple(sorted(state.registrations.values(), key=lambda item: item.started_on))
    turns = [entry.effective_on for entry in entries if entry.effective_on <= day]
    return StudentRecord(
        student,
        day,
        state.fields,
        state.sensitive,
        chain,
        state.in_force(day),
        Shapes().on(turns[-1]).established(state),
        state,
    )


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """An entry of a pupil's timeline. ``corrected_by`` names the entry that took its place.

    ``changes``: what it changed in the fields, where the timeline was read with them.
    """

    entry_id: UUID
    transaction_id: UUID
    kind: str
    effective_on: date
    recorded_at: datetime
    organisation: UUID
    actor: Mapping[str, str]
    basis: Mapping[str, Any]
    rulebook_version: str
    operations: tuple[Any, ...]
    corrects: UUID | None
    corrected_by: UUID | None
    has_sensitive: bool
    changes: tuple[FieldChange, ...] = ()


def timeline(student: UUID) -> list[TimelineItem]:
    """What happened to a pupil, by date and then as recorded; nothing sensitive is opened."""
    return _timeline(journals.entries_of_students([student], decrypt=False)[student])


def _timeline(
    entries: Sequence[Entry], changes: Mapping[UUID, tuple[FieldChange, ...]] = MappingProxyType({})
) -> list[TimelineItem]:
    corrected = {entry.corrects: entry.entry_id for entry in entries if entry.corrects is not None}
    return [
        TimelineItem(
            entry.entry_id,
            entry.transaction_id,
            entry.kind,
            entry.effective_on,
            entry.recorded_at,
            entry.organisation,
            entry.actor,
            entry.basis,
            entry.rulebook_version,
            entry.operations,
            entry.corrects,
            corrected.get(entry.entry_id),
            entry.has_sensitive,
            changes.get(entry.entry_id, ()),
        )
        for entry in entries
    ]
