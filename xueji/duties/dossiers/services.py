"""The verb of the room ``dossiers``: ``export_dossier`` (clauses A6, B3)."""

from __future__ import annotations

import base64
import io
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from xueji.duties.dossiers.contents import content_of
from xueji.duties.dossiers.signing import Issuer, issuer
from xueji.ground.accounts.services.acts import can_act
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.ground.disclosure.services import Ground
from xueji.ground.documents.inspection import read_pages
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.ground.typesetting import CARRYING, MissingGlyph, chinese_date, picture_svg, typeset
from xueji.pure.kernel.dossier import (
    JSON,
    PDF,
    README,
    SIGNATURE,
    TEXT,
    as_json,
    as_text,
    digest,
    manifest_of,
    signed_message,
)
from xueji.pure.kernel.environment import LOCAL_ZONE, day_of, environment
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.photos.limits import limits_of
from xueji.registry.register.models import Student
from xueji.registry.register.selectors import StudentRecord, student_record

BASIS = "通知二.3"
#: Who gives a record out: of a school, and of a bureau that keeps a closed school's records.
KEEPERS = frozenset({Role.REGISTRAR, Role.DEPUTY_HEAD, Role.CLERK, Role.HEAD})
PDF_TYPE, ZIP_TYPE = "application/pdf", "application/zip"
_TEMPLATE = Path(__file__).parent / "templates" / "dossier.typ"
_DESCRIBED = {
    JSON: ("application/json", "档案的全部数据"),
    TEXT: ("text/plain", "档案的文字，用记事本就能打开"),
    SIGNATURE: ("application/json", "各文件的摘要和签名"),
}
_HOW_TO_OPEN = """这是一份电子学籍档案，不需要学籍系统就能打开。

dossier.pdf     用 PDF 阅读器打开，可以打印
dossier.txt     同样的内容，用记事本打开
dossier.json    全部数据（含每一条变动记录），UTF-8 文本
signature.json  上述文件的 SHA-256 摘要和签发单位的签名（所用算法写在里面）

核对是否被改动：xueji record dossier --verify 文件名
"""


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier: its file, and the SHA-256 of its data (``dossier.json``)."""

    name: str
    media_type: str
    content: bytes
    digest: str
    pages: int


@transaction.atomic
def export_dossier(*, actor: Actor, student: UUID, ground: Ground, archive: bool = False) -> Dossier:
    """The dossier of a pupil whose record the actor's organisation keeps; logged as an export.

    A PDF/A-3 that carries its data; ``archive``: a ZIP with the same PDF and the plain files beside it. Raises
    ``Refused``: another post, an untrained hand, a record that is kept elsewhere, a name that no font holds.
    """
    can_act(actor)
    record = student_record(student)
    if record is None:
        raise Refused("dossier.unknown", "没有这名学生的学籍档案，或不在您单位的管理范围内。", BASIS)
    require_custody(actor, record)
    here = issuer()
    content = content_of(
        record,
        organisation=organisations.by_id(actor.organisation).name,
        issuer={"code": here.code, "name": here.name},
        ground=ground.text,
    )
    files, pages = _signed_files(content, here)
    disclosure.log(actor=actor, kind=DisclosureKind.EXPORT, subjects=[student], ground=ground)
    name, mark = f"学籍档案-{record.name}-{record.latest.number}", digest(files[JSON])
    if not archive:
        return Dossier(f"{name}.pdf", PDF_TYPE, files[PDF], mark, pages)
    return Dossier(f"{name}.zip", ZIP_TYPE, _zipped(files), mark, pages)


def require_custody(actor: Actor, record: StudentRecord) -> None:
    """``Refused`` unless the actor's organisation keeps the record: the school of the registration in force, else the
    last one for ever; of a closed school the unit that the bureau named."""
    if actor.role not in KEEPERS:
        raise Refused("dossier.post", "学籍档案由保管单位的学籍管理员或负责人导出。", "通知一.3")
    holder = Student.objects.filter(pk=record.student).values_list("holder", flat=True).first()
    last = record.latest.school
    # Whoever was followed by another school sees the record up to its own last day, and no row of the pupil.
    if holder != last:
        raise Refused("dossier.moved", "该生的学籍已转到别的学校，档案随人走。请由现在的学籍学校导出。", BASIS)
    keeper = organisations.keeper_of(organisations.by_id(last))
    if keeper.id != actor.organisation:
        raise Refused("dossier.custody", f"该生的档案由{keeper.name}保管，请由该单位导出。", BASIS)


def may_export(actor: Actor, record: StudentRecord) -> bool:
    """Whether a page offers it; nothing is asked of the database for a post that never may."""
    try:
        require_custody(actor, record)
    except Refused:
        return False
    return True


def _signed_files(content: dict[str, Any], here: Issuer) -> tuple[dict[str, bytes], int]:
    """The files by name, and how many pages: typeset first, since the signature vouches for the pages' words."""
    plain = {JSON: as_json(content), TEXT: as_text(content).encode()}
    pages = read_pages(_pdf(content, {}), PDF)
    manifest = manifest_of(
        content, pages, issuer=content["issuer"], algorithm=here.algorithm, key=here.key, public=here.public.hex()
    )
    manifest["signature"] = here.sign(signed_message(manifest)).hex()
    carried = {**plain, SIGNATURE: as_json(manifest)}
    return {**carried, PDF: _pdf(content, carried)}, len(pages)


def _pdf(content: dict[str, Any], carried: dict[str, bytes]) -> bytes:
    day = day_of(datetime.fromisoformat(content["made"]["at"]))
    photo = limits_of(parameters.rulebook(day))
    picture = picture_svg(base64.b64decode(content["photo"]), photo.width, photo.height) if content["photo"] else ""
    data = {
        **content,
        "made_on": chinese_date(day),
        "day": [day.year, day.month, day.day],
        "picture": picture,
        "check": digest(as_json(content))[:16],
        "carried": [
            {"name": name, "text": one.decode(), "type": _DESCRIBED[name][0], "words": _DESCRIBED[name][1]}
            for name, one in carried.items()
        ],
    }
    try:
        return typeset(_TEMPLATE, data, standard=CARRYING)
    except MissingGlyph as error:
        message = "档案里有字库中没有的字，不能导出。请联系软件维护员安装完整字库（思源宋体/Noto CJK）。"
        raise Refused("dossier.glyph", message, BASIS) from error


def _zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    at = environment().now().astimezone(LOCAL_ZONE).timetuple()[:6]
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, one in {README: _HOW_TO_OPEN.encode(), **files}.items():
            head = zipfile.ZipInfo(name, at)
            head.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(head, one)
    return made.getvalue()
