"""Photos come in: read in the child process, matched by the names of their files, kept sealed until confirmed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.db import transaction

from xueji.ground.accounts import services as accounts
from xueji.ground.documents.portraits import PortraitLimits, Prepared, Unpacked, prepare, unpack
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import seal, seal_json
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.photos.limits import limits_of
from xueji.registry.photos.matching import Index, Matched, id_numbers, match
from xueji.registry.photos.models import Item, ItemState, Upload
from xueji.registry.photos.selectors import RESIDENT_ID, place, pupils, unconfirmed_since
from xueji.registry.photos.services.twins import Twins
from xueji.registry.register.identity import id_indexes

BASIS: Final = "通知二.3"
MAY_KEEP: Final = frozenset({Role.REGISTRAR})
_ZIP: Final = b"PK\x03\x04"
_WHY_UNMATCHED: Final = (
    "本校在籍学生中没有与文件名相符的。请用19位或8位学号、身份证号或姓名作文件名，或在这里选定学生。"
)


def require_keeper(actor: Actor, school: UUID) -> None:
    """``Refused`` for whoever keeps no photos of this school, and for an untrained hand."""
    if actor.role not in MAY_KEEP or actor.organisation != school:
        raise Refused("photos.post", "照片由本校（或中心校）的学籍管理员采集，您现在的岗位不能办理。", "通知一.3")
    accounts.can_act(actor)


@dataclass(slots=True)
class _Picture:
    """One picture on its way to a row."""

    name: str
    state: ItemState
    why: str = ""
    prepared: Prepared | None = None
    student: UUID | None = None
    candidates: Sequence[UUID] = field(default_factory=tuple)


@transaction.atomic
def upload(*, actor: Actor, school: UUID, files: Sequence[tuple[str, bytes]], student: UUID | None = None) -> UUID:
    """Keep the pictures of a folder or of ZIP archives, each with the pupil whom its name fits; the upload's id.

    ``student``: one picture of this pupil, whatever it is called. Nothing is taken into a record yet. Raises
    ``Refused``: the post, nothing, too much at once, an archive that is none or a trap, and a single picture that is
    not as it must be (``photos.*``); of many each fault stands beside its picture.
    """
    require_keeper(actor, school)
    limits = limits_of(parameters.rulebook(today()))
    _check_size(files, limits)
    known = Index(pupils(school))
    if student is not None and student not in known.pupils:
        raise Refused("photos.not_yours", "该生不是本校在籍学生，不能由本校采集照片。请核对学生。", BASIS)
    if student is not None:
        name, content = files[0]
        prepared = prepare(content, name, limits)
        pictures = [_Picture(name, _ready(prepared), "", prepared, student)]
        _mark_twins(school, pictures, known, limits)
    else:
        pictures = _sorted(_unpacked(files, limits), known, limits)
        _mark_doubles(pictures)
        _mark_twins(school, pictures, known, limits)
    return _keep(actor, school, pictures)


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


def _ready(prepared: Prepared) -> ItemState:
    return ItemState.READY if prepared.fits else ItemState.CROP


def _sorted(files: Sequence[Unpacked], known: Index, limits: PortraitLimits) -> list[_Picture]:
    numbers = id_numbers(one.name for one in files)
    documents = dict(zip(numbers, id_indexes((RESIDENT_ID, number) for number in numbers), strict=True))
    return [_picture(one, match(one.name, known, documents), limits) for one in files]


def _picture(file: Unpacked, matched: Matched, limits: PortraitLimits) -> _Picture:
    if file.fault:
        return _Picture(file.name, ItemState.FAULTY, file.fault)
    try:
        prepared = prepare(file.content, file.name, limits)
    except Refused as refused:
        return _Picture(file.name, ItemState.FAULTY, refused.message)
    if not matched.students:
        return _Picture(file.name, ItemState.UNMATCHED, _WHY_UNMATCHED, prepared)
    if len(matched.students) > 1:
        why = f"有 {len(matched.students)} 名学生相符，请选定是谁。"
        return _Picture(file.name, ItemState.AMBIGUOUS, why, prepared, candidates=matched.students)
    return _Picture(file.name, _ready(prepared), "", prepared, matched.students[0])


def _mark_doubles(pictures: Sequence[_Picture]) -> None:
    """Of several pictures of one pupil none is chosen for the registrar."""
    open_ones = [one for one in pictures if one.student is not None]
    several = {student for student, count in Counter(one.student for one in open_ones).items() if count > 1}
    for one in open_ones:
        if one.student in several:
            one.state, one.why = ItemState.DOUBLE, "这名学生不止一张照片，请只留一张，其余的不采用。"


def _mark_twins(school: UUID, pictures: Sequence[_Picture], known: Index, limits: PortraitLimits) -> None:
    """One picture for two pupils: in this upload, or with what another pupil of the school has already."""
    twins = Twins.of_school(school)
    for row, one in enumerate(pictures):
        if one.student is not None and one.prepared is not None:
            twins.add(one.prepared.likeness, one.student, row)
    for row, one in enumerate(pictures):
        if one.state not in (ItemState.READY, ItemState.CROP) or one.student is None or one.prepared is None:
            continue
        other = twins.other(one.prepared.likeness, one.student, row)
        if other is not None:
            one.state, one.why = ItemState.TWIN, twin_words(known, other)


def twin_words(known: Index, other: UUID) -> str:
    """Why a picture is not taken without a look."""
    name = known.pupils[other].name if other in known.pupils else "另一名学生"
    return f"与 {name} 的照片相同。弄错的请改选学生或不采用；确是两人（例如双胞胎）的请确认。"


def _keep(actor: Actor, school: UUID, pictures: Sequence[_Picture]) -> UUID:
    identity = environment().new_id()
    Upload.objects.create(id=identity, school=school, uploaded_by=actor.person, uploaded_at=environment().now())
    key = data_keys.ensure([identity])[identity]
    rows = []
    for row_no, one in enumerate(pictures, start=1):
        item, made = environment().new_id(), one.prepared
        rows.append(
            Item(
                id=item, upload_id=identity, school=school, row_no=row_no, state=one.state, student=one.student,
                details=seal_json(key, details(one.name, one.why, one.candidates), place(item, b"details")),
                content=seal(key, made.content, place(item, b"content")) if made else None,
                width=made.width if made else 0, height=made.height if made else 0,
                box=list(made.box) if made else None, likeness=made.likeness if made else None,
            )
        )  # fmt: skip
    Item.objects.bulk_create(rows, batch_size=200)
    return identity


def details(name: str, why: str = "", candidates: Sequence[UUID] = ()) -> Mapping[str, object]:
    """What is sealed beside a picture: people write children's names into names of files."""
    return {"name": name[-120:], "why": why, "candidates": [str(one) for one in candidates]}


def sweep() -> int:
    """Erase uploads that nobody confirmed in time; how many. In the system's context."""
    gone = Upload.objects.filter(uploaded_at__lt=unconfirmed_since(today()))
    count = gone.count()
    gone.delete()
    return count
