"""An attested paper typeset: the words of its sheet, their mark, and the pages for a printer (套打)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from xueji.duties.certificates.impressions import Impressions
from xueji.duties.certificates.paper import TEMPLATES, UNSAID, footer_of
from xueji.duties.certificates.statement import text_mark
from xueji.ground.typesetting import MissingGlyph, chinese_date, qr_svg, seal_svg, typeset
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.sheets import Sheet, printed_texts
from xueji.pure.kernel.types import Refused

#: Who stands on a test sheet: the longest name that must fit, with rare characters.
SAMPLE: Mapping[str, str] = {
    "name": "阿卜杜拉·买买提·吐尔逊江𠮷䶮", "gender": "男", "birth_date": "1993年12月31日", "birth_year": "1993",
    "birth_month": "12", "birth_day": "31", "ethnic_group": "维吾尔族", "school": "样张学校（校名）", "stage": "初中",
    "class_name": "九（1）班", "grade": "", "registration_number": "0000000000020050101", "student_number": "20050101",
    "status": "", "status_since": "", "enrolment_month": "2005年9月", "enrolment_year": "2005",
    "enrolment_month_no": "9",
    "ended_on": "2008年7月1日", "ended_year": "2008", "ended_month_no": "7",
    "registered_as": "学籍号0000000000020050101",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SheetPaper:
    """One paper to be printed: its facts, number, day of attestation, signed statement ('' on a test sheet), and the
    electronic seals that it bears."""

    facts: Mapping[str, str]
    number: str
    issued_on: date
    statement: str = ""
    seals: Impressions = ()


def sheet_of(kind: CertificateKind) -> Sheet:
    """The sheet of an attested kind; ``Refused`` where the rulebook has none."""
    if kind.sheet is None:
        raise Refused("certificate.no_sheet", f"规则册里没有{kind.title}的版面，不能打印。请联系教育局。", kind.basis)
    return kind.sheet


def values_of(kind: CertificateKind, paper: SheetPaper) -> dict[str, str]:
    """What the places of a sheet may name."""
    day = paper.issued_on
    values = {
        **UNSAID,
        **paper.facts,
        "number": paper.number,
        "title": kind.title,
        "footer": footer_of(kind, paper.seals),
        "basis": kind.basis,
        "on": chinese_date(day),
        "issued_on": chinese_date(day),
        "issued_year": str(day.year),
        "issued_month": str(day.month),
        "issued_day": str(day.day),
    }
    return {**values, "sentence": kind.body.format_map(values)}


def mark_of(kind: CertificateKind, paper: SheetPaper) -> str:
    """What the code says of the words around it: they are known before the paper is typeset."""
    sheet = sheet_of(kind)
    words = [one.text for one in printed_texts(sheet, values_of(kind, paper))]
    return text_mark("".join([*words, *_frame_words(kind, sheet, paper)]))


def _frame_words(kind: CertificateKind, sheet: Sheet, paper: SheetPaper) -> list[str]:
    """A blank bears its frames already; on plain paper those are printed in which no electronic seal stands."""
    borne = {one.use for one in paper.seals}
    return [] if kind.blank else [frame.label for frame in sheet.frames if frame.use not in borne]


def typeset_sheets(
    kind: CertificateKind, papers: Sequence[SheetPaper], *, offset: tuple[float, float] = (0, 0), sample: bool = False
) -> bytes:
    """The PDF/A, a page a paper in their order. ``offset`` in mm to the right and down.

    ``sample``: with all that the blank bears already, a ruler at the edges and the word 样张; bears no code.
    Raises ``Refused`` ``certificate.glyph``.
    """
    sheet = sheet_of(kind)
    drawn = sample or not kind.blank
    borne = {one.digest: one for paper in papers for one in paper.seals}
    data: dict[str, Any] = {
        "title": kind.title,
        "width": sheet.width,
        "height": sheet.height,
        "dx": offset[0],
        "dy": offset[1],
        "sample": sample,
        "code": {"x": sheet.code_x, "y": sheet.code_y, "size": sheet.code_size},
        "frames": [{**asdict(frame), "drawn": drawn} for frame in sheet.frames],
        "pictures": {digest: seal_svg(one.picture) for digest, one in borne.items()},
        "pages": [
            {
                "texts": [
                    {**asdict(one.place), "text": one.text}
                    for one in printed_texts(sheet, values_of(kind, paper), sample=sample)
                ],
                "qr": qr_svg(paper.statement) if paper.statement else "",
                "seals": {one.use: {"digest": one.digest, "width": one.width} for one in paper.seals},
            }
            for paper in papers
        ],
    }
    try:
        return typeset(TEMPLATES / f"{kind.template}.typ", data)
    except MissingGlyph as error:
        message = "姓名或校名中有字库里没有的字，不能打印。请联系软件维护员安装完整字库（思源宋体/Noto CJK）。"
        raise Refused("certificate.glyph", message, kind.basis) from error
