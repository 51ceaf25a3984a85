"""The words and colours of the roll-call, and what several of its pages need."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.due import due_words
from xueji.doors.web.names import class_names
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.terms import TermDates
from xueji.pure.kernel.types import Actor, Level, Role
from xueji.registry.rollcall import selectors
from xueji.registry.rollcall.authority import school_rulebook
from xueji.registry.rollcall.models import Presence, RollState, Standing
from xueji.registry.rollcall.types import LineView, RollView

NO_CLASS = "none"
NO_CLASS_WORDS = "借读、未编班"
TERMS_SHOWN = 4


def roll_of(request: HttpRequest, roll: UUID) -> tuple[Actor, RollView, Rulebook, TermDates]:
    """The post, the roll and its term; 404 where it is out of reach."""
    actor = actor_of(request)
    found = selectors.roll(roll)
    if found is None or (actor.level is Level.SCHOOL and found.school != actor.organisation):
        raise Http404
    book = school_rulebook(found.school)
    dates = book.calendar.terms.term(found.term)
    if dates is None:
        raise Http404
    return actor, found, book, dates


def may_enter(actor: Actor, roll: RollView) -> bool:
    """Whether this post enters into this roll."""
    return actor.role is Role.REGISTRAR and actor.organisation == roll.school and roll.state == RollState.OPEN


def term_tabs(book: Rulebook, current: str) -> list[dict[str, Any]]:
    """The term at hand and those before it, the newest first."""
    terms = book.calendar.terms.before(today(), TERMS_SHOWN, book.register_since.replace(day=1))
    return [
        {"title": one.title, "url": f"{reverse('web:rollcall')}?term={one.code}", "current": one.code == current}
        for one in terms
    ]


def asked_term(request: HttpRequest, book: Rulebook) -> TermDates | None:
    """The term that was asked for, else the one at hand; None where the rulebook holds no roll-call."""
    rules = book.calendar.terms
    asked = request.GET.get("term", "") or request.POST.get("term", "")
    return rules.term(asked) or rules.current(today())


def city_book() -> Rulebook:
    """The rulebook of the day."""
    return parameters.rulebook(today())


def standing_words(roll: RollView | None, dates: TermDates) -> tuple[str, str]:
    """Colour and words of a roll."""
    if roll is not None and roll.state == RollState.CLOSED:
        return "done", "已办结"
    if today() > dates.clear_by:
        return "wrong", f"应于 {dates.clear_by.isoformat()} 前办结，{due_words(dates.clear_by)}"
    if roll is None:
        late = today() > dates.first_list_on
        return ("wrong", "开学三天后仍未开始") if late else ("open", "未开始")
    return "progress", f"进行中，{due_words(dates.clear_by)}"


def group_key(group: UUID | None) -> str:
    """How a class stands in an address."""
    return str(group) if group else NO_CLASS


def group_of(text: str) -> UUID | None:
    """The class of an address; 404 for nonsense."""
    if text == NO_CLASS:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def class_words(groups: Iterable[UUID | None], on: date) -> dict[UUID | None, str]:
    """三（2）班 by class group, with the words for those in no class."""
    found: dict[UUID | None, str] = {None: NO_CLASS_WORDS}
    found.update(class_names(groups, on).items())
    return found


def situation(one: LineView, book: Rulebook) -> tuple[str, str]:
    """Colour and words of how a line stands now."""
    if one.standing not in Standing.expected():
        return "open", f"{Standing(one.standing).label}（不点到）"
    if one.outcome and one.outcome != "came":
        end = book.calendar.terms.end(one.outcome)
        return "progress", f"去向：{end.title if end else one.outcome}"
    if one.came_on is not None:
        later = one.presence != Presence.HERE
        return "done", f"{one.came_on.isoformat()} 到校" if later else "到"
    if one.presence == Presence.ABSENT:
        return "wrong", "未到，无事由"
    if one.presence == Presence.EXCUSED:
        return "soon", "未到，有事由"
    return "open", "未登记"
