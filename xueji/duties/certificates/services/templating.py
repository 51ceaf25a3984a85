"""版式: the words and the sheet of a kind, changed by the bureau's head from a day on and tried with a sample before.

The city's bureau gives other words, a district adds a note; both move what stands on the sheet. Conditions, numbers,
terms and who attests are the rulebook's and are not touched here. What was issued keeps what was in force on its day.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from django.db import transaction
from pydantic import ValidationError

from xueji.duties.certificates.paper import SAMPLE_NUMBER, Paper, print_paper
from xueji.duties.certificates.place_words import in_words
from xueji.duties.certificates.samples import SAMPLE_FACTS, SAMPLE_ROWS
from xueji.duties.certificates.sheets import SAMPLE, SheetPaper, typeset_sheets
from xueji.ground.accounts.services.acts import can_act
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.ground.parameters import selectors as parameters
from xueji.ground.parameters.deciding import Keeper, decide_part, page_part
from xueji.ground.parameters.schema.certificates import SheetPart
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import CertificateKind, Rulebook
from xueji.pure.kernel.sheets import Frame, Place, Sheet
from xueji.pure.kernel.types import Actor, Level, Refused, Role

PART: Final = "templates"
BASIS: Final = "通知一.2、二.2"
EDITORS: Final = frozenset({Role.CLERK, Role.HEAD})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be changed; None: as it is. ``note`` is a district's, the other words are the city's."""

    body: str | None = None
    footer: str | None = None
    seal: str | None = None
    note: str | None = None
    sheet: Sheet | None = None
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """What a bureau decided of one kind: in force from ``since`` up to and with ``until``."""

    since: date
    until: date | None
    basis: str
    words: Mapping[str, str]
    moved: bool


def own_book(bureau: Organisation, on: date | None = None) -> Rulebook:
    """The rulebook as it holds for a bureau's schools."""
    return parameters.rulebook(on or today(), bureau.code if bureau.level == Level.DISTRICT else None)


def versions(bureau: Organisation) -> dict[str, list[Version]]:
    """By kind what this bureau decided, the latest first."""
    found: dict[str, list[Version]] = {}
    for one in reversed(_items(bureau)):
        found.setdefault(one["kind"], []).append(
            Version(
                date.fromisoformat(one["from"]),
                date.fromisoformat(one["until"]) if one.get("until") else None,
                one.get("basis", ""),
                {key: one[key] for key in ("body", "receipt", "footer", "seal", "note") if one.get(key)},
                bool(one.get("sheet")),
            )
        )
    return found


def preview(*, actor: Actor, kind: str, wanted: Wanted) -> bytes:
    """The PDF of an invented pupil's paper as it would be, marked as a sample; with nothing changed as it is now.

    Raises ``Refused``.
    """
    bureau = _editing(actor)
    known = _known(bureau, kind)
    if wanted != Wanted():
        _check(bureau, known, wanted)
    tried = _tried(bureau, known, wanted)
    if tried.sheet is not None:
        return typeset_sheets(
            _on_plain_paper(tried, tried.sheet), [SheetPaper(SAMPLE, SAMPLE_NUMBER, today())], sample=True
        )
    rows = SAMPLE_ROWS if tried.is_roll else ()
    words = "样张，不作证明使用"
    return print_paper(Paper(tried, SAMPLE_NUMBER, SAMPLE_FACTS, "", words, today(), None, rows=rows))


def _on_plain_paper(kind: CertificateKind, sheet: Sheet) -> CertificateKind:
    """The kind as a test sheet shows it: an empty frame where a card has its photo."""
    photo = sheet.photo
    frames = [Frame("照片", photo.x, photo.y, photo.width, photo.height)] if photo else []
    return replace(kind, template="diploma", sheet=replace(sheet, frames=(*sheet.frames, *frames)))


