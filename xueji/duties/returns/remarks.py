"""Reads of explanations and notes: opened for whoever sees the return; their digest for the certification's entry."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db.models import QuerySet

from xueji.duties.returns.models import Remark, RemarkKind, Return
from xueji.ground.keys import services as keys
from xueji.ground.keys.services import canonical_json

#: Names the key under which an organisation's texts of a round are sealed.
_NAMESPACE = UUID("7a1f3c52-6f7c-5f0e-9d0a-2b1c8f0e4d11")


@dataclass(frozen=True, slots=True)
class Said:
    """One explanation or note, in clear; ``line`` as in :class:`models.Remark`."""

    line: str
    text: str
    version: int
    author: UUID
    person: UUID
    at: datetime


def subject_of(about: Return | Remark) -> UUID:
    """The subject of the data key."""
    return uuid5(_NAMESPACE, f"{about.round}:{about.organisation}")


def _place(remark: Remark) -> bytes:
    return b"returns_remark" + remark.id.bytes


def seal_texts(rows: Sequence[Remark], texts: Iterable[str]) -> None:
    """Put the texts into their rows, sealed."""
    subjects = [subject_of(row) for row in rows]
    sealed = keys.seal_json_many(
        keys.data_keys.ensure(set(subjects)),
        [(subject, text, _place(row)) for row, subject, text in zip(rows, subjects, texts, strict=True)],
    )
    for row, text in zip(rows, sealed, strict=True):
        row.text = text


def texts_of(rows: Sequence[Remark]) -> list[str]:
    """What rows say, in order, of however many organisations: one query for the keys."""
    if not rows:
        return []
    found = [(subject_of(row), bytes(row.text), _place(row)) for row in rows]
    opened = keys.open_json_many(keys.data_keys.get({subject for subject, _, _ in found}), found)
    return [str(text) for text in opened]


def explanations(made: Return) -> dict[str, Said]:
    """What the school explained in this round, by the finding's key; the newest counts."""
    return {one.line: one for one in _said(made, RemarkKind.EXPLANATION)}


def notes(made: Return) -> dict[str, list[Said]]:
    """The reviewers' notes of this round by line, the oldest first."""
    found: dict[str, list[Said]] = {}
    for one in _said(made, RemarkKind.NOTE):
        found.setdefault(one.line, []).append(one)
    return found


def explained_keys(made: Return) -> set[str]:
    """The keys of the findings that are explained, without opening a text."""
    return set(_rows(made, RemarkKind.EXPLANATION).values_list("line", flat=True))


def digest_of_explanations(made: Return) -> str:
    """SHA-256 (hex) over line and sealed text of each explanation: what the certifier had before him."""
    rows = _rows(made, RemarkKind.EXPLANATION).values_list("line", "text")
    said = [[line, hashlib.sha256(bytes(text)).hexdigest()] for line, text in rows]
    return hashlib.sha256(canonical_json(said)).hexdigest()


def _rows(made: Return, kind: RemarkKind) -> QuerySet[Remark]:
    return Remark.objects.filter(organisation=made.organisation, round=made.round, kind=kind).order_by("at", "id")


def _said(made: Return, kind: RemarkKind) -> list[Said]:
    rows = list(_rows(made, kind))
    return [
        Said(row.line, text, row.version, row.author, row.person, row.at)
        for row, text in zip(rows, texts_of(rows), strict=True)
    ]
