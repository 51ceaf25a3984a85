"""Reads of trainings: who is trained by whom, how each holder stands, what runs out, courses, handovers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from xueji.duties.training.models import Course, CourseResult, Handover, Outcome
from xueji.ground.accounts.models import PostHolding
from xueji.ground.accounts.selectors import holdings_of
from xueji.ground.accounts.staffing import staffing_of, staffing_of_many
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.staffing import StaffingRules, TrainingState
from xueji.pure.kernel.types import Level, Role

#: States in words and colour.
STATE_TITLES = {
    TrainingState.UNTRAINED: "未培训",
    TrainingState.LAPSED: "已过期",
    TrainingState.LAPSING: "即将到期",
    TrainingState.TRAINED: "有效",
    TrainingState.LOCKED: "已暂停办理",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a holder stands; ``lapses_on`` the first day on which the training does not serve any more."""

    holding: PostHolding
    state: TrainingState
    lapses_on: date | None


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A course with how many passed, of how many entered."""

    course: Course
    entered: int
    passed: int


def trainees(bureau: UUID, on: date | None = None) -> QuerySet[PostHolding]:
    """Who holds a post on a day at an organisation that this bureau trains: the city its districts and own schools."""
    places = [one.id for one in organisations.schools_of(bureau, on)]
    if organisations.by_id(bureau).level == Level.CITY:
        places += [one.id for one in organisations.districts(on)]
    return holdings_of(places, on)


def standings(places: Iterable[UUID], on: date | None = None) -> list[Standing]:
    """All holders of these organisations whose posts need training, the worst first; two queries."""
    day = on or today()
    rules = staffing_of_many(places, day)
    wanted = {role.value for one in rules.values() for role in one.terms}
    held = holdings_of(rules, day).filter(post__role__in=wanted)
    found = [standing for one in held if (standing := _of(one, rules[one.post.organisation_id], day))]
    order = list(STATE_TITLES)
    return sorted(found, key=lambda one: (order.index(one.state), one.lapses_on or date.max))


def _of(one: PostHolding, rules: StaffingRules, day: date) -> Standing | None:
    role = Role(one.post.role)
    state = rules.state_of(role, one.trained_on, day, locked=one.locked_on is not None)
    return Standing(one, state, rules.lapses_on(role, one.trained_on)) if state else None


def standing_of(holding: PostHolding) -> Standing | None:
    """One holder's; None for a post that needs no training."""
    return _of(holding, staffing_of(holding.post.organisation_id), today())


def counts(found: Iterable[Standing]) -> Counter[TrainingState]:
    """How many stand how."""
    return Counter(one.state for one in found)


def lapsing(day: date) -> list[Standing]:
    """Of all organisations in reach, holders whose training runs or has run out: what reminders look at."""
    every = [one.id for one in (*organisations.schools(day), *organisations.districts(day))]
    wanted = (TrainingState.LAPSING, TrainingState.LAPSED, TrainingState.LOCKED)
    return [one for one in standings(every, day) if one.state in wanted and one.lapses_on]


def courses(*bureaus: UUID) -> list[CourseLine]:
    """The courses of bureaus, the last first; one query. Of one held at another node the counts that it told."""
    found = Course.objects.filter(bureau__in=bureaus).annotate(
        entered=Count("results"), passed=Count("results", filter=Q(results__outcome=Outcome.PASSED))
    )
    return [
        CourseLine(one, told.get("entered", one.entered), told.get("passed", one.passed))
        for one in found.order_by("-held_on", "-opened_at")
        for told in (one.counts or {},)
    ]


def course_of(course: UUID, bureau: UUID) -> Course | None:
    """A bureau's course."""
    return Course.objects.filter(pk=course, bureau=bureau).first()


def results_of(course: UUID) -> dict[UUID, CourseResult]:
    """Results by holding."""
    return {one.holding: one for one in CourseResult.objects.filter(course=course)}


def trainings_of(person: UUID) -> list[CourseResult]:
    """A person's results, the last first, each with its course."""
    return list(CourseResult.objects.filter(person=person).select_related("course").order_by("-course__held_on"))


def handovers_of(post: UUID) -> list[Handover]:
    """A post's handovers, the last first."""
    return list(Handover.objects.filter(post=post).order_by("-handed_on", "-recorded_at"))


def holders_over_time(post: UUID) -> list[PostHolding]:
    """Everyone who held the post, the last first."""
    return list(PostHolding.objects.filter(post=post).select_related("account").order_by("-started_on"))


def colleagues(organisation: UUID, on: date | None = None) -> list[tuple[UUID, str, str]]:
    """(person, name, post) of those who hold a post there; each once."""
    found: dict[UUID, tuple[UUID, str, str]] = {}
    for one in holdings_of([organisation], on).filter(account__deactivated=False):
        found.setdefault(one.account_id, (one.account_id, one.account.name, one.post.title))
    return list(found.values())
