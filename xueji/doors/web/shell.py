"""What stands around every page: places, post and organisation, next due date, the demo's date."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, TypedDict

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from xueji.doors.web.actors import Session, session_of
from xueji.doors.web.due import due_state
from xueji.doors.web.places import REGISTRY_POSTS, ROLE_NAMES, Place, places_of, under_of
from xueji.ground.accounts.selectors import CAPACITY_TITLES
from xueji.registry.cases import selectors as cases
from xueji.registry.cases.types import Waiting

_WAITING = "xueji_waiting"


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line at the left: a place, or a page below it."""

    key: str
    title: str
    short: str
    url: str
    current: bool = False
    exact: bool = False
    count: int = 0
    under: tuple[ShownLine, ...] = ()


class NextDue(TypedDict):
    """The nearest date by which this post has to act."""

    url: str
    state: str
    text: str


@dataclass(frozen=True, slots=True)
class Shell:
    """Everything that ``page.html`` needs beside the page's own values."""

    organisation_name: str = ""
    role_name: str = ""
    person_name: str = ""
    many_posts: bool = False
    may_search: bool = False
    places: tuple[ShownLine, ...] = ()
    next_due: NextDue | None = None
    unread: str = ""
    notices_url: str = ""
    business_date: date | None = None
    idle_seconds: int = 0
    extras: dict[str, Any] = field(default_factory=dict)


@cache
def address(name: str) -> str:
    """The address of a place; '' where this installation lacks the room behind it. Asked twenty times a page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _line(place: Place, session: Session, path: str, waiting: int) -> ShownLine:
    url = address(place.url)
    current = bool(url) and (_at_home(place, path) if place.key == "home" else path.startswith(url))
    if not current:
        # A page below a place may have an address of its own.
        current = any(path.startswith(below) for one in under_of(place, session.actor) if (below := address(one.url)))
    return ShownLine(
        key=place.key,
        title=place.title,
        short=place.short,
        url=url,
        current=current,
        exact=path == url,
        count=waiting if place.key == "changes" else 0,
        under=_lines_below(place, session, path) if current else (),
    )


def _at_home(place: Place, path: str) -> bool:
    """The first page is at the root, where every address begins: it is named whole, what lies below it by its own."""
    return path == address(place.url) or any(path.startswith(address(one.url)) for one in place.under)


def _lines(session: Session, path: str, waiting: int) -> list[ShownLine]:
    return [_line(place, session, path, waiting) for place in places_of(session.actor)]


def _lines_below(place: Place, session: Session, path: str) -> tuple[ShownLine, ...]:
    made = [(one.title, address(one.url)) for one in under_of(place, session.actor)]
    # Of two addresses that the path begins with, the longer one is meant.
    nearest = max((url for _, url in made if url and path.startswith(url)), key=len, default="")
    return tuple(ShownLine("", title, title, url, current=url == nearest) for title, url in made if url)


def _shell(request: HttpRequest) -> Shell:
    session = session_of(request)
    business_date = settings.XUEJI_BUSINESS_DATE
    if session is None:
        return Shell(business_date=business_date)
    actor = session.actor
    waiting: Waiting | None = getattr(request, _WAITING, None)
    if waiting is None and actor.role in REGISTRY_POSTS:
        waiting = cases.waiting(actor, stage=session.stage)
    count = waiting.count if waiting else 0
    stands = CAPACITY_TITLES[actor.capacity]
    next_due: NextDue | None = None
    if waiting and waiting.next_due:
        next_due = {
            "url": address("web:changes"),
            "state": due_state(waiting.next_due),
            "text": f"最近一项应于 {waiting.next_due.isoformat()} 前办结",
        }
    return Shell(
        organisation_name=session.organisation_name,
        role_name=f"{ROLE_NAMES[actor.role]}{f'（{stands}）' if stands else ''}",
        person_name=actor.name,
        many_posts=session.many_posts,
        may_search=actor.role in REGISTRY_POSTS,
        places=tuple(line for line in _lines(session, request.path, count) if line.url),
        next_due=next_due,
        unread=_unread(waiting.unread) if waiting else "",
        notices_url=address("web:notices") if waiting else "",
        business_date=business_date,
        idle_seconds=settings.XUEJI_IDLE_SECONDS,
    )


def know_waiting(request: HttpRequest, waiting: Waiting) -> None:
    """A view that has counted the inbox already says so: the frame does not count it again."""
    setattr(request, _WAITING, waiting)


def _unread(count: int) -> str:
    return "" if not count else f"{count}" if count < 100 else "99+"


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor; nothing is asked of the database on pages without a frame."""
    return {"shell": SimpleLazyObject(lambda: _shell(request)), "business_date": settings.XUEJI_BUSINESS_DATE}
