"""Pictures are taken into the records: sealed under the pupil's key, said by an entry of the school's journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from xueji.ground.documents import services as documents
from xueji.ground.documents.portraits import Cut, cut
from xueji.ground.journals import services as journals
from xueji.ground.journals.services import NewEntry
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import open_
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.operations import SetFields
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.photos.limits import limits_of
from xueji.registry.photos.models import Item, ItemState, Photo, Upload
from xueji.registry.photos.selectors import FIELD, place, pupils, pupils_with_digest
from xueji.registry.photos.services.keeping import BASIS, require_keeper, unknown
from xueji.registry.photos.services.sorting import own_item
from xueji.registry.register import services as register

KIND, REMOVED = "photo", "photo_removed"


@dataclass(frozen=True, slots=True)
class Taken:
    """How many photos were taken into records, and how many pictures of the upload still wait."""

    taken: int
    waiting: int


@transaction.atomic
def take(*, actor: Actor, upload: UUID) -> Taken:
    """Take all pictures of an upload that are ready into their pupils' records, in one transaction.

    Raises ``Refused``: the post, nothing ready, a pupil who has left meanwhile.
    """
    found = Upload.objects.select_for_update().filter(pk=upload).first()
    if found is None or found.school != actor.organisation:
        raise unknown()
    require_keeper(actor, found.school)
    ready = list(Item.objects.select_for_update().filter(upload=upload, state=ItemState.READY).order_by("row_no"))
    if not ready:
        raise Refused("photos.none_ready", "这批照片里没有可以采用的。请先处理列出的问题。", BASIS)
    _take(actor, found.school, ready)
    return Taken(len(ready), _close(found))


@transaction.atomic
def take_one(*, actor: Actor, item: UUID) -> UUID:
    """Take one picture that is ready; its pupil. Raises ``Refused`` as ``take`` does."""
    found = own_item(actor, item)
    if found.state != ItemState.READY or found.student is None:
        raise Refused("photos.not_ready", "这张照片还不能采用，请先处理列出的问题。", BASIS)
    student = found.student
    _take(actor, found.school, [found])
    _close(found.upload)
    return student


def _close(upload: Upload) -> int:
    """Close an upload of which nothing waits any more; how many pictures wait."""
    waiting = Item.objects.filter(upload=upload, content__isnull=False).count()
    if not waiting:
        upload.closed_at = environment().now()
        upload.save(update_fields=["closed_at"])
    return waiting


def _take(actor: Actor, school: UUID, items: Sequence[Item]) -> None:
    journals.lock([school])
    limits, here = limits_of(parameters.rulebook(today())), {one.student: one for one in pupils(school)}
    gone = [one.row_no for one in items if one.student not in here]
    if gone:
        rows = "、".join(str(row) for row in gone[:5])
        raise Refused("photos.not_yours", f"第 {rows} 张的学生已不在本校在籍，请改选学生或不采用。", BASIS)
    keys = data_keys.get({one.upload_id for one in items})
    portraits = []
    for one in items:
        assert one.student is not None
        assert one.content is not None
        picture = open_(keys[one.upload_id], bytes(one.content), place(one.id, b"content"))
        left, top, width, height = one.box or (0, 0, one.width, one.height)
        made = cut(picture, f"第 {one.row_no} 张", (left, top, width, height), limits)
        portraits.append((one.student, made))
    keep_portraits(actor, school, portraits)
    Item.objects.filter(pk__in=[one.pk for one in items]).update(state=ItemState.TAKEN, content=None)


def keep_portraits(actor: Actor, school: UUID, portraits: Sequence[tuple[UUID, Cut]]) -> None:
    """Seal portraits, write an entry each into the school's journal, and fold the pupils again; a few queries.

    In the caller's transaction, the journal locked; that each pupil is the school's is the caller's care.
    """
    book, day = parameters.rulebook(today()), today()
    files = [(student, "照片.jpg", made.content) for student, made in portraits]
    stored = documents.store_many(actor=actor, files=files)
    transaction_id = environment().new_id()
    entries = journals.append(
        actor=actor,
        transaction_id=transaction_id,
        entries=[
            NewEntry(
                school, KIND, day, (SetFields({FIELD: digest}, ()),), student,
                {"kind": KIND, "document": str(document), "regulation": BASIS},
            )
            for (student, _), (document, digest) in zip(portraits, stored, strict=True)
        ],
        rulebook_version=book.version,
    )  # fmt: skip
    rows = [
        Photo(
            id=environment().new_id(), student=student, school=school, document=document, digest=digest,
            likeness=made.likeness, taken_on=day, taken_by=actor.person, taken_at=environment().now(),
            entry=entry.entry_id,
        )
        for (student, made), (document, digest), entry in zip(portraits, stored, entries, strict=True)
    ]  # fmt: skip
    Photo.objects.bulk_create(rows, batch_size=500)
    register.refold(students=[one.student for one in rows], transaction_id=transaction_id, entries=entries)


@transaction.atomic
def withdraw(*, actor: Actor, student: UUID, reason: str) -> None:
    """Take the photo out of a pupil's record, with the reason in the journal; the file and its entry stay.

    Raises ``Refused``: the post, no reason, a pupil of another school, no photo there.
    """
    require_keeper(actor, actor.organisation)
    words = " ".join(reason.split())
    if len(words) < 2:
        raise Refused("photos.reason", "请写明撤下照片的原因，例如“照片不是本人”。", BASIS)
    journals.lock([actor.organisation])
    digests = {pupil.student: digest for pupil, digest in pupils_with_digest(actor.organisation)}
    if student not in digests:
        raise Refused("photos.not_yours", "该生不是本校在籍学生，不能由本校撤下照片。请核对学生。", BASIS)
    if not digests[student]:
        raise Refused("photos.none", "该生的档案里没有照片。", BASIS)
    book, transaction_id = parameters.rulebook(today()), environment().new_id()
    entries = journals.append(
        actor=actor,
        transaction_id=transaction_id,
        entries=[
            NewEntry(
                actor.organisation, REMOVED, today(), (SetFields({FIELD: None}, ()),), student,
                {"kind": REMOVED, "regulation": BASIS, "basis": f"原因：{words[:120]}"},
            )
        ],
        rulebook_version=book.version,
    )  # fmt: skip
    register.refold(students=[student], transaction_id=transaction_id, entries=entries)
