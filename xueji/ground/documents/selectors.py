"""Reads of the documents, names opened. Row-level security of the caller's connection applies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from xueji.ground.documents.models import Document
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import open_json


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What a list shows of a document. ``content`` is SHA-256 (hex) in clear, ``digest`` that of the sealed file.

    ``pages``: None for a document that was stored before pages were counted.
    """

    id: UUID
    subject: UUID
    organisation: UUID
    name: str
    media_type: str
    size: int
    uploaded_by: UUID
    uploaded_at: datetime
    digest: str
    content: str
    pages: int | None = None


def document(wanted: UUID) -> DocumentInfo | None:
    """One document, or None where there is none that the viewer may see."""
    return next(iter(_opened(Document.objects.filter(id=wanted))), None)


def documents(wanted: Iterable[UUID]) -> dict[UUID, DocumentInfo]:
    """Several documents by id, in one query."""
    return {one.id: one for one in _opened(Document.objects.filter(id__in=set(wanted)))}


def documents_of(subject: UUID) -> list[DocumentInfo]:
    """The documents of an application or student, oldest first."""
    return _opened(Document.objects.filter(subject=subject).order_by("uploaded_at", "id"))


def _opened(rows: Iterable[Document]) -> list[DocumentInfo]:
    found = list(rows)
    keys = data_keys.get({row.subject for row in found})
    infos = []
    for row in found:
        details = open_json(keys[row.subject], bytes(row.details), row.id.bytes)
        infos.append(
            DocumentInfo(
                row.id,
                row.subject,
                row.organisation,
                details["name"],
                row.media_type,
                row.size,
                row.uploaded_by,
                row.uploaded_at,
                row.digest,
                details["content"],
                details.get("pages"),
            )
        )
    return infos
