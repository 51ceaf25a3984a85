"""Reads of the returns: the current version of each organisation, who is late, the city's board (clause C5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from xueji.duties.returns.models import Return, ReturnState
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import LOCAL_ZONE, today
from xueji.pure.kernel.rulebook import NotInRulebook, Round
from xueji.pure.kernel.types import Level, Refused

OPEN = "open"  # nothing made yet
STATE_TITLES = {OPEN: "未开始", **dict(ReturnState.choices)}


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One organisation on the board of a round. ``late``: past its date and not submitted in time."""

    organisation: UUID
    code: str
    name: str
    level: str
    state: str
    registered: int | None
    due: date
    late: bool
    version: int = 0
    return_id: UUID | None = None
    must_report: bool = True
    submitted_on: date | None = None
    reason: str = ""
    children: list[BoardLine] = field(default_factory=list)


def round_of(code: str) -> Round:
    """The round as the rulebook in force gives it; ``Refused`` for one that it does not know."""
    try:
        return parameters.rulebook(today()).round(code)
    except NotInRulebook:
        raise Refused("return.no_round", f"没有上报批次“{code}”。请核对，例如 2008。", "通知三.5") from None


def current(round_code: str, organisation: UUID) -> Return | None:
    """The newest version of an organisation's return, None where none was made."""
    return Return.objects.filter(round=round_code, organisation=organisation).order_by("-version").first()


def currents(round_code: str, wanted: Iterable[UUID]) -> dict[UUID, Return]:
    """The newest versions of several organisations, in one query."""
    found = Return.objects.filter(round=round_code, organisation__in=set(wanted)).order_by("organisation", "-version")
    return {one.organisation: one for one in found.distinct("organisation")}


def versions(round_code: str, organisation: UUID) -> list[Return]:
    """All versions of an organisation's return, the newest first: certified ones stand beside later ones."""
    return list(Return.objects.filter(round=round_code, organisation=organisation).order_by("-version"))


def frozen_sequences(round_code: str) -> dict[UUID, int]:
    """How far each school's journal counts in a round: fixed when its return was certified (design §3 "One child,
    one return")."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation, sequence FROM returns_frozen(%s)", [round_code])
        return dict(cursor.fetchall())


def due_of(on_round: Round, organisation: Organisation, bureau: Organisation | None) -> date:
    """The day by which an organisation's return must be submitted."""
    if organisation.level == Level.SCHOOL:
        under_city = bureau is not None and bureau.level == Level.CITY
        return on_round.city_school_due if under_city else on_round.school_due
    return on_round.bureau_due


def must_report(school: Organisation) -> bool:
    """Whether a bureau waits for this school: an unapproved migrant school never blocks it (clause A1)."""
    return bool(school.fields.get("is_approved", True))


def reporting_schools(bureau: UUID, on: date) -> list[Organisation]:
    """The schools that report to a bureau in a round with this reference date."""
    return list(organisations.schools_of(bureau, on))


def board(round_code: str, organisation: UUID) -> BoardLine:
    """An organisation's line with those that report to it below: a school's, a district's, or the whole city's."""
    on_round = round_of(round_code)
    top = organisations.by_id(organisation)
    return _line(on_round, top, None, _tree(on_round, top))


def _tree(on_round: Round, top: Organisation) -> dict[UUID, list[Organisation]]:
    """Who reports to whom on the reference date; at most one query a bureau."""
    below: dict[UUID, list[Organisation]] = {}
    if top.level == Level.SCHOOL:
        return below
    below[top.id] = reporting_schools(top.id, on_round.reference_date)
    if top.level == Level.CITY:
        districts = list(organisations.districts(on_round.reference_date))
        for district in districts:
            below[district.id] = reporting_schools(district.id, on_round.reference_date)
        below[top.id] = [*districts, *below[top.id]]
    return below


def _line(
    on_round: Round, one: Organisation, above: Organisation | None, below: dict[UUID, list[Organisation]]
) -> BoardLine:
    everyone = {one.id, *(child.id for children in below.values() for child in children)}
    found = currents(on_round.code, everyone)
    return _build(on_round, one, above, below, found)


def _build(
    on_round: Round,
    one: Organisation,
    above: Organisation | None,
    below: dict[UUID, list[Organisation]],
    found: dict[UUID, Return],
) -> BoardLine:
    made = found.get(one.id)
    due = due_of(on_round, one, above)
    submitted = made.submitted_at.astimezone(LOCAL_ZONE).date() if made and made.submitted_at else None
    return BoardLine(
        organisation=one.id,
        code=one.code,
        name=one.name,
        level=one.level,
        state=made.state if made else OPEN,
        registered=made.registered if made else None,
        due=due,
        late=(submitted or today()) > due,
        version=made.version if made else 0,
        return_id=made.id if made else None,
        must_report=one.level != Level.SCHOOL or must_report(one),
        submitted_on=submitted,
        reason=made.reason if made else "",
        children=[_build(on_round, child, one, below, found) for child in below.get(one.id, [])],
    )


def totals_of(made: Return) -> dict[str, Any]:
    """A return's totals as its page shows them: by grade and sex, with sums."""
    grades: dict[int, dict[str, int]] = {}
    for line in made.totals:
        cell = grades.setdefault(line["grade"], {"male": 0, "female": 0, "registered": 0, "attending": 0})
        sex = "male" if line["gender"] == "1" else "female"
        cell[sex] += line["registered"]
        cell["registered"] += line["registered"]
        cell["attending"] += line["attending"]
    total = {key: sum(cell[key] for cell in grades.values()) for key in ("male", "female", "registered", "attending")}
    return {"grades": dict(sorted(grades.items())), "total": total}
