"""The lists of a batch in page order: a class's cards (名单), a school's diplomas (花名册); what of it is sealed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from xueji.duties.certificates.models import BatchPart, Certificate
from xueji.duties.certificates.paper import TEMPLATES
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import open_json
from xueji.ground.organisations import selectors as organisations
from xueji.ground.typesetting import MissingGlyph, chinese_date, typeset
from xueji.ground.typesetting.press import Press
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Refused


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A pupil who got no card, with the sentence that says why; of a class that failed, the class."""

    student: UUID
    name: str
    number: str
    code: str
    message: str

    def as_json(self) -> dict[str, str]:
        """As it is sealed."""
        return {key: str(value) for key, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class PartFiles:
    """The PDFs of a class or school: what is printed in page order (None where nobody got one), and the roll."""

    title: str
    sheets: bytes | None
    roll: bytes


def part_place(part: UUID, what: bytes) -> bytes:
    """The place that a sealed part of a class is bound to."""
    return b"certificates_batchpart" + part.bytes + what


def open_left_out(row: BatchPart) -> list[LeftOut]:
    """Who was left out of a class, in order."""
    if row.exceptions is None:
        return []
    key = data_keys.get([row.batch_id])[row.batch_id]
    found: Any = open_json(key, bytes(row.exceptions), part_place(row.id, b"exceptions"))
    return [LeftOut(UUID(one["student"]), one["name"], one["number"], one["code"], one["message"]) for one in found]


def roll_pdf(
    kind: CertificateKind,
    school: str,
    class_name: str,
    cards: Sequence[Certificate],
    facts: Sequence[Mapping[str, str]],
    left_out: Sequence[LeftOut],
    day: date,
) -> bytes:
    """The roll as PDF/A in page order, with room for who fetched the card. Raises ``Refused`` ``certificate.glyph``."""
    data = {
        "title": f"{kind.title}发放名单",
        "school": school,
        "class_name": class_name,
        "day": chinese_date(day),
        "basis": kind.basis,
        "rows": [
            [str(place), one["name"], one["gender"], one["registration_number"], one["student_number"], card.number]
            for place, (card, one) in enumerate(zip(cards, facts, strict=True), start=1)
        ],
        "left_out": [[one.name, one.number, one.message] for one in left_out],
    }
    try:
        return Press(TEMPLATES / "card_roll.typ").print(data)
    except MissingGlyph as error:
        message = f"{class_name}名单中有字库里没有的字，不能打印。请联系软件维护员安装完整字库（思源宋体/Noto CJK）。"
        raise Refused("certificate.glyph", message, kind.basis) from error


def typeset_roll(
    kind: CertificateKind,
    papers: Sequence[Certificate],
    claims: Sequence[Mapping[str, Any]],
    serials: Mapping[UUID, str],
    stage: str,
    digests: Iterable[str],
) -> bytes:
    """The roll of papers of one school as PDF/A, in their order; ``digests``: of the orders in which they were
    attested, as in the bureau's journal."""
    places = organisations.names([papers[0].school, *(one.bureau for one in papers if one.bureau)])
    days = sorted({one.issued_on for one in papers})
    numbers = sorted(one.number for one in papers)
    data = {
        "title": kind.roll,
        "school": places.get(papers[0].school, ""),
        "bureau": "、".join(dict.fromkeys(places[one.bureau] for one in papers if one.bureau in places)),
        "stage": stage,
        "kind": kind.title,
        "day": " 至 ".join(chinese_date(one) for one in dict.fromkeys((days[0], days[-1]))),
        "first": numbers[0],
        "last": numbers[-1],
        "digest": "、".join(dict.fromkeys(one[:16] for one in digests)),
        "basis": kind.basis,
        "rows": [
            [
                str(place), paper.number, facts["name"], facts["gender"], facts["birth_date"],
                facts["registration_number"] or "（纸质档案）", facts.get("class_name", ""),
                serials.get(paper.pk, ""), "已作废" if paper.voided_at else "",
            ]
            for place, (paper, facts) in enumerate(zip(papers, claims, strict=True), start=1)
        ],
    }  # fmt: skip
    return typeset(TEMPLATES / "batch_roll.typ", data)
