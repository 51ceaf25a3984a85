"""What a dossier says: sections of the catalogue, the chain of numbers, every entry, the papers that were issued."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from xueji.duties.certificates.models import Certificate
from xueji.ground.journals import selectors as journals
from xueji.ground.journals.types import Entry
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup, Organisation
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.catalogue import Column
from xueji.pure.kernel.dossier import FORMAT
from xueji.pure.kernel.environment import LOCAL_ZONE, environment
from xueji.pure.kernel.fold import RegistrationState
from xueji.pure.kernel.operations import (
    CloseRegistration,
    OpenRegistration,
    SetFields,
    SetSpell,
    VoidRegistration,
    operations_to_json,
)
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage
from xueji.pure.kernel.value_words import in_words
from xueji.registry.applications.placement import PLACEMENT
from xueji.registry.photos import selectors as photos
from xueji.registry.register.selectors import StudentRecord
from xueji.registry.register.words import HOW_ENDED, HOW_STARTED, KIND_WORDS

_ARRIVALS = {"awaited": "等待到校", "confirmed": "已到校", "departing": "转出待回执"}


@dataclass(frozen=True, slots=True)
class _Names:
    """What words need of organisations and class groups, read at once."""

    places: Mapping[UUID, Organisation]
    groups: Mapping[UUID, ClassGroup]
    book: Rulebook

    def place(self, organisation: UUID | str | None) -> str:
        found = self.places.get(UUID(str(organisation))) if organisation else None
        return found.name if found else ""

    def code(self, organisation: UUID) -> str:
        found = self.places.get(organisation)
        return found.code if found else ""

    def group(self, group: str | None, on: date) -> str:
        found = self.groups.get(UUID(group)) if group else None
        return organisations.class_display_name(found, on, stages=self.book.stages) if found else ""

    def spell(self, dimension: str, value: str | None, on: date) -> str:
        if dimension == "class_group":
            return f"编入{self.group(value, on)}" if value else "不在班级"
        if dimension == "attends":
            return f"在{self.place(value) or '外校'}借读" if value else "在本校就读"
        if dimension == "arrival":
            return _ARRIVALS.get(str(value), str(value))
        return self.book.codes["registration_status"].name_of(str(value)) or str(value)


def content_of(record: StudentRecord, *, organisation: str, issuer: Mapping[str, str], ground: str) -> dict[str, Any]:
    """The content of a record's dossier, as JSON: nothing masked.

    ``organisation`` exports it for the reason ``ground``; ``issuer`` is whose key signs.
    """
    entries = [one for one in journals.history(record.student) if one.effective_on <= record.on]
    papers = list(Certificate.objects.defer("statement").filter(student=record.student).order_by("issued_at"))
    book = parameters.rulebook(record.on)
    names = _names(record, entries, book)
    last = record.latest
    state = record.in_force.value("status", record.on) if record.in_force else None
    kinds = book.certificates
    return {
        "format": FORMAT,
        "as_of": record.on.isoformat(),
        "rulebook": book.version,
        "issuer": dict(issuer),
        "made": {
            "organisation": organisation,
            "at": environment().now().astimezone(LOCAL_ZONE).isoformat(timespec="seconds"),
            "ground": ground,
        },
        "pupil": {
            "student": str(record.student),
            "name": record.name,
            "number": last.number,
            "school": names.place(last.school),
            "school_code": names.code(last.school),
            "stage": last.stage,
            "standing": names.spell("status", state or "in_school", record.on)
            if record.in_force
            else HOW_ENDED.get(last.how_ended or "", "已离校"),
            "established": record.established,
        },
        "photo": _photo(record),
        "sections": _sections(book, {**record.fields, **record.sensitive}),
        "registrations": [_registration(one, names) for one in record.registrations],
        "entries": [_entry(one, names) for one in entries],
        "papers": [
            {
                "number": one.number,
                "kind": one.kind,
                "title": kinds[one.kind].title if one.kind in kinds else one.kind,
                "issued_on": one.issued_on.isoformat(),
                "voided": one.voided_at is not None,
            }
            for one in papers
        ],
    }


def _photo(record: StudentRecord) -> str:
    """The JPEG of the photo that the record names, in base64; '' where it names none or the file is not here."""
    digest = photos.digest_of(record)
    found = photos.contents(photos.photos([digest]).values())
    return base64.b64encode(found[digest]).decode() if digest in found else ""


def _names(record: StudentRecord, entries: Iterable[Entry], book: Rulebook) -> _Names:
    places = {one.school for one in record.registrations}
    groups: set[UUID] = set()
    for entry in entries:
        places.add(entry.organisation)
        for one in entry.operations:
            if isinstance(one, SetSpell) and one.value and one.dimension in ("attends", "class_group"):
                (places if one.dimension == "attends" else groups).add(UUID(one.value))
    return _Names(organisations.by_ids(places), ClassGroup.objects.select_related("site").in_bulk(groups), book)


def _sections(book: Rulebook, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sections of the catalogue with what is filled in, who it is first, each guardian apart."""
    first = book.fields["name"].field.section
    found: dict[str, list[dict[str, Any]]] = {}
    columns = [column for column in book.fields.columns if column.code not in PLACEMENT]
    for column in sorted(columns, key=lambda one: (one.field.section != first, one.index or 0)):
        value = values.get(column.code)
        if value in (None, ""):
            continue
        title = f"{column.field.group_label}{column.index}" if column.index else column.field.section
        found.setdefault(title, []).append(
            {
                "code": column.code,
                "label": column.field.label,
                "kind": str(column.field.type),
                "value": value,
                "text": in_words(book, column, value),
            }
        )
    return [{"title": title, "items": items} for title, items in found.items()]


