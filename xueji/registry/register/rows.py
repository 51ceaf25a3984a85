"""From the entries of students to the rows of the state tables. No SQL here.

What stands in a row is what :func:`kernel.fold.fold_student` says and nothing
else; see ``models.py`` for the meaning of the columns.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any
from uuid import UUID

from xueji.ground.keys import services as keys
from xueji.pure.kernel.fold import FoldClash, FoldEntry, StudentState, fold_student
from xueji.pure.kernel.operations import CONTINUING, SetFields
from xueji.pure.kernel.record_items import is_item
from xueji.registry.register.identity import id_indexes
from xueji.registry.register.pinyin import keys_of
from xueji.registry.register.shape import Shapes

STUDENT = (
    "id", "name", "name_given", "name_length", "name_initials", "name_pinyin", "gender", "birth_date",
    "id_document_type", "fields", "sensitive", "id_index", "living", "established", "holder", "attends",
    "fields_from", "last_entry", "hukou_area",
)  # fmt: skip
EARLIER = (
    "student_id", "holder", "name", "gender", "birth_date", "id_document_type", "fields", "started_on",
    "ended_on", "entry", "hukou_area",
)  # fmt: skip
REGISTRATION = (
    "id", "student_id", "holder", "school", "stage", "number", "student_number", "scheme", "started_on", "ended_on",
    "voided", "how_started", "how_ended", "opened_by_entry", "closed_by_entry",
)  # fmt: skip
SPELL = ("registration_id", "student", "holder", "school", "dimension", "value", "started_on", "ended_on", "entry")

#: The columns of each state table in the order of the rows made here.
COLUMNS = {
    "student": STUDENT,
    "earlier_fields": EARLIER,
    "registration": REGISTRATION,
    "spell": SPELL,
}

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
#: The sealed field whose first digits (GB/T 2260) are counted by, and how many they are.
HUKOU_PLACE, COUNTY = "hukou_place", 6
#: Fields with a column of their own; all others stand in ``fields``.
_OWN_COLUMN = frozenset({"name", "gender", "birth_date", "id_document_type"})


def aad(student: UUID) -> bytes:
    """The place that a student's merged blob is bound to."""
    return b"register_student" + student.bytes


_NUMBER, _STARTED, _ENDED, _VOIDED, _HOW_STARTED = (
    REGISTRATION.index(name) for name in ("number", "started_on", "ended_on", "voided", "how_started")
)


class DoublyBorne(ValueError):
    """Two registrations bear one number, and the one does not go on from the other."""


def _goes_on(earlier: tuple[Any, ...], later: tuple[Any, ...]) -> bool:
    """Whether a registration goes on, with its number, from an earlier one of the same pupil."""
    ended = earlier[_ENDED]
    return (
        earlier[1] == later[1] and later[_HOW_STARTED] in CONTINUING and ended is not None and ended <= later[_STARTED]
    )


@dataclass(slots=True)
class StateRows:
    """Rows a table, in the order of ``COLUMNS``."""

    student: list[tuple[Any, ...]] = field(default_factory=list)
    earlier_fields: list[tuple[Any, ...]] = field(default_factory=list)
    registration: list[tuple[Any, ...]] = field(default_factory=list)
    spell: list[tuple[Any, ...]] = field(default_factory=list)
    documents: dict[int, tuple[str, str]] = field(default_factory=dict)  # by position in ``student``
    texts: dict[str, str] = field(default_factory=dict)  # a table's rows as COPY takes them, where made beforehand

    def index_documents(self) -> None:
        """Put the blind indexes of the documents into the students' rows, all at once."""
        at = STUDENT.index("id_index")
        for place, index in zip(self.documents, id_indexes(self.documents.values()), strict=True):
            row = self.student[place]
            self.student[place] = (*row[:at], index, *row[at + 1 :])
        self.documents.clear()

    def bearers(self) -> dict[str, tuple[Any, ...]]:
        """The row of the registration that bears each number: of one that went on at another school (merger, split,
        closure) the later one. Raises ``DoublyBorne`` for a number of two registrations that do not."""
        found: dict[str, tuple[Any, ...]] = {}
        for row in self.registration:
            if not row[_NUMBER] or row[_VOIDED]:
                continue
            other = found.setdefault(row[_NUMBER], row)
            if other is row or _goes_on(row, other):
                continue
            if not _goes_on(other, row):
                raise DoublyBorne(row[_NUMBER])
            found[row[_NUMBER]] = row
        return found

    def passed_on(self) -> list[UUID]:
        """The registrations whose number another one of these bears by now."""
        bearers = self.bearers()
        return [
            row[0]
            for row in self.registration
            if row[_NUMBER] and not row[_VOIDED] and bearers[row[_NUMBER]][0] != row[0]
        ]

    def of(self, table: str) -> list[tuple[Any, ...]]:
        """The rows of one table of ``COLUMNS``."""
        rows: list[tuple[Any, ...]] = getattr(self, table)
        return rows


