"""The school year as a post sees it: the rulebook's events that concern it, each with the page where it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from xueji.doors.web.due import due_words
from xueji.doors.web.places import REGISTRY_POSTS, SCHOOL_POSTS
from xueji.doors.web.shell import address
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.school_calendar import CalendarEvent, EventKind, events_of
from xueji.pure.kernel.types import Actor, Level

_WEEKDAYS = "一二三四五六日"
_KIND_WORDS = {
    EventKind.TURN: "节点",
    EventKind.DUE: "截止",
    EventKind.OPEN: "可以办理",
    EventKind.FROZEN: "停办",
    EventKind.HOLIDAY: "放假",
    EventKind.WORKED: "上班",
}
#: Subject → page, for whoever has it. What is not named leads nowhere.
_PAGES = {
    "return": ("web:returns", REGISTRY_POSTS),
    "term": ("web:rollcall", REGISTRY_POSTS),
    "filings:posts": ("web:posts", REGISTRY_POSTS),
    "filings:codes": ("web:organisations", REGISTRY_POSTS),
    "change:promotion": ("web:promotion", SCHOOL_POSTS),
    "change:leaving": ("web:leaving", SCHOOL_POSTS),
}


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """An event as it is shown: ``state`` its colour, ``mine``: it concerns the post; ``url`` where it is done."""

    when: str
    weekday: str
    title: str
    text: str
    basis: str
    kind: str
    state: str
    words: str
    left: str
    url: str
    mine: bool
    quiet: bool
    past: bool
    now: bool
    is_today: bool


def book_of(actor: Actor, day: date) -> Rulebook:
    """The rulebook of a day for the post's district."""
    district = organisations.by_id(actor.organisation).code if actor.level is Level.DISTRICT else None
    if actor.level is Level.SCHOOL:
        bureau = organisations.competent_bureau(actor.organisation)
        found = organisations.by_id(bureau) if bureau else None
        district = found.code if found and found.level == Level.DISTRICT else None
    return parameters.rulebook(day, district)


def years_of(actor: Actor) -> list[int]:
    """The school years that can be looked at: since the register exists, until the next one."""
    book = book_of(actor, today())
    return list(range(book.stages.school_year_of(book.register_since), book.school_year() + 2))


def events_for(actor: Actor, year: int) -> list[CalendarEvent]:
    """The events of a year under the rulebook of its first day (of the present year: of today)."""
    book = book_of(actor, today())
    if year != book.school_year():
        book = book_of(actor, book.stages.start_of(year))
    city_school = _is_city_school(actor)
    return [
        event
        for event in events_of(book, year)
        if event.city_schools is None or actor.level is not Level.SCHOOL or event.city_schools == city_school
    ]


def _is_city_school(actor: Actor) -> bool:
    bureau = organisations.competent_bureau(actor.organisation) if actor.level is Level.SCHOOL else None
    return bureau is not None and organisations.by_id(bureau).level == Level.CITY


def concerns(actor: Actor, event: CalendarEvent) -> bool:
    """Whether a post's organisation has to do with it; holidays concern nobody's work."""
    return actor.level in event.levels and event.kind not in (EventKind.HOLIDAY, EventKind.WORKED)


def shown(actor: Actor, event: CalendarEvent) -> ShownEvent:
    """An event with its words, colour and page."""
    day, mine = today(), concerns(actor, event)
    past = event.last < day
    due = event.kind is EventKind.DUE and not past and mine
    return ShownEvent(
        when=_span(event),
        weekday="" if event.last != event.first else f"星期{_WEEKDAYS[event.first.weekday()]}",
        title=event.title,
        text=event.text,
        basis=event.basis,
        kind=event.kind.value,
        state=_state(event, day),
        words=_words(event, day),
        left=due_words(event.last) if due else "",
        url=_page(actor, event) if mine else "",
        mine=mine,
        quiet=not mine,
        past=past,
        now=event.covers(day),
        is_today=event.day == day,
    )


def _span(event: CalendarEvent) -> str:
    def words(day: date) -> str:
        return f"{day.month} 月 {day.day} 日"

    return words(event.first) if event.first == event.last else f"{words(event.first)} — {words(event.last)}"


def _words(event: CalendarEvent, day: date) -> str:
    """What kind of event it is; of a time during which something may be done, how it stands."""
    if event.kind in (EventKind.OPEN, EventKind.FROZEN) and event.last < day:
        return "已结束"
    return "还没开始" if event.kind is EventKind.OPEN and event.first > day else _KIND_WORDS[event.kind]


def _state(event: CalendarEvent, day: date) -> str:
    """As everywhere: grey not begun or no matter, blue under way, amber due soon, red stopped, green over."""
    if event.kind in (EventKind.HOLIDAY, EventKind.WORKED):
        return "open"
    if event.last < day:
        return "done"
    if event.kind is EventKind.FROZEN:
        return "wrong" if event.covers(day) else "open"
    if event.kind is EventKind.DUE:
        soon = int(parameters.rulebook(day).settings["calendar_soon_days"])
        return "soon" if (event.last - day).days <= soon else "open"
    return "progress" if event.covers(day) else "open"


def _page(actor: Actor, event: CalendarEvent) -> str:
    name, roles = _PAGES.get(event.subject, ("", frozenset()))
    if not name and event.subject.startswith(("change:", "stop:")):
        name, roles = "web:changes", REGISTRY_POSTS
    if name in ("web:promotion", "web:leaving") and actor.level is not Level.SCHOOL:
        name, roles = "web:changes", REGISTRY_POSTS
    return address(name) if name and actor.role in roles else ""


def months_of(actor: Actor, events: list[CalendarEvent], year: int) -> list[dict[str, Any]]:
    """The events by month, in order; an event of an earlier summer stands in the year's first month."""
    day = today()
    start = book_of(actor, day).stages.start_of(year)
    found: dict[tuple[int, int], list[ShownEvent]] = {}
    for event in events:
        at = max(event.day, start)
        found.setdefault((at.year, at.month), []).append(shown(actor, event))
    if book_of(actor, day).school_year() == year:
        found.setdefault((day.year, day.month), [])  # today has its place although nothing falls into its month
    return [
        {
            "title": f"{key[0]} 年 {key[1]} 月",
            "anchor": f"m{key[0]}{key[1]:02d}",
            "current": key == (day.year, day.month),
            "past": key < (day.year, day.month),
            "events": lines,
        }
        for key, lines in sorted(found.items())
    ]
