"""Photos come in: unpacked, and kept sealed as they came until they are read (``reading``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import transaction

from xueji.ground.documents.portraits import PortraitLimits, Unpacked, prepare, unpack
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import seal, seal_json
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.photos.limits import limits_of
from xueji.registry.photos.matching import Index
from xueji.registry.photos.models import Item, ItemState, Upload
from xueji.registry.photos.selectors import place, pupils, unconfirmed_since
from xueji.registry.photos.services.keeping import BASIS, details, require_keeper
from xueji.registry.photos.services.reading import hold, settle_read

_ZIP: Final = b"PK\x03\x04"


@transaction.atomic
def upload(*, actor: Actor, school: UUID, files: Sequence[tuple[str, bytes]], student: UUID | None = None) -> UUID:
    """Keep the pictures of a folder or of ZIP archives as they came until they are read (``reading``); the upload.

    ``student``: one picture of this pupil, whatever it is called, read at once. Nothing is taken into a record yet.
    Raises ``Refused``: the post, nothing, too much at once, an archive that is none or a trap, and a single picture
    that is not as it must be (``photos.*``); of many each fault stands beside its picture.
    """
    require_keeper(actor, school)
    limits = limits_of(parameters.rulebook(today()))
    _check_size(files, limits)
    if student is not None and student not in Index(pupils(school)).pupils:
        raise Refused("photos.not_yours", "该生不是本校在籍学生，不能由本校采集照片。请核对学生。", BASIS)
    found = [Unpacked(*files[0])] if student is not None else _unpacked(files, limits)
    identity, now = environment().new_id(), environment().now()
    Upload.objects.create(id=identity, school=school, uploaded_by=actor.person, uploaded_at=now, changed_at=now)
    key = data_keys.ensure([identity])[identity]
    rows = [_row(key, identity, school, row_no, one) for row_no, one in enumerate(found, start=1)]
    if student is not None:
        _read_at_once(key, rows[0], found[0], student, limits)
    Item.objects.bulk_create(rows, batch_size=50)
    if student is not None:
        settle_read(identity)
    return identity


def _row(key: bytes, upload: UUID, school: UUID, row_no: int, file: Unpacked) -> Item:
    item = environment().new_id()
    return Item(
        id=item, upload_id=upload, school=school, row_no=row_no,
        state=ItemState.FAULTY if file.fault else ItemState.WAITING,
        details=seal_json(key, details(file.name, file.fault), place(item, b"details")),
        content=None if file.fault else seal(key, file.content, place(item, b"content")),
    )  # fmt: skip


def _read_at_once(key: bytes, item: Item, file: Unpacked, student: UUID, limits: PortraitLimits) -> None:
    hold(key, item, prepare(file.content, file.name, limits))
    item.state, item.student = ItemState.PREPARED, student


def _check_size(files: Sequence[tuple[str, bytes]], limits: PortraitLimits) -> None:
    total = sum(len(content) for _, content in files)
    if not files or not total:
        raise Refused("photos.nothing", "没有选择照片。请选择照片、放照片的文件夹或 ZIP 压缩包。", BASIS)
    if total > limits.batch_bytes:
        most = limits.batch_bytes // 1024**2
        raise Refused("photos.much", f"一次上传不能超过 {most} MB，请按班级分几次上传。", BASIS)


def _unpacked(files: Sequence[tuple[str, bytes]], limits: PortraitLimits) -> list[Unpacked]:
    found: list[Unpacked] = []
    for name, content in files:
        shown = name.replace("\\", "/").rsplit("/", 1)[-1] or "未命名"
        if content.startswith(_ZIP) or shown.lower().endswith(".zip"):
            found += unpack(content, shown, limits)
        else:
            found.append(Unpacked(shown, content))
    if len(found) > limits.files:
        message = f"一次上传的照片有 {len(found)} 张，超过上限（{limits.files} 张），请按班级分次上传。"
        raise Refused("photos.too_many_files", message, BASIS)
    if not found:
        raise Refused("photos.nothing", "压缩包里没有照片。", BASIS)
    return found


def sweep() -> int:
    """Erase uploads that nobody confirmed in time; how many. In the system's context."""
    gone = Upload.objects.filter(uploaded_at__lt=unconfirmed_since(today()))
    count = gone.count()
    gone.delete()
    return count