@transaction.atomic
def decide_template(*, actor: Actor, kind: str, wanted: Wanted, starts_on: date, basis: str) -> str:
    """Bring the change into force from ``starts_on`` (tomorrow at the earliest); the rulebook's new version.

    Only the head of the bureau. An earlier decision about the kind ends the day before; one that had not begun is put
    aside. Raises ``Refused``.
    """
    bureau = _editing(actor)
    if actor.role is not Role.HEAD:
        raise Refused("template.not_head", "证书、证明的版式由教育局负责人决定。您可以先试样，请负责人决定。", BASIS)
    if len(" ".join(basis.split())) < 4:
        raise Refused("template.basis", "请写明依据，例如文件名称和文号。", BASIS)
    if starts_on <= today():
        raise Refused("template.past", "起用日期最早为明天：今天已经出具的按现在的版式，不能改。", BASIS)
    known = _known(bureau, kind)
    _check(bureau, known, wanted)
    preview(actor=actor, kind=kind, wanted=wanted)  # what cannot be typeset is not decided
    words = " ".join(basis.split())
    kept = [one for one in _items(bureau) if one["kind"] != kind or str(one["from"]) < starts_on.isoformat()]
    earlier = [one for one in kept if one["kind"] == kind]
    item = {**(earlier[-1] if earlier else {}), **_item(known, wanted), "from": starts_on.isoformat(), "basis": words}
    item.pop("until", None)
    before = (starts_on - timedelta(days=1)).isoformat()
    for one in earlier:
        if str(one.get("until") or before) >= before:
            one["until"] = before
    value = {PART: [*kept, item]}
    return decide_part(actor=actor, keeper=_keeper(bureau), part=PART, value=value, starts_on=starts_on, basis=words)


def _editing(actor: Actor) -> Organisation:
    can_act(actor)
    if actor.role not in EDITORS or actor.level is Level.SCHOOL:
        raise Refused("template.post", "证书、证明的版式由教育局办理。", BASIS)
    return organisations.by_id(actor.organisation)


def _known(bureau: Organisation, kind: str) -> CertificateKind:
    """The kind as it stands for the bureau's schools; of a district without its own note, which is kept apart."""
    found = own_book(bureau).certificates.get(kind)
    if found is None:
        raise Refused("template.kind", "规则里没有这种证书或证明，请从列表中选择。", BASIS)
    if bureau.level != Level.DISTRICT:
        return found
    return replace(found, footer=parameters.rulebook(today()).certificates[kind].footer)


def note_of(bureau: Organisation, kind: str) -> str:
    """The note that a district's bureau added last; '' where none."""
    found = [one for one in _items(bureau) if one["kind"] == kind and not one.get("until")]
    return str(found[-1].get("note") or "") if found else ""


def _tried(bureau: Organisation, kind: CertificateKind, wanted: Wanted) -> CertificateKind:
    sheet = wanted.sheet or kind.sheet
    if bureau.level == Level.DISTRICT:
        note = note_of(bureau, kind.kind) if wanted.note is None else wanted.note
        return replace(kind, footer=kind.footer + note, sheet=sheet)
    return replace(
        kind,
        body=wanted.body or kind.body,
        receipt=wanted.receipt or kind.receipt,
        footer=kind.footer if wanted.footer is None else wanted.footer,
        seal=wanted.seal or kind.seal,
        sheet=sheet,
    )


def _check(bureau: Organisation, kind: CertificateKind, wanted: Wanted) -> None:
    """All that speaks against a change, at once."""
    against: list[str] = []
    if bureau.level == Level.DISTRICT and any(
        one is not None for one in (wanted.body, wanted.receipt, wanted.footer, wanted.seal)
    ):
        against.append("正文、回执、页脚和用印由市教育局规定，区县可以加一句补充说明、调整版面")
    if bureau.level != Level.DISTRICT and wanted.note:
        against.append("补充说明是区县加的，市教育局请直接改页脚")
    if wanted.body is not None:
        against += _words_against("正文", kind.body, wanted.body)
    if wanted.receipt is not None:
        against += _words_against("回执", kind.receipt, wanted.receipt) if kind.receipt else [f"{kind.title}没有回执"]
    if wanted.sheet is not None:
        against += _sheet_against(kind, wanted.sheet)
    if against:
        raise Refused("template.words", "；".join(against) + "。", BASIS)
    if wanted == Wanted():
        raise Refused("template.nothing", "没有改动任何内容。", BASIS)


