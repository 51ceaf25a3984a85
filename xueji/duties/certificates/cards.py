"""Cards with a photo (学生证): what stands on one, and the pages: one card, or many imposed on A4 sheets.

A whole class is one compile: the places are said once, each card brings its words, its code and its photo.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from xueji.duties.certificates import paper as papers
from xueji.duties.certificates.sheets import SheetPaper, sheet_of, values_of
from xueji.ground.organisations.models import ClassGroup
from xueji.ground.typesetting import MissingGlyph, picture_svg, qr_svg
from xueji.ground.typesetting.press import Press
from xueji.pure.kernel.fold import RegistrationState
from xueji.pure.kernel.rulebook import CertificateKind, Rulebook
from xueji.pure.kernel.sheets import printed_texts
from xueji.pure.kernel.types import Refused
from xueji.registry.photos import selectors as photos
from xueji.registry.register.selectors import StudentRecord

A4 = (210, 297)


@dataclass(frozen=True, slots=True)
class Card:
    """A card to be printed: its words and signed statement, and the JPEG of the photo that the record names."""

    paper: SheetPaper
    photo: bytes


def card_facts(
    book: Rulebook,
    record: StudentRecord,
    about: RegistrationState,
    school: str,
    groups: Mapping[UUID, ClassGroup] | None = None,
) -> dict[str, str]:
    """What is printed of a record, with the digest of its photo: a card is printed again only with the same one."""
    return {**papers.facts_of(book, record, about, school, groups), photos.FIELD: photos.digest_of(record)}


def photo_files(facts: Sequence[Mapping[str, str]]) -> list[bytes]:
    """The pictures that these facts name, in order. Raises ``Refused`` where one is missing or was changed."""
    found = photos.contents(photos.photos(one[photos.FIELD] for one in facts).values())
    missing = [one["name"] for one in facts if one[photos.FIELD] not in found]
    if missing:
        told = "、".join(missing[:5]) + (f" 等 {len(missing)} 人" if len(missing) > 5 else "")
        message = f"照片文件缺失或被改动过：{told}。请联系系统管理员从备份恢复，或重新采集照片。"
        raise Refused("certificate.photo_file", message, "通知二.3")
    return [found[one[photos.FIELD]] for one in facts]


def card_data(kind: CertificateKind, cards: Sequence[Card], *, imposed: bool) -> dict[str, Any]:
    """What the template reads: the places once, of each card its words, code and photo."""
    sheet = sheet_of(kind)
    many = sheet.imposed if imposed else None
    lines = [printed_texts(sheet, values_of(kind, one.paper)) for one in cards]
    across, down = (many.columns, many.rows) if many else (1, 1)
    gap = many.gap if many else 0
    return {
        "title": kind.title,
        "width": sheet.width,
        "height": sheet.height,
        "imposed": many is not None,
        "across": across,
        "down": down,
        "gap": gap,
        "left": (A4[0] - across * (sheet.width + gap) + gap) / 2 if many else 0,
        "top": (A4[1] - down * (sheet.height + gap) + gap) / 2 if many else 0,
        "code": {"x": sheet.code_x, "y": sheet.code_y, "size": sheet.code_size},
        "photo": asdict(sheet.photo) if sheet.photo else None,
        "frames": [asdict(frame) for frame in sheet.frames],
        "places": [asdict(one.place) for one in lines[0]] if lines else [],
        "cards": [
            {
                "texts": [one.text for one in texts],
                "qr": qr_svg(card.paper.statement) if card.paper.statement else "",
                "photo": picture_svg(card.photo, sheet.photo.width, sheet.photo.height) if sheet.photo else "",
            }
            for texts, card in zip(lines, cards, strict=True)
        ],
    }


def typeset_cards(
    kind: CertificateKind, cards: Sequence[Card], *, imposed: bool = False, press: Press | None = None
) -> bytes:
    """The PDF/A in the order of the cards: a page a card, or as many on an A4 sheet as the rulebook says.

    ``press``: one that is kept for many classes. Raises ``Refused`` ``certificate.glyph``.
    """
    try:
        return (press or Press(papers.TEMPLATES / f"{kind.template}.typ")).print(
            card_data(kind, cards, imposed=imposed)
        )
    except MissingGlyph as error:
        message = "姓名或校名中有字库里没有的字，不能打印。请联系软件维护员安装完整字库（思源宋体/Noto CJK）。"
        raise Refused("certificate.glyph", message, kind.basis) from error
