"""Photos in a package (ADR 0019): the sealed files that the entries of the journals in it, or of earlier ones, name.

Other than entries they are acknowledged one by one (``exchange_sentphoto``), so that a package stays of a bounded size,
a lost one heals itself, and a file that was missing here goes as soon as it is back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from xueji.duties.exchange.envelope import altered
from xueji.duties.exchange.models import SentPhoto
from xueji.ground.documents import services as documents
from xueji.pure.kernel.types import Refused
from xueji.registry.photos import carrying
from xueji.registry.photos.carrying import CarriedPhoto
from xueji.registry.photos.models import Photo
from xueji.registry.photos.selectors import FIELD

#: Bytes of sealed files in one package; what is beyond goes with the next.
MOST_BYTES = 512 << 20
_AT_A_TIME = 100
_NAMED = f"""
SELECT e.entry_id, e.organisation, e.student, e.basis ->> 'document', o -> 'fields' ->> '{FIELD}'
FROM journals_entry AS e CROSS JOIN LATERAL json_array_elements(e.operations) AS o
WHERE e.entry_id = ANY (%s::uuid[]) AND e.organisation = ANY (%s::uuid[])
"""


def _waiting(peer: str, journals: Collection[UUID]) -> QuerySet[Photo]:
    had = SentPhoto.objects.filter(peer=peer, digest=OuterRef("digest"), acknowledged=True)
    return Photo.objects.filter(~Exists(had), school__in=journals).order_by("taken_at", "digest")


def waits(peer: str, journals: Collection[UUID]) -> bool:
    """Whether a node lacks a photo of these journals that is here."""
    found = _waiting(peer, journals).values_list("digest", flat=True).iterator(_AT_A_TIME)
    return any(documents.sealed_file(one) is not None for one in found)


def to_send(peer: str, journals: Collection[UUID]) -> list[Photo]:
    """The photos that a node lacks and that are here, the oldest first, as many as a package may hold."""
    found: list[Photo] = []
    size = 0
    for one in _waiting(peer, journals).iterator(_AT_A_TIME):
        content = documents.sealed_file(one.digest)
        if content is None:
            continue
        size += len(content)
        if found and size > MOST_BYTES:
            break
        found.append(one)
    return found


def lines(photos: Iterable[Photo]) -> Iterator[Mapping[str, Any]]:
    """The photos as they stand in a package, read one after another."""
    for one in photos:
        line = carrying.as_json(one)
        if line is None:  # it was there a moment ago
            raise Refused("exchange.photo", "导出时一张照片的文件缺失或被改动。请重新导出。")
        yield line


def note_sent(peer: str, package: UUID, photos: Sequence[Photo]) -> None:
    """A package holds these photos: its receipt acknowledges them."""
    SentPhoto.objects.bulk_create(
        [SentPhoto(peer=peer, digest=one.digest, package=package) for one in photos],
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=["peer", "digest"],
        update_fields=["package"],
    )


def acknowledge(peer: str, package: UUID) -> None:
    """The node has the photos of a package."""
    SentPhoto.objects.filter(peer=peer, package=package).update(acknowledged=True)


def take(rows: Iterable[Mapping[str, Any]], *, writers: Collection[UUID]) -> int:
    """Keep the photos of a package, each named by an entry of the sender's journals that is here; how many.

    Raises ``Refused`` ``exchange.altered`` for what is no photo, ``exchange.forged`` for one that no entry names.
    """
    told, left = 0, iter(rows)
    while part := list(islice(left, _AT_A_TIME)):
        try:
            found = [carrying.read(one) for one in part]
        except ValueError:
            raise altered() from None
        _check_named(found, writers)
        carrying.keep(found)
        told += len(found)
    return told


def _check_named(found: Sequence[CarriedPhoto], writers: Collection[UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, [[one.photo.entry for one in found], list(writers)])
        said = set(cursor.fetchall())
    for photo in (one.photo for one in found):
        if (photo.entry, photo.school, photo.student, str(photo.document), photo.digest) not in said:
            raise _unnamed()


def _unnamed() -> Refused:
    return Refused("exchange.forged", "包里有学籍簿没有记载的照片，整包拒收。请发送方核验后重新导出。")


def of_record(student: UUID, digest: str) -> Mapping[str, Any] | None:
    """The photo that a record names, as it goes with a dossier; None where there is none, or its file is not here."""
    found = Photo.objects.filter(student=student, digest=digest).first() if digest else None
    return carrying.as_json(found) if found else None


def take_with_dossier(line: Mapping[str, Any], *, student: UUID, digest: str) -> None:
    """Keep the photo that came with a dossier, which the dossier's own field names.

    Raises ``ValueError`` for another one.
    """
    found = carrying.read(line)
    if (found.photo.student, found.photo.digest) != (student, digest):
        raise ValueError("another photo")
    carrying.keep([found])