def _words_against(part: str, before: str, after: str) -> list[str]:
    """Every place that the words had must stay: a proof without its number or name is none."""
    try:
        asked, given = ({name for _, name, _, _ in string.Formatter().parse(one) if name} for one in (before, after))
    except ValueError:
        return [f"{part}里的大括号没有写完整"]
    found = [f"{part}里缺少{in_words(f'{{{name}}}')}" for name in sorted(asked - given)]
    return found + [f"{part}里不认识{in_words(f'{{{name}}}')}" for name in sorted(given - asked)]


def _sheet_against(kind: CertificateKind, sheet: Sheet) -> list[str]:
    """What is printed stays; only where it stands, how large, and what the frames are called may change."""
    old = kind.sheet
    if old is None:
        return [f"{kind.title}没有版面可以调整"]
    found = []
    if [one.text for one in old.places] != [one.text for one in sheet.places] or len(old.frames) != len(sheet.frames):
        found.append("版面上的文字和印章框不能增减，只能移动")
    marks: list[Place | Frame] = [*sheet.places, *sheet.frames]
    inside = all(
        one.x >= 0 and one.x + one.width <= sheet.width and 0 <= one.y <= sheet.height - _height(one) for one in marks
    ) and (0 <= sheet.code_x <= sheet.width - sheet.code_size and 0 <= sheet.code_y <= sheet.height - sheet.code_size)
    if not inside:
        found.append("有文字、印章框或二维码超出纸面")
    if sheet.code_size < old.code_size * 0.8:
        found.append("二维码不能缩小到原来的八成以下，否则扫不出")
    if any(not one.label.strip() for one in sheet.frames):
        found.append("印章框要写明是什么章")
    if not found:
        found += _sizes_against(sheet)
    return found


def _sizes_against(sheet: Sheet) -> list[str]:
    """What the rulebook would not take: a size out of its bounds, a number that is none (``nan``)."""
    try:
        SheetPart.model_validate(_plain(sheet))
    except ValidationError:
        return ["有字号、宽度或高度超出允许的范围，请按样张逐项核对（字号单位为磅，其余为毫米）"]
    return []


def _height(one: Place | Frame) -> float:
    return one.height if isinstance(one, Frame) else 0


def _item(kind: CertificateKind, wanted: Wanted) -> dict[str, Any]:
    """As the part ``templates`` holds it."""
    words = {key: getattr(wanted, key) for key in ("body", "receipt", "footer", "seal", "note")}
    item: dict[str, Any] = {"kind": kind.kind, **{key: text for key, text in words.items() if text is not None}}
    if wanted.sheet is not None:
        item["sheet"] = _plain(wanted.sheet)
    return item


def _plain(sheet: Sheet) -> dict[str, Any]:
    found = asdict(sheet)
    code = {"x": found.pop("code_x"), "y": found.pop("code_y"), "size": found.pop("code_size")}
    return {**{key: value for key, value in found.items() if value is not None}, "code": code}


def _keeper(bureau: Organisation) -> Keeper:
    return Keeper(bureau.id, bureau.code, bureau.name, bureau.level == Level.DISTRICT)


def _items(bureau: Organisation) -> list[dict[str, Any]]:
    """What the bureau decided so far, in the order of their days."""
    found = [dict(one) for one in (page_part(_keeper(bureau), PART) or {}).get(PART, [])]
    return sorted(found, key=lambda one: str(one["from"]))


def offered(bureau: Organisation) -> Sequence[CertificateKind]:
    """The kinds whose template a bureau may change: all of the rulebook."""
    return list(own_book(bureau).certificates.values())
