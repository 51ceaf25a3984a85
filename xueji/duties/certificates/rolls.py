"""名单 of a class's cards: who got one, with its number, and who did not, with the reason; and what of it is sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from xueji.duties.certificates.models import BatchPart, Certificate
from xueji.duties.certificates.paper import TEMPLATES
from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import open_json
from xueji.ground.typesetting import MissingGlyph, chinese_date
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