def _registration(one: RegistrationState, names: _Names) -> dict[str, Any]:
    return {
        "registration": str(one.registration),
        "number": one.number,
        "scheme": one.scheme,
        "school": names.place(one.school),
        "school_code": names.code(one.school),
        "stage": one.stage,
        "stage_text": STAGE_NAMES[Stage(one.stage)],
        "started_on": one.started_on.isoformat(),
        "how_started": one.how_started,
        "how_started_text": HOW_STARTED.get(one.how_started, "建立学籍"),
        "ended_on": one.ended_on.isoformat() if one.ended_on else None,
        "how_ended": one.how_ended,
        "how_ended_text": HOW_ENDED.get(one.how_ended or "", "离校") if one.ended_on else "",
        "voided": one.voided,
        "spells": [
            {
                "dimension": spell.dimension,
                "value": spell.value,
                "started_on": spell.started_on.isoformat(),
                "ended_on": spell.ended_on.isoformat() if spell.ended_on else None,
                "text": names.spell(spell.dimension, spell.value, spell.started_on),
            }
            for spell in one.spells
        ],
    }


def _entry(entry: Entry, names: _Names) -> dict[str, Any]:
    change = names.book.changes.get(entry.kind)
    return {
        "entry": str(entry.entry_id),
        "transaction": str(entry.transaction_id),
        "kind": entry.kind,
        "title": change.title if change else KIND_WORDS.get(entry.kind, "学籍变动"),
        "effective_on": entry.effective_on.isoformat(),
        "recorded_at": entry.recorded_at.astimezone(LOCAL_ZONE).isoformat(timespec="seconds"),
        "organisation": names.place(entry.organisation),
        "organisation_code": names.code(entry.organisation),
        "sequence": entry.sequence,
        "student_seq": entry.student_seq,
        "rulebook": entry.rulebook_version,
        "basis": dict(entry.basis),
        "operations": operations_to_json(entry.operations),
        "sensitive": dict(entry.sensitive or {}),
        "corrects": str(entry.corrects) if entry.corrects else None,
        "lines": list(_entry_lines(entry, names)),
    }


def _entry_lines(entry: Entry, names: _Names) -> Iterator[str]:
    """What an entry did, in words."""
    if entry.corrects:
        yield f"更正 {entry.corrects}"
    if entry.basis.get("file_number"):
        yield f"卷号 {entry.basis['file_number']}"
    columns = {column.code: column for column in names.book.fields.columns}
    for one in entry.operations:
        if isinstance(one, OpenRegistration):
            yield f"建立学籍：{HOW_STARTED.get(one.how, '建立学籍')}，学籍号 {one.number}"
        elif isinstance(one, CloseRegistration):
            yield f"学籍结束：{HOW_ENDED.get(one.how, '离校')}"
        elif isinstance(one, VoidRegistration):
            yield "学籍登记作废"
        elif isinstance(one, SetSpell):
            yield names.spell(one.dimension, one.value, entry.effective_on)
        elif isinstance(one, SetFields):
            values = {**one.fields, **{code: (entry.sensitive or {}).get(code) for code in one.sensitive}}
            yield from (_field_line(names.book, columns.get(code), code, value) for code, value in values.items())


def _field_line(book: Rulebook, column: Column | None, code: str, value: Any) -> str:
    if code == photos.FIELD:
        return f"照片（摘要 {str(value)[:16]}）" if value else "照片撤下"
    if column is None:
        return f"{code}：{value}"
    return f"{column.label}：{in_words(book, column, value) or '（空）'}"
