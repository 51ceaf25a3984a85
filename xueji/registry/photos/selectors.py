"""Reads of photos. Row-level security of the caller applies."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet

from xueji.ground.documents import services as documents
from xueji.ground.documents.portraits import PortraitLimits
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import open_, open_json
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.registry.photos.matching import Pupil
from xueji.registry.photos.models import Item, ItemState, Photo, Upload
from xueji.registry.register.selectors import StudentRecord

#: The field of the record that names its photo: the digest of the sealed file (ADR 0019).
FIELD = "photo"
RESIDENT_ID = "1"
#: Not read yet: what they hold is the file as it came.
UNREAD = (ItemState.WAITING, ItemState.PREPARED)
_CLOSE = (ItemState.LEFT_OUT, ItemState.TAKEN, *UNREAD)


def digest_of(record: StudentRecord) -> str:
    """What the record says of its photo as of its day; '' where there is none."""
    return str(record.fields.get(FIELD) or "")


def photos(digests: Iterable[str]) -> dict[str, Photo]:
    """The photos by digest, as far as the viewer may see them and this home has them; one query."""
    wanted = [one for one in set(digests) if one]
    return {one.digest: one for one in Photo.objects.filter(digest__in=wanted)} if wanted else {}


def contents(found: Iterable[Photo]) -> dict[str, bytes]:
    """The pictures (JPEG) by digest; a file that is missing or was changed is left out."""
    rows = list(found)
    opened = documents.open_many((one.document, one.student, one.digest) for one in rows)
    return {one.digest: opened[one.document] for one in rows if one.document in opened}


def history(student: UUID) -> list[Photo]:
    """All photos of a pupil, the newest first."""
    return list(Photo.objects.filter(student=student).order_by("-taken_at", "-id"))


_PUPILS = """
SELECT r.student_id, s.name, r.number, r.student_number, CASE WHEN s.id_document_type = %s THEN s.id_index END,
  (SELECT p.value::uuid FROM register_spell p WHERE p.student = r.student_id AND p.registration_id = r.id
   AND p.dimension = 'class_group' AND p.started_on <= %s AND (p.ended_on IS NULL OR p.ended_on > %s) LIMIT 1),
  s.fields->>%s
FROM register_registration r JOIN register_student s ON s.id = r.student_id
WHERE r.school = %s AND NOT r.voided AND r.started_on <= %s AND (r.ended_on IS NULL OR r.ended_on > %s)
"""


def pupils_with_digest(school: UUID, on: date | None = None) -> list[tuple[Pupil, str]]:
    """Who is registered at a school on a day, each with the digest of his photo ('' where he has none)."""
    day = on or today()
    with connection.cursor() as cursor:
        cursor.execute(_PUPILS, [RESIDENT_ID, day, day, FIELD, school, day, day])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return [
        (Pupil(student, name, number, short, None if index is None else bytes(index), group), digest or "")
        for student, name, number, short, index, group, digest in rows
    ]


def pupils(school: UUID, on: date | None = None) -> list[Pupil]:
    """Who is registered at a school on a day."""
    return [one for one, _ in pupils_with_digest(school, on)]


def uploads(school: UUID) -> QuerySet[Upload]:
    """The uploads of a school that wait to be confirmed, the newest first."""
    return Upload.objects.filter(school=school, closed_at__isnull=True).order_by("-uploaded_at")


def upload(wanted: UUID) -> Upload | None:
    """One upload, or None where there is none in reach."""
    return Upload.objects.filter(pk=wanted).first()


def counts(upload: UUID) -> dict[str, int]:
    """How many pictures of an upload are in each state."""
    rows = Item.objects.filter(upload=upload).values("state").annotate(count=Count("id")).values_list("state", "count")
    return {str(state): int(count) for state, count in rows}


def uncut_of(upload: UUID, limits: PortraitLimits) -> QuerySet[Item]:
    """The pictures that are ready and not cut to the portrait's size yet."""
    whole = Q(width=limits.width, height=limits.height, box=[0, 0, limits.width, limits.height])
    return Item.objects.filter(upload=upload, state=ItemState.READY).exclude(whole)


@dataclass(frozen=True, slots=True)
class ItemView:
    """A picture of an upload: the file's name, why it is not ready, who else may be meant."""

    id: UUID
    upload: UUID
    row_no: int
    state: str
    student: UUID | None
    name: str
    why: str
    candidates: tuple[UUID, ...]
    width: int
    height: int
    box: tuple[int, int, int, int] | None
    has_picture: bool

    @property
    def open(self) -> bool:
        """Whether something may still become of it."""
        return self.state not in _CLOSE and self.has_picture


def items(upload: UUID, states: Collection[str] = ()) -> list[ItemView]:
    """The pictures of an upload, in order; of these states (none: all)."""
    found = (
        Item.objects.filter(upload=upload).annotate(held=Q(content__isnull=False)).defer("content").order_by("row_no")
    )
    return _views(list(found.filter(state__in=list(states)) if states else found))


def item(wanted: UUID) -> ItemView | None:
    """One picture, or None where there is none in reach."""
    found = Item.objects.filter(pk=wanted).annotate(held=Q(content__isnull=False)).defer("content")
    return next(iter(_views(list(found))), None)


def _views(rows: list[Item]) -> list[ItemView]:
    keys = data_keys.get({row.upload_id for row in rows})
    made = []
    for row in rows:
        held = bool(getattr(row, "held", False)) and row.state not in UNREAD
        told: Mapping[str, Any] = open_json(keys[row.upload_id], bytes(row.details), place(row.id, b"details"))
        left, top, width, height = row.box or (0, 0, 0, 0)
        made.append(
            ItemView(
                row.id, row.upload_id, row.row_no, row.state, row.student, told["name"], told.get("why", ""),
                tuple(UUID(one) for one in told.get("candidates", ())), row.width, row.height,
                (left, top, width, height) if row.box else None, held,
            )
        )  # fmt: skip
    return made


def picture(wanted: UUID) -> bytes | None:
    """The picture of an item as it was made anew (JPEG), or None where there is none (any more)."""
    found = Item.objects.filter(pk=wanted, content__isnull=False).exclude(state__in=UNREAD).first()
    if found is None or found.content is None:
        return None
    return open_(data_keys.get([found.upload_id])[found.upload_id], bytes(found.content), place(found.id, b"content"))


def place(item: UUID, what: bytes) -> bytes:
    """The place that a sealed part of an item is bound to."""
    return b"photos_item" + item.bytes + what


def unconfirmed_since(on: date) -> datetime:
    """Uploads from before this moment are swept away."""
    return environment().now() - timedelta(days=int(parameters.rulebook(on).settings["photo_unconfirmed_days"]))
