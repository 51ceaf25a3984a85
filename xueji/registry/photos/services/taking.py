"""Pictures are taken into the records: sealed under the pupil's key, said by an entry of the school's journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from xueji.ground.accounts.context import acting
from xueji.ground.documents import services as documents
from xueji.ground.documents.portraits import Cut, PortraitLimits, cut
from xueji.ground.journals import services as journals
from xueji.ground.journals.services import NewEntry
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import open_, seal
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.operations import SetFields
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.photos.limits import limits_of
from xueji.registry.photos.models import Item, ItemState, Photo, Upload
from xueji.registry.photos.selectors import FIELD, place, pupils, pupils_with_digest, uncut_of
from xueji.registry.photos.services.keeping import BASIS, require_keeper, unknown
from xueji.registry.photos.services.reading import AT_A_TIME, name_of, say
from xueji.registry.photos.services.sorting import own_item
from xueji.registry.register import services as register

KIND, REMOVED = "photo", "photo_removed"


@dataclass(frozen=True, slots=True)
class Taken:
    """How many photos were taken into records, and how many pictures of the upload still wait."""

    taken: int
    waiting: int


@transaction.atomic
def defer_taking(*, actor: Actor, upload: UUID) -> None:
    """Have the pictures that are ready taken into their pupils' records by the worker; again after it was killed.

    Raises ``Refused``: the post, nothing ready.
    """
    from xueji.registry.photos.tasks import take_upload

    found = _own(actor, upload)
    if not Item.objects.filter(upload=upload, state=ItemState.READY).exists():
        raise Refused("photos.none_ready", "这批照片里没有可以采用的。请先处理列出的问题。", BASIS)
    found.taking_since = found.changed_at = environment().now()
    found.save(update_fields=["taking_since", "changed_at"])
    take_upload.defer(
        upload=str(upload), person=str(actor.person), post=str(actor.post), organisation=str(actor.organisation)
    )


def take(*, actor: Actor, upload: UUID) -> Taken:
    """Take all pictures of an upload that are ready into their pupils' records: cut some at a time, then written in
    one transaction. A pupil who has left meanwhile is left out and named, and so is one whose photo somebody else has
    changed since. Joins an outer transaction.

    Raises ``Refused`` for a post that keeps no photos of this school.
    """
    try:
        while True:
            with acting(actor):
                if not _cut_some(actor, upload):
                    break
        with acting(actor):
            return _take_cut(actor, upload)
    except Refused:
        with acting(actor):
            Upload.objects.filter(pk=upload).update(taking_since=None)
        raise


def _own(actor: Actor, upload: UUID) -> Upload:
    found = Upload.objects.select_for_update().filter(pk=upload).first()
    if found is None or found.school != actor.organisation:
        raise unknown()
    require_keeper(actor, found.school)
    return found


@transaction.atomic
def _cut_some(actor: Actor, upload: UUID) -> bool:
    """Put the portrait in the place of the next pictures that are ready; whether there were any."""
    _own(actor, upload)
    limits, key = limits_of(parameters.rulebook(today())), data_keys.get([upload])[upload]
    uncut = uncut_of(upload, limits).select_for_update().order_by("row_no")
    items = list(uncut[:AT_A_TIME])
    for one in items:
        made = _portrait(one, key, limits)
        one.content = seal(key, made.content, place(one.id, b"content"))
        one.width, one.height, one.box = limits.width, limits.height, [0, 0, limits.width, limits.height]
        one.likeness, one.cropped = made.likeness, True
    Item.objects.bulk_update(items, ["content", "width", "height", "box", "likeness", "cropped"])
    Upload.objects.filter(pk=upload).update(changed_at=environment().now())
    return bool(items)


@transaction.atomic
def _take_cut(actor: Actor, upload: UUID) -> Taken:
    found = _own(actor, upload)
    journals.lock([found.school])
    here, key = {one.student for one in pupils(found.school)}, data_keys.get([upload])[upload]
    ready = list(Item.objects.select_for_update().filter(upload=upload, state=ItemState.READY).order_by("row_no"))
    for one in ready:
        if one.student not in here:
            say(key, one, ItemState.UNMATCHED, name_of(key, one), "该生已不在本校在籍，请改选学生或不采用。")
            one.save(update_fields=["state", "details"])
    newer = _changed_since(found, ready)
    for one in ready:
        if one.student in here and one.student in newer:
            say(key, one, ItemState.READY, name_of(key, one), _NEWER)
            one.save(update_fields=["state", "details"])
    staying = [one for one in ready if one.student in here and one.student not in newer]
    if staying:
        _take(actor, found.school, staying)
    found.taking_since = None
    found.save(update_fields=["taking_since"])
    return Taken(len(staying), _close(found))


_NEWER = "上传以后该生的照片已由他人换过。请打开这一张，与档案里现在的照片对照后再采用。"


def _changed_since(upload: Upload, items: Sequence[Item]) -> set[UUID]:
    """Whose photo was changed after these pictures came in: they are taken one by one, beside what stands there now."""
    found = Photo.objects.filter(student__in=[one.student for one in items], taken_at__gt=upload.uploaded_at)
    return set(found.values_list("student", flat=True))


@transaction.atomic
def take_one(*, actor: Actor, item: UUID, seen: str | None = None) -> UUID:
    """Take one picture that is ready; its pupil. ``seen``: the digest of the photo that stood in the record when the
    page was opened ('': none). Raises ``Refused`` as ``take`` does, and where another photo stands there now."""
    found = own_item(actor, item)
    if found.state != ItemState.READY or found.student is None:
        raise Refused("photos.not_ready", "这张照片还不能采用，请先处理列出的问题。", BASIS)
    student = found.student
    journals.lock([found.school])
    _as_seen({one.student: digest for one, digest in pupils_with_digest(found.school)}.get(student, ""), seen)
    _take(actor, found.school, [found])
    _close(found.upload)
    return student


def _as_seen(now: str, seen: str | None) -> None:
    if seen is not None and seen != now:
        message = "该生的照片刚刚由其他人换过或撤下，现在的照片见页面。请看过以后，仍要办理的再提交一次。"
        raise Refused("changed_meanwhile", message, BASIS)


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
    made = [_portrait(one, keys[one.upload_id], limits) for one in items]
    keep_portraits(
        actor, school, [(one.student, portrait) for one, portrait in zip(items, made, strict=True) if one.student]
    )
    Item.objects.filter(pk__in=[one.pk for one in items]).update(state=ItemState.TAKEN, content=None)


def _portrait(item: Item, key: bytes, limits: PortraitLimits) -> Cut:
    """The portrait of a picture; of one that was cut before, the picture itself."""
    assert item.content is not None
    picture = open_(key, bytes(item.content), place(item.id, b"content"))
    left, top, width, height = item.box or (0, 0, item.width, item.height)
    whole = (left, top, width, height) == (0, 0, item.width, item.height) == (0, 0, limits.width, limits.height)
    if whole and len(picture) <= limits.kept_bytes and item.likeness is not None:
        return Cut(picture, item.likeness)
    return cut(picture, f"第 {item.row_no} 张", (left, top, width, height), limits)


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
def withdraw(*, actor: Actor, student: UUID, reason: str, seen: str | None = None) -> None:
    """Take the photo out of a pupil's record, with the reason in the journal; the file and its entry stay.

    ``seen``: the digest of the photo that the page showed. Raises ``Refused``: the post, no reason, a pupil of another
    school, no photo there, another one than was seen.
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
    _as_seen(digests[student], seen)
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
