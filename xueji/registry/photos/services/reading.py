"""Pictures that came are read by a job: made anew in the child process, matched by their names, compared.

Some at a time, each in a transaction of its own: so the page sees how far it is, and a killed job is taken up again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import transaction

from xueji.ground.accounts.context import acting
from xueji.ground.documents.portraits import PortraitLimits, Prepared, prepare
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import open_, open_json, seal, seal_json
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.photos.limits import limits_of
from xueji.registry.photos.matching import Index, Matched, id_numbers, match
from xueji.registry.photos.models import Item, ItemState, Upload
from xueji.registry.photos.selectors import RESIDENT_ID, place, pupils
from xueji.registry.photos.services.keeping import details, require_keeper, unknown
from xueji.registry.photos.services.twins import Twins, twin_words
from xueji.registry.register.identity import id_indexes

#: Pictures in one transaction: some seconds of work.
AT_A_TIME: Final = 20
_WHY_UNMATCHED: Final = (
    "本校在籍学生中没有与文件名相符的。请用19位或8位学号、身份证号或姓名作文件名，或在这里选定学生。"
)


def defer_reading(*, actor: Actor, upload: UUID) -> None:
    """Have an upload read by the worker; the job carries ids only and is dropped when the transaction is."""
    from xueji.registry.photos.tasks import read_upload

    read_upload.defer(
        upload=str(upload), person=str(actor.person), post=str(actor.post), organisation=str(actor.organisation)
    )


def go_on_reading(*, actor: Actor, upload: UUID) -> None:
    """Have an upload read further whose job was killed. Raises ``Refused``: the post, another school's."""
    found = Upload.objects.filter(pk=upload).first()
    if found is None or found.school != actor.organisation:
        raise unknown()
    require_keeper(actor, found.school)
    defer_reading(actor=actor, upload=upload)


def read(*, actor: Actor, upload: UUID) -> None:
    """Read what waits of an upload now, then say what may be taken. Joins an outer transaction.

    Raises ``Refused`` for a post that keeps no photos of this school.
    """
    while True:
        with acting(actor):
            if not _read_some(actor, upload):
                break
    with acting(actor):
        settle_read(upload)


@transaction.atomic
def _read_some(actor: Actor, upload: UUID) -> bool:
    """Read the next pictures; whether there were any."""
    waiting = Item.objects.select_for_update(skip_locked=True).filter(upload=upload, state=ItemState.WAITING)
    items = list(waiting.order_by("row_no")[:AT_A_TIME])
    if not items:
        return False
    school = items[0].school
    require_keeper(actor, school)
    limits, known, key = limits_of(parameters.rulebook(today())), Index(pupils(school)), data_keys.get([upload])[upload]
    names = [name_of(key, one) for one in items]
    numbers = id_numbers(names)
    documents = dict(zip(numbers, id_indexes((RESIDENT_ID, number) for number in numbers), strict=True))
    for item, name in zip(items, names, strict=True):
        _read_one(key, item, name, match(name, known, documents), limits)
    Item.objects.bulk_update(
        items, ["state", "student", "details", "content", "width", "height", "box", "likeness"], batch_size=AT_A_TIME
    )
    Upload.objects.filter(pk=upload).update(changed_at=environment().now())
    return True


def name_of(key: bytes, item: Item) -> str:
    """The name of the file."""
    return str(open_json(key, bytes(item.details), place(item.id, b"details"))["name"])


def _read_one(key: bytes, item: Item, name: str, matched: Matched, limits: PortraitLimits) -> None:
    assert item.content is not None
    try:
        hold(key, item, prepare(open_(key, bytes(item.content), place(item.id, b"content")), name, limits))
    except Refused as refused:
        item.content = None
        say(key, item, ItemState.FAULTY, name, refused.message)
        return
    if not matched.students:
        say(key, item, ItemState.UNMATCHED, name, _WHY_UNMATCHED)
    elif len(matched.students) > 1:
        why = f"有 {len(matched.students)} 名学生相符，请选定是谁。"
        say(key, item, ItemState.AMBIGUOUS, name, why, matched.students)
    else:
        item.state, item.student = ItemState.PREPARED, matched.students[0]


def hold(key: bytes, item: Item, made: Prepared) -> None:
    """Put the picture as it was made anew in the place of the file that came."""
    item.content = seal(key, made.content, place(item.id, b"content"))
    item.width, item.height, item.box, item.likeness = made.width, made.height, list(made.box), made.likeness


def say(key: bytes, item: Item, state: ItemState, name: str, why: str = "", candidates: Sequence[UUID] = ()) -> None:
    """Set the state of a picture and why; not saved yet."""
    item.state, item.details = state, seal_json(key, details(name, why, candidates), place(item.id, b"details"))


@transaction.atomic
def settle_read(upload: UUID) -> None:
    """Say of each picture that was read whether it may be taken: alone for its pupil, of nobody else, of the ratio.

    Nothing while another job still reads some: the last one says it.
    """
    if Item.objects.filter(upload=upload, state=ItemState.WAITING).exists():
        return
    items = list(Item.objects.select_for_update().filter(upload=upload, state=ItemState.PREPARED).defer("content"))
    if not items:
        return
    school, key = items[0].school, data_keys.get([upload])[upload]
    known, twins, limits = Index(pupils(school)), Twins.of_school(school), limits_of(parameters.rulebook(today()))
    several = Counter(one.student for one in items)
    for one in items:
        if one.student is not None and one.likeness is not None:
            twins.add(one.likeness, one.student, one.row_no)
    for one in items:
        assert one.student is not None
        assert one.likeness is not None
        if several[one.student] > 1:
            words = "这名学生不止一张照片，请只留一张，其余的不采用。"
            say(key, one, ItemState.DOUBLE, name_of(key, one), words)
            continue
        other = twins.other(one.likeness, one.student, one.row_no)
        if other is not None:
            say(key, one, ItemState.TWIN, name_of(key, one), twin_words(known, other))
        else:
            one.state = ItemState.READY if fits(one, limits) else ItemState.CROP
    Item.objects.bulk_update(items, ["state", "details"], batch_size=200)


def fits(item: Item, limits: PortraitLimits) -> bool:
    """Whether a picture has the rulebook's ratio, or was cropped by hand to it."""
    wanted = limits.width / limits.height
    return item.cropped or abs(item.width / item.height / wanted - 1) * 100 <= limits.ratio_percent
