"""What the registrar says of single pictures of an upload before they are taken."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from xueji.ground.documents.portraits import cut
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import open_, open_json, seal_json
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.photos.limits import limits_of
from xueji.registry.photos.matching import Index
from xueji.registry.photos.models import Item, ItemState, Upload
from xueji.registry.photos.selectors import place, pupils
from xueji.registry.photos.services.keeping import BASIS, details, require_keeper
from xueji.registry.photos.services.reading import fits
from xueji.registry.photos.services.twins import Twins, twin_words

_OPEN = (ItemState.READY, ItemState.CROP)


def own_item(actor: Actor, item: UUID) -> Item:
    """A picture of the actor's school that may still be decided on, locked. Raises ``Refused``."""
    found = Item.objects.select_for_update().filter(pk=item).first()
    if found is None or found.school != actor.organisation:
        raise Refused("photos.unknown", "没有这张照片，或已超过保留期限被清除。请重新上传。", BASIS)
    require_keeper(actor, found.school)
    if found.state in (ItemState.WAITING, ItemState.PREPARED):
        raise Refused("photos.reading", "这批照片还在读取，请等读完再处理。", BASIS)
    if Upload.objects.filter(pk=found.upload_id, taking_since__isnull=False).exists():
        raise Refused("photos.taking", "这批照片正在写入档案，请等写完再处理。", BASIS)
    if found.state in (ItemState.TAKEN, ItemState.LEFT_OUT) or found.content is None:
        raise Refused("photos.closed", "这张照片已经采用或不采用，不能再改。", BASIS)
    return found


def _name(item: Item) -> str:
    key = data_keys.get([item.upload_id])[item.upload_id]
    return str(open_json(key, bytes(item.details), place(item.id, b"details"))["name"])


def _say(item: Item, state: ItemState, why: str = "") -> None:
    key = data_keys.get([item.upload_id])[item.upload_id]
    item.state, item.details = state, seal_json(key, details(_name(item), why), place(item.id, b"details"))
    item.save(update_fields=["state", "details", "student", "box", "likeness", "cropped", "confirmed_twin"])


def _settle(item: Item) -> None:
    """Whether an assigned picture may be taken as it stands: alone for its pupil, of nobody else, of the ratio."""
    assert item.student is not None
    assert item.likeness is not None
    limits, known = limits_of(parameters.rulebook(today())), Index(pupils(item.school))
    beside = Item.objects.filter(upload=item.upload_id).exclude(pk=item.pk).exclude(state=ItemState.LEFT_OUT)
    if beside.filter(student=item.student, state__in=[*_OPEN, ItemState.TAKEN]).exists():
        _say(item, ItemState.DOUBLE, "这名学生已有一张照片在这一批里，请只留一张，其余的不采用。")
        return
    if not item.confirmed_twin:
        twins = Twins.of_school(item.school)
        for likeness, student in beside.values_list("likeness", "student"):
            if likeness is not None and student is not None:
                twins.add(likeness, student)
        other = twins.other(item.likeness, item.student)
        if other is not None:
            _say(item, ItemState.TWIN, twin_words(known, other))
            return
    _say(item, ItemState.READY if fits(item, limits) else ItemState.CROP)


@transaction.atomic
def assign(*, actor: Actor, item: UUID, student: UUID) -> None:
    """Say whose photo a picture is. Raises ``Refused`` for a pupil who is not registered here."""
    found = own_item(actor, item)
    if student not in Index(pupils(found.school)).pupils:
        raise Refused("photos.not_yours", "该生不是本校在籍学生，不能由本校采集照片。请核对学生。", BASIS)
    found.student, found.confirmed_twin = student, False
    _settle(found)


@transaction.atomic
def crop(*, actor: Actor, item: UUID, box: tuple[int, int, int, int]) -> None:
    """Set the crop (left, top, width, height in the picture's pixels); its ratio is made the rulebook's.

    Raises ``Refused``: outside the picture, too few pixels left.
    """
    found = own_item(actor, item)
    limits = limits_of(parameters.rulebook(today()))
    left, top, width, _ = box
    height = round(width * limits.height / limits.width)
    if height > found.height:
        height = found.height
        width = height * limits.width // limits.height
    fitted = (max(0, min(left, found.width - width)), max(0, min(top, found.height - height)), width, height)
    if width < 1 or width > found.width:
        raise Refused("photos.box", "裁剪框超出了照片，请重新裁剪。", BASIS)
    made = cut(_content(found), _name(found), fitted, limits)
    found.box, found.likeness, found.cropped = list(fitted), made.likeness, True
    if found.student is None:
        found.save(update_fields=["box", "likeness", "cropped"])
        return
    _settle(found)


def _content(item: Item) -> bytes:
    assert item.content is not None
    return open_(data_keys.get([item.upload_id])[item.upload_id], bytes(item.content), place(item.id, b"content"))


@transaction.atomic
def keep_twin(*, actor: Actor, item: UUID) -> None:
    """Somebody looked: the picture is this pupil's, however much it looks like another's. Raises ``Refused``."""
    found = own_item(actor, item)
    if found.state != ItemState.TWIN:
        raise Refused("photos.no_twin", "这张照片没有与别的学生相同，不用确认。", BASIS)
    found.confirmed_twin = True
    _settle(found)


@transaction.atomic
def leave_out(*, actor: Actor, item: UUID) -> None:
    """Leave a picture out of the upload: it is erased. Of two pictures of one pupil the other may then be taken."""
    found = own_item(actor, item)
    student, upload = found.student, found.upload_id
    found.state, found.content = ItemState.LEFT_OUT, None
    found.save(update_fields=["state", "content"])
    beside = list(Item.objects.select_for_update().filter(upload=upload, student=student, state=ItemState.DOUBLE))
    if student is not None and len(beside) == 1:
        _settle(beside[0])
