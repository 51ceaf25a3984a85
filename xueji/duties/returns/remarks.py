"""Reads of explanations and notes: opened for whoever sees the return; their digest for the certification's entry."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
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


def subject_of(made: Return) -> UUID:
    """The subject of the data key."""
    return uuid5(_NAMESPACE, f"{made.round}:{made.organisation}")


def _place(remark: UUID) -> bytes:
    return b"returns_remark" + remark.bytes


def seal_texts(made: Return, texts: Iterable[tuple[UUID, str]]) -> list[bytes]:
    """(remark, text) sealed, in order."""
    subject = subject_of(made)
    return keys.seal_json_many(
        keys.data_keys.ensure([subject]), [(subject, text, _place(remark)) for remark, text in texts]
    )


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
    if not rows:
        return []
    subject = subject_of(made)
    texts = keys.open_json_many(
        keys.data_keys.get([subject]), [(subject, bytes(row.text), _place(row.id)) for row in rows]
    )
    return [
        Said(row.line, str(text), row.version, row.author, row.person, row.at)
        for row, text in zip(rows, texts, strict=True)
    ]
