"""Photos between nodes: the sealed file's very bytes, so that it keeps the digest by which the journal names it.

A photo as it travels is an object ``{"document", "digest", "student", "school", "entry", "likeness", "taken_on",
"taken_by", "taken_at", "content"}``, the content in base64. The receiver opens it with the pupil's data key, which came
with the entries; whether an entry names it is asked by whoever takes it in.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from xueji.ground.documents import services as documents
from xueji.ground.documents.services import Sealed
from xueji.registry.photos.models import Photo

_KEYS: Final = {
    "document", "digest", "student", "school", "entry", "likeness", "taken_on", "taken_by", "taken_at", "content",
}  # fmt: skip
_BITS: Final = 1 << 63


@dataclass(frozen=True, slots=True)
class CarriedPhoto:
    """A photo that came from another node; ``photo`` is not written yet, ``content`` the sealed file."""

    photo: Photo
    content: bytes


def as_json(photo: Photo) -> dict[str, Any] | None:
    """A photo as it travels; None where its file is missing from this home or was changed."""
    content = documents.sealed_file(photo.digest)
    if content is None:
        return None
    return {
        "document": str(photo.document),
        "digest": photo.digest,
        "student": str(photo.student),
        "school": str(photo.school),
        "entry": str(photo.entry),
        "likeness": photo.likeness,
        "taken_on": photo.taken_on.isoformat(),
        "taken_by": str(photo.taken_by),
        "taken_at": photo.taken_at.isoformat(),
        "content": base64.b64encode(content).decode(),
    }


def read(line: Mapping[str, Any]) -> CarriedPhoto:
    """What ``as_json`` wrote. Raises ``ValueError`` for what is no photo, or not the file that it names."""
    if not isinstance(line, Mapping) or set(line) != _KEYS or type(line["likeness"]) is not int:
        raise ValueError("not a photo")
    try:
        content = base64.b64decode(line["content"], validate=True)
        photo = Photo(
            id=UUID(line["document"]), student=UUID(line["student"]), school=UUID(line["school"]),
            document=UUID(line["document"]), digest=line["digest"], likeness=line["likeness"],
            taken_on=date.fromisoformat(line["taken_on"]), taken_by=UUID(line["taken_by"]),
            taken_at=datetime.fromisoformat(line["taken_at"]), entry=UUID(line["entry"]),
        )  # fmt: skip
    except (TypeError, AttributeError) as error:
        raise ValueError("not a photo") from error
    if photo.taken_at.tzinfo is None or not -_BITS <= photo.likeness < _BITS:
        raise ValueError("not a photo")
    if hashlib.sha256(content).hexdigest() != photo.digest:
        raise ValueError("not the file that its digest names")
    return CarriedPhoto(photo, content)


def keep(found: Sequence[CarriedPhoto]) -> None:
    """Keep photos that came; one that is here already stays, its file is written anew. In the system's own name.

    Raises ``Refused`` (``documents.*``) for a file that the pupil's data key does not open, or that is no picture.
    """
    documents.keep_sealed(
        [
            Sealed(
                one.photo.document, one.photo.student, one.photo.school, "照片.jpg", one.content, one.photo.taken_by,
                one.photo.taken_at,
            )
            for one in found
        ]
    )  # fmt: skip
    Photo.objects.bulk_create([one.photo for one in found], batch_size=500, ignore_conflicts=True)
