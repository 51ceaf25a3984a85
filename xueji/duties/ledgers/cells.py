"""From rows of journals and register to the cells of a ledger, by the sources that its columns name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from xueji.duties.ledgers.scope import Scope
from xueji.ground.journals import selectors as journals
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.fold import fold_student
from xueji.pure.kernel.ledgers import LedgerColumn, LedgerKind
from xueji.pure.kernel.numbers import short_form
from xueji.pure.kernel.outside import OUTSIDE_KINDS
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.procedures.number_correction import OLD, PROCEDURES
from xueji.registry.applications.claims import open_claims


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line: its cells in the order of the ledger's columns, whose it is, and the file that it rests on (None where
    there is none in reach)."""

    entry: UUID
    school: UUID
    student: UUID
    cells: tuple[str, ...]
    application: UUID | None = None


RENUMBERING = frozenset(one.kind for one in PROCEDURES)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row as the statement of ``selectors`` gives it."""

    entry: UUID
    organisation: UUID
    student: UUID
    kind: str
    effective_on: date
    operations: str
    correcting: bool
    application: UUID | None
    change: str | None
    school: UUID | None
    other_school: UUID | None
    until: date | None
    lodged_on: date | None
    paper_date: date | None
    claim: bytes | None
    file_number: str | None
    decided_on: date | None
    name: str | None
    gender: str | None
    number: str | None
    class_group: UUID | None
    old_number: str | None


@dataclass(frozen=True, slots=True)
class _Person:
    """Who a former pupil was when the school saw him last."""

    name: str
    gender: str
    number: str
    class_group: UUID | None


@dataclass(frozen=True)
class _Known:
    """What all lines of a sheet look up: read once."""

    scope: Scope
    schools: Mapping[UUID, str]
    groups: Mapping[UUID, ClassGroup]
    claims: Mapping[UUID, Mapping[str, str]]
    former: Mapping[tuple[UUID, UUID], _Person]

    def person(self, row: _Row) -> _Person:
        if row.name is not None and row.number is not None:
            return _Person(row.name, row.gender or "", row.number, row.class_group)
        return self.former.get((row.student, row.entry)) or self._outside(row)

    def _outside(self, row: _Row) -> _Person:
        """A child without a registration here, as the application says; nothing where that is out of reach."""
        claim = self.claims.get(row.application, {}) if row.application and row.kind in OUTSIDE_KINDS else {}
        group = claim.get("class_group")
        return _Person(claim.get("name", ""), claim.get("gender", ""), "", UUID(group) if group else None)


def lines_of(
    ledger: LedgerKind, rows: Sequence[Sequence[Any]], scope: Scope, *, first_serial: int
) -> tuple[LedgerLine, ...]:
    """The lines of a ledger in the order of its rows; everything that they name is read at once."""
    found = [_Row(*row) for row in rows]
    former = _former(found)
    claims = open_claims({row.application: row.claim for row in found if row.application and row.claim is not None})
    groups = {row.class_group for row in found} | {one.class_group for one in former.values()}
    groups |= {
        UUID(claims[row.application]["class_group"])
        for row in found
        if row.kind in OUTSIDE_KINDS and row.application in claims and "class_group" in claims[row.application]
    }
    others = {school for row in found for school in (row.school, row.other_school) if school is not None}
    names = {key: one.name for key, one in organisations.by_ids(others - scope.schools.keys()).items()}
    known = _Known(
        scope,
        {**scope.schools, **names},
        ClassGroup.objects.select_related("site").in_bulk({one for one in groups if one is not None}),
        claims,
        former,
    )
    return tuple(
        LedgerLine(
            row.entry,
            row.organisation,
            row.student,
            tuple(_cell(column, row, serial, known) for column in ledger.columns),
            row.application,
        )
        for serial, row in enumerate(found, start=first_serial)
    )


def _former(rows: Sequence[_Row]) -> dict[tuple[UUID, UUID], _Person]:
    """Of pupils whom the register no longer shows to the viewer: what the own entries say, by student and entry."""
    gone = [row for row in rows if row.name is None or row.number is None]
    entries = journals.entries_of_students({row.student for row in gone}, decrypt=False)
    found: dict[tuple[UUID, UUID], _Person] = {}
    for row in gone:
        known = [one for one in entries[row.student] if one.effective_on <= row.effective_on]
        if not known:
            continue
        state = fold_student(known)
        own = [one for one in state.registrations.values() if one.school == row.organisation]
        last = max(own, key=lambda one: one.started_on, default=None)
        spells = [spell for spell in (last.spells if last else ()) if spell.dimension == "class_group" and spell.value]
        group = max(spells, key=lambda spell: spell.started_on).value if spells else None
        fields = state.fields
        found[row.student, row.entry] = _Person(
            str(fields.get("name", "")),
            str(fields.get("gender", "")),
            last.number if last else "",
            UUID(group) if group else None,
        )
    return found


def _cell(column: LedgerColumn, row: _Row, serial: int, known: _Known) -> str:
    if column.source == "serial":
        return str(serial)
    if column.source == "claim":
        return _claimed(column.keys, row, known)
    return _SOURCES[column.source](row, known) or (_claimed(column.keys, row, known) if column.keys else "")


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _book(row: _Row) -> Rulebook:
    return parameters.rulebook(row.effective_on)


def _gender(row: _Row, known: _Known) -> str:
    table, code = _book(row).codes.get("gender"), known.person(row).gender
    return (table.name_of(code) if table and code else None) or code


def _class_name(row: _Row, known: _Known) -> str:
    group = known.groups.get(known.person(row).class_group or UUID(int=0))
    # An entry that ends a registration is true from the day after the pupil's last day in the class.
    stages = _book(row).stages
    return organisations.class_display_name(group, row.effective_on, stages=stages) if group else ""


def _short_number(row: _Row, known: _Known) -> str:
    number = known.person(row).number
    return short_form(_book(row).numbers["registration_number"], number) if number else ""


def _other_school(row: _Row, known: _Known) -> str:
    sides = [side for side in (row.school, row.other_school) if side is not None and side != row.organisation]
    return known.schools.get(sides[0], "") if sides and row.other_school is not None else ""


def _kind(row: _Row, _: _Known) -> str:
    changes = _book(row).changes
    found = changes.get(row.kind) or changes.get(row.change or "")
    return found.title if found else row.kind


def _basis(row: _Row, _: _Known) -> str:
    changes = _book(row).changes
    found = changes.get(row.change or row.kind)
    return _cited(found.basis) if found else ""


def _cited(basis: str) -> str:
    """The documents and articles of a basis, without what it says of them: a line of a ledger has no room for that."""
    parts = (re.split("[：（，]", part, maxsplit=1)[0].strip() for part in basis.split("；"))
    return "；".join(part for part in parts if part)


def _fields(row: _Row, _: _Known) -> str:
    if row.kind in RENUMBERING:  # its entry repeats the one that opened the record, with the right number
        return "学籍号"
    catalogue = _book(row).fields
    codes = [
        code
        for operation in json.loads(row.operations)
        if operation.get("op") == "set_fields"
        for code in (*operation.get("fields", {}), *operation.get("sensitive", ()))
    ]
    return "、".join(catalogue[code].label if code in catalogue else code for code in dict.fromkeys(codes))


def _new_number(row: _Row, _: _Known) -> str:
    opened = [one for one in json.loads(row.operations) if one.get("op") == "open_registration"]
    return str(opened[0].get("number", "")) if opened else ""


def _remark(row: _Row, _: _Known) -> str:
    notes = [f"按 {row.paper_date.isoformat()} 纸质材料补录"] if row.paper_date else []
    return "；".join([*notes, *(["更正以前的记录"] if row.correcting and row.kind not in RENUMBERING else [])])


def _claimed(keys: Sequence[str], row: _Row, known: _Known) -> str:
    """The first of these that the claim holds, a choice in its words."""
    if OLD in keys and row.old_number:  # of this pupil: the claim names one of two, or the class alone
        return row.old_number
    claim = known.claims.get(row.application, {}) if row.application else {}
    key = next((one for one in keys if str(claim.get(one, "")).strip()), None)
    if key is None:
        return ""
    value, book = str(claim[key]), _book(row)
    change = book.changes.get(row.change or "")
    ask = next((one for one in change.asks if one.key == key), None) if change else None
    if ask is None:
        return value
    table = book.codes.get(ask.codes) if ask.codes else None
    return (table.name_of(value) if table else dict(ask.choices).get(value)) or value


_SOURCES: dict[str, Callable[[_Row, _Known], str]] = {
    "school": lambda row, known: known.schools.get(row.organisation, ""),
    "file_number": lambda row, _: row.file_number or "",
    "registration_number": lambda row, known: known.person(row).number,
    "student_number": _short_number,
    "name": lambda row, known: known.person(row).name,
    "gender": _gender,
    "class_name": _class_name,
    "effective_on": lambda row, _: _day(row.effective_on),
    "until": lambda row, _: _day(row.until),
    "lodged_on": lambda row, _: _day(row.lodged_on),
    "decided_on": lambda row, _: _day(row.decided_on),
    "other_school": _other_school,
    "kind": _kind,
    "fields": _fields,
    "new_number": _new_number,
    "basis": _basis,
    "remark": _remark,
}
