"""The blind index of an identity document: equal documents are found, none is shown."""

from __future__ import annotations

from collections.abc import Iterable

from xueji.ground.keys import services as keys

KIND = "id_document"


def _normal(document_type: str, number: str) -> str:
    return f"{document_type}:{number.strip().upper()}"


def id_index(document_type: str | None, number: str | None) -> bytes | None:
    """The blind index (32 bytes) of (document type, number); None where one of them is missing."""
    if not document_type or not number:
        return None
    return keys.blind_index(KIND, _normal(document_type, number))


def id_indexes(documents: Iterable[tuple[str, str]]) -> list[bytes]:
    """The blind indexes of many (document type, number), in order."""
    return keys.blind_indexes(KIND, [_normal(*document) for document in documents])
