"""The standing list: the rules of the round over the live state, all year round (issue 4 "The return in full").

A school's lines are made on view, always of now. For a bureau's overview a job keeps the counts of each school and
makes them anew when its journal went on, or the day turned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from xueji.duties.returns import hand
from xueji.duties.returns.counting import Basis, window_between, year_of
from xueji.duties.returns.facts import Counted, by_rulebook, facts_of, of_schools
from xueji.duties.returns.models import Standing
from xueji.duties.returns.selectors import round_of
from xueji.ground.accounts.context import acting_system
from xueji.ground.journals import selectors as journals
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.rules.rounds import run_round_rules
from xueji.registry.register.selectors import present_cut
from xueji.registry.snapshots.state import state_at
from xueji.registry.statistics.flows import flows

#: So many schools are looked at at once.
BATCH = 50


def findings_now(schools: Sequence[UUID], on: date | None = None) -> dict[UUID, list[dict[str, Any]]]:
    """What each of these schools has open now; a school without findings is missing. One set of queries for all.

    Within the actor's jurisdiction; ``Refused`` for other schools.
    """
    day = on or today()
    stages, eve = parameters.rulebook(day).stages, eve_of_window(day)
    basis = Basis(present_cut())
    closing = state_at(day, basis.cut, schools, digests=False)
    # The year that runs is counted from what the register says of its eve; before the register there was none.
    year = None if eve < parameters.rulebook(day).register_since else window_between(eve, day, schools, basis)
    lines = flows(**year.counted(closing), stages=stages) if year else None
    counted = Counted(
        on=day,
        school_year=stages.school_year_of(day),
        after=eve,
        state=closing.registered,
        opening=year.begin.registered if year else None,
        flow=lines.to_dicts() if lines is not None else (),
    )
    return _found(schools, counted, standing=True)


def _found(schools: Sequence[UUID], counted: Counted, *, standing: bool) -> dict[UUID, list[dict[str, Any]]]:
    """The findings of these schools, each by the rulebook of its district."""
    found: dict[str, list[dict[str, Any]]] = {}
    for division, some in by_rulebook(schools, counted.on):
        found |= run_round_rules(facts_of(some, of_schools(counted, some), division), standing=standing)
    return {UUID(school): items for school, items in found.items()}


def findings_of_round(round_code: str, schools: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """What the returns of all these schools would say if they were made now, by every rule of the round; one set of
    queries however many schools. The flow begins with what the register says of the eve, not with a frozen return."""
    on_round = round_of(round_code)
    day = on_round.reference_date
    basis = Basis(present_cut())
    closing = state_at(day, basis.cut, schools, digests=False)
    year = year_of(on_round, schools, basis, None)
    lines = flows(**year.counted(closing), stages=parameters.rulebook(day).stages) if year else None
    counted = Counted(
        on=day,
        school_year=on_round.school_year,
        after=year.begin.on if year else None,
        state=closing.registered,
        opening=year.begin.registered if year else None,
        flow=lines.to_dicts() if lines is not None else (),
        in_hand=hand.transfers_in_hand(schools, day),
    )
    return _found(schools, counted, standing=False)


def eve_of_window(day: date) -> date:
    """The reference date before a day: the window that runs on it begins the day after."""
    calendar = parameters.rulebook(day).calendar
    reference = calendar.reference_date(day.year)
    return reference if day > reference else calendar.reference_date(day.year - 1)


def counts_of(schools: Iterable[UUID]) -> dict[UUID, Standing]:
    """The counts as they were last made, by school."""
    return {one.organisation: one for one in Standing.objects.filter(organisation__in=set(schools))}


class Recounted(NamedTuple):
    """Schools counted anew, and those left for the next time."""

    done: int
    left: int


def recount(most: int = BATCH) -> Recounted:
    """Make the counts anew of schools whose journal went on since, or whose counts are of another day: at most so
    many of them. In the system's own name."""
    with acting_system():
        stale = list(_stale())
        some = dict(stale[:most])
        if some:
            _count(some)
    return Recounted(len(some), len(stale) - len(some))


def _stale() -> Iterator[tuple[UUID, int]]:
    heads, day = journals.heads(), today()
    kept = {one.organisation: one for one in Standing.objects.all()}
    for school in organisations.schools(day):
        head, before = heads.get(school.id, 0), kept.get(school.id)
        if before is None or before.head != head or before.on != day:
            yield school.id, head


@transaction.atomic
def _count(heads: dict[UUID, int]) -> None:
    found = findings_now(list(heads))
    rows = []
    for school, head in heads.items():
        items = found.get(school, [])
        severities = Counter(item["severity"] for item in items)
        rows.append(
            Standing(
                organisation=school, on=today(), head=head, errors=severities["error"], queries=severities["query"],
                codes=dict(Counter(item["code"] for item in items)), counted_at=environment().now(),
            )
        )  # fmt: skip
    Standing.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["organisation"],
        update_fields=["on", "head", "errors", "queries", "codes", "counted_at"],
    )