def _holder(state: StudentState) -> UUID:
    """The school of the latest registration; of a voided one where there is no other."""
    registrations = list(state.registrations.values())
    if not registrations:
        raise FoldClash("no_registration", state.last_entry)
    standing = [item for item in registrations if not item.voided] or registrations
    return max(standing, key=lambda item: item.started_on).school


def _recorded(entry: FoldEntry) -> int:
    return entry.student_seq or 0


def _attends(state: StudentState) -> UUID | None:
    """The school of a guest study that has not ended."""
    for item in state.registrations.values():
        for spell in item.spells:
            if spell.dimension == "attends" and spell.ended_on is None and spell.value and not item.voided:
                return UUID(spell.value)
    return None


def _living(state: StudentState) -> bool:
    return all(item.voided or item.how_ended != "death" for item in state.registrations.values())


def _clear(state: StudentState) -> tuple[Any, ...]:
    """name, gender, birth date, document type, other fields as JSON text."""
    fields = state.fields
    rest = {code: value for code, value in fields.items() if code not in _OWN_COLUMN}
    birth = fields.get("birth_date")
    return (
        fields.get("name", ""),
        fields.get("gender", ""),
        date.fromisoformat(birth) if birth else None,
        fields.get("id_document_type", ""),
        _encode(rest),
    )


def _hukou_area(state: StudentState) -> str:
    """The county of the hukou place: coarse enough to stand in clear, so that it can be counted (design §3). '' without
    the place, or where it was folded without keys."""
    return str(state.sensitive.get(HUKOU_PLACE) or "")[:COUNTY]


def _items_alone(operation: SetFields) -> bool:
    """Whether it sets record items and nothing else: no clear field changes by it."""
    return not operation.fields and bool(operation.sensitive) and all(map(is_item, operation.sensitive))


def _turns(entries: Sequence[FoldEntry]) -> list[date]:
    """The dates on which clear fields changed, in order."""
    corrected = {entry.corrects for entry in entries if entry.corrects is not None}
    dates = {
        entry.effective_on
        for entry in entries
        if entry.entry_id not in corrected
        and any(isinstance(item, SetFields) and not _items_alone(item) for item in entry.operations)
    }
    return sorted(dates) or [min(entry.effective_on for entry in entries)]


def add_student(
    rows: StateRows,
    student: UUID,
    entries: Sequence[FoldEntry],
    shapes: Shapes,
    data_key: bytes | None,
    *,
    sealed: tuple[Any, bytes] | None = None,
) -> None:
    """Fold a student's entries and add the rows to ``rows``.

    Call ``rows.index_documents()`` when all are in. Without ``data_key`` a row has neither sealed part nor blind
    index (counting needs none). ``sealed`` is a merged sensitive part already known with its blob, which is kept
    when the fold gives the same (rebuild).
    Raises :class:`kernel.fold.FoldClash`.
    """
    state = fold_student(entries)
    holder = _holder(state)
    turns = _turns(entries) if len(entries) > 1 else [entries[0].effective_on]
    shape = shapes.on(turns[-1])
    name, gender, birth_date, document_type, fields = _clear(state)
    initials, pinyin = keys_of(name)
    blob = None
    number = state.sensitive.get(shape.id_number)
    if data_key is not None and document_type and number:
        rows.documents[len(rows.student)] = (document_type, number)
    if data_key is not None and state.sensitive:
        if sealed is not None and sealed[0] == state.sensitive:
            blob = sealed[1]
        else:
            blob = keys.seal_json(data_key, state.sensitive, aad(student))
    rows.student.append(
        (
            student, name, name[1:], len(name), initials, pinyin, gender, birth_date, document_type, fields, blob,
            None, _living(state), shape.established(state), holder, _attends(state), turns[-1],
            max(entries, key=_recorded).entry_id, _hukou_area(state),
        )
    )  # fmt: skip
    for started_on, ended_on in pairwise(turns):
        before = fold_student(entries, until=started_on)
        rows.earlier_fields.append(
            (student, holder, *_clear(before), started_on, ended_on, before.last_entry, _hukou_area(before))
        )
    _add_registrations(rows, student, holder, state, shapes)


def _add_registrations(rows: StateRows, student: UUID, holder: UUID, state: StudentState, shapes: Shapes) -> None:
    for item in state.registrations.values():
        short = shapes.short_number(item.scheme, item.number, item.started_on)
        rows.registration.append(
            (
                item.registration, student, holder, item.school, item.stage, item.number, short, item.scheme,
                item.started_on, item.ended_on, item.voided, item.how_started, item.how_ended, item.opened_by_entry,
                item.closed_by_entry or item.voided_by_entry,
            )
        )  # fmt: skip
        for spell in item.spells:
            rows.spell.append(
                (
                    item.registration, student, holder, item.school, spell.dimension, spell.value, spell.started_on,
                    spell.ended_on, spell.entry,
                )
            )  # fmt: skip
