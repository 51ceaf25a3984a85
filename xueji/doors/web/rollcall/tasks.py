"""What of the roll-call waits for a post, as lines of the first page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Role
from xueji.registry.rollcall import selectors
from xueji.registry.rollcall.authority import school_rulebook
from xueji.registry.rollcall.models import RollState
from xueji.registry.rollcall.types import Counts, RollView


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line: where it is done, how many pupils (or lists), by when."""

    title: str
    url: str
    count: int
    due: date
    sub: str


def waiting(actor: Actor) -> Waiting | None:
    """The registrar's list to be made or finished, the deputy head's to be closed; None where nothing waits."""
    if actor.level is not Level.SCHOOL or actor.role not in (Role.REGISTRAR, Role.DEPUTY_HEAD):
        return None
    dates = school_rulebook(actor.organisation).calendar.terms.current(today())
    if dates is None:
        return None
    roll = selectors.of_school(actor.organisation, dates.code)
    if roll is None:
        in_time = actor.role is Role.REGISTRAR and today() <= dates.second_list_on
        url = reverse("web:rollcall")
        return Waiting("报到注册 · 生成名单", url, 1, dates.first_list_on, dates.title) if in_time else None
    if roll.state == RollState.CLOSED:
        return _supplements(actor, roll)
    counts = selectors.counts_of([roll.id]).get(roll.id, Counts())
    open_ones = counts.uncalled + counts.absent + counts.separated_open
    url = reverse("web:rollcall-roll", args=[roll.id])
    if actor.role is Role.DEPUTY_HEAD:
        return None if open_ones else Waiting("报到注册 · 审核办结", url, 1, dates.clear_by, dates.title)
    if not open_ones:
        return None
    parts = (("未登记", counts.uncalled), ("去向不明", counts.absent), ("人籍分离", counts.separated_open))
    words = "，".join(f"{name} {number} 人" for name, number in parts if number)
    return Waiting("报到注册", url, open_ones, dates.clear_by, words)


def _supplements(actor: Actor, roll: RollView) -> Waiting | None:
    """The deputy head's supplements of a closed roll."""
    count = selectors.supplements_open([roll.school]).get(roll.id, 0) if actor.role is Role.DEPUTY_HEAD else 0
    url = f"{reverse('web:rollcall-roll', args=[roll.id])}#supplements"
    return Waiting("报到注册 · 审核更正", url, count, today(), "已办结名单的更正") if count else None
