"""What the rules of the round ask about, read for many schools in a few queries (clause C5; ``pure.rules.rounds``)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

import polars as pl
from django.db import connection

from xueji.ground.accounts.context import counting
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.districts import districts_of
from xueji.ground.organisations.models import ClassGroup, CohortPromotion
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.outside import GUEST
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.rules.rounds import LIVES, OPENING, STATE, RoundFacts
from xueji.registry.applications.models import Application, ApplicationState
from xueji.registry.applications.services.rosters import ROSTER_KINDS
from xueji.registry.register import selectors as register
from xueji.registry.rollcall import selectors as rollcall
from xueji.registry.statistics.formulas import (
    ABSENCE_FLOWS,
    ATTENDING_STOCK,
    GUESTS_HERE,
    REGISTERED_FLOW,
)


@dataclass(frozen=True)
class Counted:
    """What was counted and is looked at: the registered pupils' rows (``register.canonical``), those of the round
    before, the flow's lines with their ``school``, the schools whose opening was declared, transfers in hand."""

    on: date
    school_year: int
    after: date | None
    state: pl.DataFrame
    opening: pl.DataFrame | None = None
    flow: Sequence[Mapping[str, Any]] = ()
    declared: frozenset[str] = frozenset()
    in_hand: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


def by_rulebook(schools: Sequence[UUID], on: date) -> list[tuple[str | None, list[UUID]]]:
    """The schools in parts that follow the same values: those of a district whose own layer says otherwise than the
    city's rulebook are one of their own. With the division of each part."""
    districts = districts_of(schools, on)
    city = parameters.rulebook(on)
    parts: dict[str | None, list[UUID]] = {}
    for school in schools:
        division = districts.get(school)
        own = parameters.rulebook(on, division)
        same = own.settings == city.settings and own.exits == city.exits and own.stages == city.stages
        parts.setdefault(None if same else division, []).append(school)
    return list(parts.items())


def of_schools(counted: Counted, schools: Sequence[UUID]) -> Counted:
    """What was counted, of some of the schools."""
    own = {str(school) for school in schools}
    return replace(
        counted,
        state=counted.state.filter(pl.col("school").is_in(list(own))),
        flow=[line for line in counted.flow if line["school"] in own],
    )


def facts_of(schools: Sequence[UUID], counted: Counted, division: str | None = None) -> RoundFacts:
    """The facts of these schools under the rulebook of a division; some ten queries, however many schools."""
    book = parameters.rulebook(counted.on, division)
    own = {str(school) for school in schools}
    state = counted.state.join(numbers_of(counted.state["registration"].to_list()), on="registration", how="left")
    opening = _missing(counted.opening, state, own)
    return RoundFacts(
        schools=frozenset(own),
        on=counted.on,
        school_year=counted.school_year,
        after=counted.after,
        stages=book.stages,
        settings=book.settings,
        exits=book.exits,
        state=state.select(list(STATE)),
        opening=opening,
        lives=_lives(schools, counted.after, opening["student"].to_list()),
        flow=tuple(with_balances(line, declared=line["school"] in counted.declared) for line in counted.flow),
        declared=counted.declared,
        unpromoted=tuple(_unpromoted(state, schools, counted.school_year)),
        rosters=tuple(_rosters(schools, counted.on)),
        hand=tuple(_by_school(counted.in_hand, own)),
        ghosts=tuple(
            (str(one.school), str(one.student), one.attempts) for one in rollcall.ghosts_on(counted.on, schools)
        ),
        guests_twice=tuple(_guests_twice(schools, counted.on)),
        suspensions=_suspensions(state, book, counted.on),
        classes=_large_classes(state, int(book.settings["return_class_most"]), counted.on),
        ungraded=_ungraded(schools),
    )


def numbers_of(registrations: Collection[str]) -> pl.DataFrame:
    """``registration, number`` of these registrations, whoever holds the child now."""
    sql = "SELECT id::text, number FROM register_registration WHERE id = ANY (%s::uuid[])"
    with counting(), connection.cursor() as cursor:
        cursor.execute(sql, [list(registrations)])
        rows = cursor.fetchall()
    return pl.DataFrame(rows, schema={"registration": pl.String, "number": pl.String}, orient="row")


def with_balances(line: Mapping[str, Any], *, declared: bool = False) -> dict[str, Any]:
    """A stored line (figures that are nought are left out) with the two balances that it must keep (invariant 7).

    A declared line has no flow of absences: its 在校 is balanced by the totals.
    """

    def total(names: Iterable[str]) -> int:
        return sum(int(line.get(name) or 0) for name in names)

    registered = total(REGISTERED_FLOW.left) == total(REGISTERED_FLOW.right)
    if declared:
        return {**line, "registered_balanced": registered, "attending_balanced": bool(line["balanced"])}
    right = ["attending" if name == "attending" else f"{name}_closing" for name in ATTENDING_STOCK.right]
    stock = total(("registered", f"{GUESTS_HERE}_closing")) == total(right)
    flows = all(total(one.left) == total(one.right) for one in ABSENCE_FLOWS)
    return {**line, "registered_balanced": registered, "attending_balanced": stock and flows}


