"""What is right of a record item, asked at every door: the page of a pupil and the workbook of a class. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from xueji.pure.kernel.item_words import first_day, time_words, times_offered
from xueji.pure.kernel.record_items import Item, ItemKind, ItemPart, ItemTime, PartType
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.typed_days import read_day

#: The place of a fault of an item's time, and of the item as a whole.
TIME, WHOLE = "on", ""
_YES: Final = {"是": "1", "有": "1", "1": "1", "√": "1", "Y": "1", "TRUE": "1"}
_NO: Final = {"否": "0", "无": "0", "0": "0", "×": "0", "N": "0", "FALSE": "0"}


@dataclass(frozen=True, slots=True)
class ItemFault:
    """What is wrong at a part (its code), at the time, or with the whole."""

    place: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What the rules need to know. ``born``: ISO date, '' where unknown; ``held``: the items that the record has.

    ``item``: the one that is corrected, which is not held against itself.
    """

    book: Rulebook
    today: date
    stage: str
    born: str = ""
    held: Sequence[Item] = ()
    item: Item | None = None


@dataclass(frozen=True, slots=True)
class ReadItem:
    """What was typed, in canonical form, with every fault; nothing may be recorded while there is one."""

    on: str
    parts: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[ItemFault, ...] = ()


def read_item(kind: ItemKind, on: str, typed: Mapping[str, str], facts: ItemFacts) -> ReadItem:
    """Read one item of a pupil. ``typed``: the parts by code, as people type them."""
    time, faults = read_time(kind, on, facts)
    parts: dict[str, str] = {}
    for part in kind.parts_of(facts.stage):
        text = _plain(typed.get(part.code, ""))
        value = _value(part, text, facts) if text else ""
        if isinstance(value, ItemFault):
            faults.append(value)
        elif value:
            parts[part.code] = value
            faults += _in_order(part, value, kind, time, facts)
        elif part.required:
            faults.append(ItemFault(part.code, "item.missing", "必填，请填写"))
    if not parts and not faults:
        faults.append(ItemFault(WHOLE, "item.empty", "一项也没有填写"))
    if not faults:
        faults += _held_already(kind, time, parts, facts)
    return ReadItem(time, parts, tuple(faults))


def read_time(kind: ItemKind, on: str, facts: ItemFacts) -> tuple[str, list[ItemFault]]:
    """The time in canonical form, with what is wrong with it for this pupil."""
    book, text = facts.book, _plain(on)
    if kind.time is ItemTime.DAY:
        day = read_day(text)
        if day is None:
            return text, [ItemFault(TIME, "item.day", f"“{text}”不是日期，请写成 2008-05-06" if text else "请填写日期")]
        if day > facts.today:
            return day.isoformat(), [ItemFault(TIME, "item.ahead", f"{day.isoformat()} 还没有到")]
        if facts.born and day.isoformat() < facts.born:
            return day.isoformat(), [ItemFault(TIME, "item.before_birth", f"早于出生日期（{facts.born}）")]
        return day.isoformat(), []
    if text not in dict(times_offered(book, kind, facts.today)):
        what = "学期" if kind.time is ItemTime.TERM else "学年"
        return text, [ItemFault(TIME, "item.time", f"请从列出的{what}中选择，还没有开始的不能登记")]
    start, least = first_day(book, text), int(book.settings["intake_youngest_enrolment"])
    if start is not None and facts.born[:4].isdecimal() and start.year - int(facts.born[:4]) < least:
        message = f"该生 {facts.born[:4]} 年出生，{time_words(book, text)}还没有入学"
        return text, [ItemFault(TIME, "item.too_early", message)]
    return text, []


def _plain(text: str) -> str:
    """Half-width, one blank between words; what cannot be printed is left out."""
    folded = unicodedata.normalize("NFC", text)
    return " ".join("".join(one if one.isprintable() else " " for one in folded).split())


def _value(part: ItemPart, text: str, facts: ItemFacts) -> str | ItemFault:
    table = facts.book.codes.get(part.code_table or "")
    if part.type is PartType.TEXT:
        if len(text) > part.max_width:
            return ItemFault(part.code, "item.long", f"最多 {part.max_width} 个字，现有 {len(text)} 个")
        return text
    if part.type is PartType.DATE:
        day = read_day(text)
        if day is None:
            return ItemFault(part.code, "item.day", f"“{text}”不是日期，请写成 2008-05-06")
        return day.isoformat() if day <= facts.today else ItemFault(part.code, "item.ahead", f"{day} 还没有到")
    if part.type is PartType.BOOLEAN:
        word = unicodedata.normalize("NFKC", text).upper()
        found = _YES.get(word) or _NO.get(word)
        return found or ItemFault(part.code, "item.yes_or_no", f"“{text}”读不懂，请填“是”或“否”")
    if part.type in (PartType.CODE, PartType.MARK) and table is not None:
        code = table.code_of(text)
        if code is not None:
            return code
        if part.type is PartType.CODE:
            return ItemFault(part.code, "item.code", f"没有“{text}”，可填：{'、'.join(table.names)}")
    return _number(part, text, "、".join(table.names) if table else "")


def _number(part: ItemPart, text: str, levels: str) -> str | ItemFault:
    least, most = Decimal(str(part.minimum)), Decimal(str(part.maximum))
    span = f"{_short(least)} 至 {_short(most)}"
    others = f"，或等级（{levels}）" if levels else ""
    word = unicodedata.normalize("NFKC", text)
    try:
        number = Decimal(word)
    except InvalidOperation:
        return ItemFault(part.code, "item.number", f"“{text}”不是数，请填 {span} 的数{others}")
    if not number.is_finite() or not least <= number <= most:
        return ItemFault(part.code, "item.range", f"{text} 不在 {span} 之间{others}")
    if number != round(number, part.decimals):
        wanted = f"最多 {part.decimals} 位小数" if part.decimals else "整数"
        return ItemFault(part.code, "item.decimals", f"{text} 的小数位太多，请填{wanted}")
    return _kept(number, part.decimals)


def _short(number: Decimal) -> str:
    """5.0 → 5."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _kept(number: Decimal, decimals: int) -> str:
    """As it was typed (sight 5.0 stays 5.0), without places that the part does not have: 92.50 → 92.5."""
    whole, _, places = f"{number + 0:f}".partition(".")
    return f"{whole}.{places[:decimals]}" if places[:decimals] else whole


def _in_order(part: ItemPart, value: str, kind: ItemKind, time: str, facts: ItemFacts) -> list[ItemFault]:
    if not part.not_before:
        return []
    start = time if kind.time is ItemTime.DAY else str(first_day(facts.book, time) or "")
    if start and value < start:
        return [ItemFault(part.code, "item.order", f"{value} 早于{start}")]
    return []


def _held_already(kind: ItemKind, time: str, parts: Mapping[str, str], facts: ItemFacts) -> list[ItemFault]:
    """One of a time, where the kind says so; else not the very same twice."""
    others = [one for one in facts.held if facts.item is None or one.id != facts.item.id]
    same = [one for one in others if one.kind == kind.kind and one.on == time]
    if kind.once and same:
        message = f"{time_words(facts.book, time)}的{kind.label}已经登记过，要改请用“更正”"
        return [ItemFault(TIME, "item.twice", message)]
    if any(dict(one.parts) == dict(parts) for one in same):
        return [ItemFault(WHOLE, "item.same", f"同一天（学年）完全相同的{kind.label}已经登记过")]
    return []
