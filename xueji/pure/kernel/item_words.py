"""Record items in the words that people read, and when an item is true. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from .record_items import Item, ItemKind, ItemPart, ItemTime, PartType
from .rulebook import Rulebook
from .school_year import school_year_name

_YES_NO = {"1": "是", "0": "否"}
UNKNOWN = "其他项目"


def time_words(book: Rulebook, on: str) -> str:
    """2007-2008 学年第一学期, 2007-2008 学年, or the day; both years of a school year are named."""
    term = book.calendar.terms.term(on)
    if term is not None:
        return term.title
    if len(on) == 4 and on.isdecimal():
        return f"{school_year_name(int(on))} 学年"
    return on


def title_of(book: Rulebook, item: Item) -> str:
    """An item by its time and kind: 2007-2008 学年第一学期成绩, 2008-05-06 奖励."""
    kind = book.record_items.kind(item.kind)
    label, time = kind.label if kind else UNKNOWN, time_words(book, item.on)
    return f"{time}{label}" if time.endswith(("学期", "学年")) else f"{time} {label}"


def part_words(book: Rulebook, part: ItemPart, value: str) -> str:
    """A part's value in words: the name of a code, 是 or 否, a number with its unit."""
    if part.type in (PartType.CODE, PartType.MARK) and part.code_table:
        table = book.codes.get(part.code_table)
        return (table.name_of(value) if table else None) or value
    if part.type is PartType.BOOLEAN:
        return _YES_NO.get(value, value)
    return f"{value} {part.unit}" if part.unit else value


def parts_in_words(book: Rulebook, item: Item) -> Iterator[tuple[str, str]]:
    """(label, words) of each part that is filled in, in the rulebook's order; a part that it does not know comes last,
    under its code."""
    kind = book.record_items.kind(item.kind)
    known = kind.parts if kind else ()
    for part in known:
        if item.parts.get(part.code):
            yield part.label, part_words(book, part, item.parts[part.code])
    names = {part.code for part in known}
    yield from ((code, value) for code, value in item.parts.items() if code not in names and value)


def line_of(book: Rulebook, item: Item) -> str:
    """All parts in one line: 语文 92；数学 优秀."""
    return "；".join(f"{label} {words}" for label, words in parts_in_words(book, item))


def is_sensitive(book: Rulebook, item: Item) -> bool:
    """Whether an item is shown masked; one of a kind that nobody knows here is."""
    kind = book.record_items.kind(item.kind)
    return kind is None or kind.sensitive


def last_day(book: Rulebook, on: str) -> date | None:
    """The day on which what an item says is complete: the last of its term or school year, or its own day."""
    term = book.calendar.terms.term(on)
    if term is not None:
        later = [one.starts_on for year in (0, 1) for one in book.calendar.terms.of_year(term.school_year + year)]
        return min((day for day in later if day > term.starts_on), default=term.starts_on) - timedelta(days=1)
    if len(on) == 4 and on.isdecimal():
        return book.stages.start_of(int(on) + 1) - timedelta(days=1)
    try:
        return date.fromisoformat(on)
    except ValueError:
        return None


def first_day(book: Rulebook, on: str) -> date | None:
    """The day on which an item's term or school year begins, or its own day."""
    term = book.calendar.terms.term(on)
    if term is not None:
        return term.starts_on
    if len(on) == 4 and on.isdecimal():
        return book.stages.start_of(int(on))
    return last_day(book, on)


def times_offered(book: Rulebook, kind: ItemKind, day: date) -> list[tuple[str, str]]:
    """The terms or school years that have begun, within the years of compulsory education, the newest first."""
    count = book.stages.primary_years + book.stages.junior_years
    years = range(book.stages.school_year_of(day), book.stages.school_year_of(day) - count, -1)
    if kind.time is ItemTime.SCHOOL_YEAR:
        return [(str(year), time_words(book, str(year))) for year in years]
    if kind.time is ItemTime.TERM:
        terms = [one for year in years for one in reversed(book.calendar.terms.of_year(year)) if one.starts_on <= day]
        return [(one.code, one.title) for one in terms]
    return []