def _guests_twice(schools: Sequence[UUID], on: date) -> list[tuple[str, str]]:
    """Guests from outside who are so at another school too, wherever it is; nothing is opened where there are none."""
    own = {(str(one.school), str(one.child)) for one in register.outside_guests(schools, on)}
    if not own:
        return []
    with counting():
        everywhere = register.outside_children(None, decrypt=True)
    by_document: dict[str, set[tuple[str, str]]] = {}
    for one in everywhere:
        number = one.said.get("id_number", "").strip().upper()
        if number and one.standing == GUEST and one.holds(on):
            by_document.setdefault(number, set()).add((str(one.school), str(one.child)))
    twice = {key for held in by_document.values() if len({school for school, _ in held}) > 1 for key in held}
    return sorted(own & twice)


# The latest entry decides, under whatever registration: a merger of schools begins a new one and says nothing of it.
_SUSPENSIONS = """
SELECT one.student::text, (SELECT e.basis ->> 'until' FROM journals_entry e
  WHERE e.student = one.student AND e.kind = ANY (%(kinds)s) AND e.effective_on <= %(on)s
  ORDER BY e.effective_on DESC, e.student_seq DESC LIMIT 1)
FROM unnest(%(students)s::uuid[]) AS one (student)
"""


def _suspensions(state: pl.DataFrame, book: Rulebook, on: date) -> dict[str, date | None]:
    """The last day that was said of each suspension; nothing is asked where nobody is suspended."""
    students = state.filter(pl.col("presence") == "suspended")["student"].to_list()
    if not students:
        return {}
    kinds = [change.kind for change in book.changes.values() if change.to_status == "suspended"]
    with counting(), connection.cursor() as cursor:
        cursor.execute(_SUSPENSIONS, {"students": students, "kinds": kinds, "on": on})
        return {student: date.fromisoformat(until) if until else None for student, until in cursor.fetchall()}


def _missing(opening: pl.DataFrame | None, state: pl.DataFrame, own: set[str]) -> pl.DataFrame:
    """Who stood in the round before and is not in the state: whether they left is asked of their registrations."""
    if opening is None:
        return pl.DataFrame(schema=OPENING)
    gone = opening.filter(pl.col("school").is_in(list(own))).join(state, on="registration", how="anti")
    return gone.join(numbers_of(gone["registration"].to_list()), on="registration", how="left").select(list(OPENING))


_LIVES = """
WITH own AS (
  SELECT DISTINCT s.student_id FROM register_registration s
  WHERE NOT s.voided AND s.school = ANY (%(schools)s) AND (s.ended_on IS NULL OR s.ended_on > %(after)s)
  UNION SELECT unnest(%(missing)s::uuid[])
)
SELECT r.student_id::text, r.id::text, r.school::text, r.stage, r.number, r.started_on, r.ended_on, r.how_started,
  r.how_ended
FROM own JOIN register_registration r ON r.student_id = own.student_id
WHERE NOT r.voided AND (r.student_id = ANY (%(missing)s::uuid[]) OR EXISTS (
  SELECT FROM register_registration o WHERE o.student_id = r.student_id AND o.id <> r.id AND NOT o.voided))
"""


def _lives(schools: Sequence[UUID], after: date | None, missing: Sequence[str]) -> pl.DataFrame:
    """All registrations, wherever, of the schools' pupils who have several, and of those who are missing."""
    params: dict[str, Any] = {"schools": list(schools), "after": after or date.min, "missing": list(missing)}
    with counting(), connection.cursor() as cursor:
        cursor.execute(_LIVES, params)
        return pl.DataFrame(cursor.fetchall(), schema=dict(LIVES), orient="row")


def _unpromoted(state: pl.DataFrame, schools: Sequence[UUID], school_year: int) -> list[tuple[str, str, int]]:
    """Cohorts in a grade that were here before the school year and are not confirmed as moved up."""
    older = state.filter((pl.col("intake_year") < school_year) & pl.col("grade").is_not_null())
    cohorts: set[tuple[str, str, int]] = set(older.select("school", "stage", "intake_year").unique().rows())
    done = CohortPromotion.objects.filter(school__in=schools, school_year=school_year)
    return sorted(
        cohorts
        - {(str(school), stage, year) for school, stage, year in done.values_list("school", "stage", "intake_year")}
    )


def _rosters(schools: Sequence[UUID], on: date) -> list[tuple[str, str, int]]:
    """Rosters of any kind that were lodged by the day and are not decided yet: school, day, rows."""
    found = Application.objects.filter(
        school__in=schools, kind__in=ROSTER_KINDS, lodged_on__lte=on, state__in=ApplicationState.under_way()
    )
    rows = found.order_by("lodged_at", "id").values_list("school", "lodged_on", "rows")
    return [(str(school), day.isoformat(), count) for school, day, count in rows]


def _by_school(items: Sequence[Mapping[str, Any]], own: set[str]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """What is in hand stands on both sides' lists."""
    for item in items:
        for school in sorted({item["sending"], item["receiving"]} & own):
            yield school, item


def _large_classes(state: pl.DataFrame, most: int, on: date) -> dict[str, str]:
    """The shown names of the classes that the rule of class sizes will speak of."""
    sizes = state.filter(pl.col("class_group").is_not_null()).group_by("class_group").agg(size=pl.len())
    large = sizes.filter(pl.col("size") > most)["class_group"].to_list()
    stages = parameters.rulebook(on).stages
    groups = ClassGroup.objects.select_related("site").in_bulk([UUID(one) for one in large]) if large else {}
    return {str(key): organisations.class_display_name(one, on, stages=stages) for key, one in groups.items()}


def _ungraded(schools: Sequence[UUID]) -> frozenset[str]:
    """Special schools: no rule of age for grade."""
    found = organisations.by_ids(schools)
    return frozenset(str(key) for key, one in found.items() if one.kind == "special")
