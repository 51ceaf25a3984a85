"""What a dossier says: sections of the catalogue, the chain of numbers, every entry, the papers that were issued."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from xueji.duties.certificates.models import Certificate
from xueji.ground.journals import selectors as journals
from xueji.ground.journals.types import Entry
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.catalogue import Column
from xueji.pure.kernel.dossier import FORMAT
from xueji.pure.kernel.environment import LOCAL_ZONE, day_of, environment
from xueji.pure.kernel.fold import RegistrationState
from xueji.pure.kernel.item_words import line_of, title_of
from xueji.pure.kernel.operations import SetFields, operations_to_json
from xueji.pure.kernel.record_items import item_of
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage
from xueji.pure.kernel.value_words import in_words
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.papers.selectors import papers_of_several
from xueji.registry.applications.placement import PLACEMENT
from xueji.registry.cases import selectors as cases
from xueji.registry.photos import selectors as photos
from xueji.registry.record_items.selectors import sections_of
from xueji.registry.register.entry_words import EntryNames, names_in, operation_words
from xueji.registry.register.selectors import StudentRecord
from xueji.registry.register.words import HOW_ENDED, HOW_STARTED

_PAPER: Mapping[str, Any] = {
    "name": "", "media_type": "", "size": 0, "pages": None, "sha256": "", "added_on": "", "superseded": False,
}  # fmt: skip


def content_of(record: StudentRecord, *, organisation: str, issuer: Mapping[str, str], ground: str) -> dict[str, Any]:
    """The content of a record's dossier, as JSON: nothing masked.

    ``organisation`` exports it for the reason ``ground``; ``issuer`` is whose key signs.
    """
    entries = [one for one in journals.history(record.student) if one.effective_on <= record.on]
    papers = list(Certificate.objects.defer("statement").filter(student=record.student).order_by("issued_at"))
    book = parameters.rulebook(record.on)
    schools = {one.school for one in record.registrations} | {one.organisation for one in entries}
    names = names_in(schools, (operation for one in entries for operation in one.operations), book)
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
        "sections": [*_sections(book, {**record.fields, **record.sensitive}), *_item_sections(book, record)],
        "registrations": [_registration(one, names) for one in record.registrations],
        "entries": [_entry(one, names) for one in entries],
        "evidence": _evidence(entries, names),
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


def _evidence(entries: Sequence[Entry], names: EntryNames) -> list[dict[str, Any]]:
    """The papers of the applications that entries rest on: each named with the digest of its file, which stays where
    it was handed in. An application out of reach is named with its 卷号 alone."""
    resting = {UUID(str(one.basis["application"])): one for one in entries if one.basis.get("application")}
    here = applications.several(resting)
    numbers = cases.file_numbers(here)
    papers = papers_of_several({key: names.book.changes.get(one.kind) for key, one in here.items()})
    found = []
    for key, entry in resting.items():
        head = {
            "application": str(key),
            "file_number": numbers.get(key, "") or str(entry.basis.get("file_number") or ""),
            "change": names.kind(here[key].kind if key in here else entry.kind),
            "effective_on": entry.effective_on.isoformat(),
        }
        if key not in here:
            found.append({**head, **_PAPER, "title": "材料由当时办理的学校、教育局保存"})
        found += [
            {
                **head,
                "title": one.title,
                "name": one.name,
                "media_type": one.media_type,
                "size": one.size,
                "pages": one.pages,
                "sha256": one.content,
                "added_on": day_of(one.added_at).isoformat(),
                "superseded": one.superseded_by is not None,
            }
            for one in papers.get(key, ())
        ]
    return found


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


def _item_sections(book: Rulebook, record: StudentRecord) -> list[dict[str, Any]]:
    """The sections beside the fields (marks, fitness …) with their items, the oldest first."""
    return [
        {
            "title": one.section.title,
            "items": [
                {
                    "code": item.code,
                    "label": title_of(book, item),
                    "kind": "record_item",
                    "value": item.to_json(),
                    "text": line_of(book, item),
                }
                for item in reversed(one.items)
            ],
        }
        for one in sections_of(record.sensitive, book)
        if one.items
    ]


def _registration(one: RegistrationState, names: EntryNames) -> dict[str, Any]:
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


def _entry(entry: Entry, names: EntryNames) -> dict[str, Any]:
    return {
        "entry": str(entry.entry_id),
        "transaction": str(entry.transaction_id),
        "kind": entry.kind,
        "title": names.kind(entry.kind),
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


def _entry_lines(entry: Entry, names: EntryNames) -> Iterator[str]:
    """What an entry did, in words."""
    if entry.corrects:
        yield f"更正 {entry.corrects}"
    if entry.basis.get("file_number"):
        yield f"卷号 {entry.basis['file_number']}"
    columns = {column.code: column for column in names.book.fields.columns}
    for one in entry.operations:
        yield from operation_words(one, entry.effective_on, names)
        if isinstance(one, SetFields):
            values = {**one.fields, **{code: (entry.sensitive or {}).get(code) for code in one.sensitive}}
            yield from (_field_line(names.book, columns.get(code), code, value) for code, value in values.items())


def _field_line(book: Rulebook, column: Column | None, code: str, value: Any) -> str:
    if code == photos.FIELD:
        return f"照片（摘要 {str(value)[:16]}）" if value else "照片撤下"
    item = item_of(code, value)
    if item is not None:
        reason = f"（原因：{item.reason}）" if item.reason else ""
        return f"{title_of(book, item)}{'撤下' if item.removed else f'：{line_of(book, item)}'}{reason}"
    if column is None:
        return f"{code}：{value}"
    return f"{column.label}：{in_words(book, column, value) or '（空）'}"
