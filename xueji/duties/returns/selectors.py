"""Reads of the returns: the current version of each organisation, who is late, the city's board (clause C5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Min

from xueji.duties.returns import hand
from xueji.duties.returns.models import Reopening, Return, ReturnState
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import day_of, today
from xueji.pure.kernel.rulebook import NotInRulebook, Round
from xueji.pure.kernel.types import Level, Refused

OPEN = "open"  # nothing made yet
STATE_TITLES = {OPEN: "未开始", **dict(ReturnState.choices)}


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One organisation on the board of a round.

    ``unit``: the central school that acts for this one (乡镇的学籍档案单位), on the reference date.
    ``late``: past its day and nothing submitted, or first submitted after it; a correction after a send-back does not
    make a return late that came in time. The city's own has no day to keep, and an unapproved migrant school none that
    counts: neither is ever late. ``keeper``: who acts for it, itself while it is open; ``reviewer``: who reviews it.
    """

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
    unit: UUID | None = None
    keeper: UUID | None = None
    reviewer: UUID | None = None
    children: list[BoardLine] = field(default_factory=list)


def round_of(code: str, division: str | None = None) -> Round:
    """The round as the rulebook in force gives it, in a district as its own layer does (``division``: its code);
    ``Refused`` for one that it does not know."""
    try:
        return parameters.rulebook(today(), division).round(code)
    except NotInRulebook:
        raise Refused("return.no_round", f"没有上报批次“{code}”。请核对，例如 2008。", "通知三.5") from None


def division_under(organisation: Organisation, bureau: Organisation | None) -> str | None:
    """Whose layer of the rulebook an organisation follows: a district its own, a school its bureau's."""
    at = bureau if organisation.level == Level.SCHOOL else organisation
    return at.code if at is not None and at.level == Level.DISTRICT else None


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


def reopening_of(made: Return) -> Reopening | None:
    """The request to open an accepted return again that is not decided yet."""
    return Reopening.objects.filter(return_id=made.id, outcome="").first()


def reopenings_of(round_code: str, organisation: UUID) -> list[Reopening]:
    """All requests of an organisation in a round, the newest first."""
    versions_ = Return.objects.filter(round=round_code, organisation=organisation).values("id")
    return list(Reopening.objects.filter(organisation=organisation, return_id__in=versions_).order_by("-asked_at"))


def reopenings_waiting(reviewer: UUID, *, examined: bool) -> dict[str, list[UUID]]:
    """The organisations whose requests wait for a reviewing bureau's clerk (its head, where ``examined``), by round."""
    waiting = Reopening.objects.filter(outcome="", examined_by__isnull=not examined).values("return_id")
    found = Return.objects.filter(id__in=waiting)
    own = found.filter(bureau=reviewer) | found.filter(bureau=None, organisation=reviewer)
    rounds: dict[str, list[UUID]] = {}
    for code, organisation in own.order_by("-round", "organisation").values_list("round", "organisation"):
        rounds.setdefault(code, []).append(organisation)
    return rounds


@dataclass(frozen=True, slots=True)
class Frozen:
    """What the closed returns of a round fix for all others: how far each journal counts, and which transactions
    within that do not count, since one of the closed returns left them out (design §3 "One child, one return")."""

    sequences: Mapping[UUID, int]
    held: frozenset[UUID]


def frozen(round_code: str, *, without: UUID | None = None) -> Frozen:
    """What is fixed in a round by the certified returns of schools, but that of ``without``, whoever asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation, sequence, left_out FROM returns_frozen(%s)", [round_code])
        rows = [row for row in cursor.fetchall() if row[0] != without]
    return Frozen({row[0]: row[1] for row in rows}, frozenset(one for row in rows for one in row[2]))


def round_before(on_round: Round) -> Round | None:
    """The round whose reference date is the eve of this one's window; None for the first round of the register."""
    if on_round.window is None:
        return None
    book, eve = parameters.rulebook(today()), on_round.window[0] - timedelta(days=1)
    for code in (*book.rounds, str(eve.year)):
        try:
            found = book.round(code)
        except NotInRulebook:
            continue
        if found.reference_date == eve:
            return found
    return None


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
    """The schools that report to a bureau in a round with this reference date; also those that closed in its year:
    their pupils went out in its flow."""
    closed = organisations.schools_closed(bureau, on.replace(year=on.year - 1), on)
    return [*organisations.schools_of(bureau, on), *closed]


def bureau_of(school: Organisation, on: date) -> Organisation | None:
    """To whom a school reports: its competent bureau on the reference date, or on its last day before it."""
    day = min(on, school.closed_on - timedelta(days=1)) if school.closed_on else on
    found = organisations.competent_bureau(school.id, day)
    if found is None:
        return None
    bureau = organisations.by_id(found)
    return organisations.keeper_of(bureau) if bureau.closed_on and bureau.closed_on <= on else bureau


def board(round_code: str, organisation: UUID) -> BoardLine:
    """An organisation's line with those that report to it below: a school's, a district's, or the whole city's."""
    on_round = round_of(round_code)
    top = organisations.by_id(organisation)
    return _line(on_round, top, None, _tree(on_round, top))


def kept(round_code: str, keeper: UUID) -> list[BoardLine]:
    """The lines of closed organisations whose records this one keeps and which owe a return of the round: schools that
    were open at some time of its year, bureaus that were open on its reference date."""
    on_round = round_of(round_code)
    lines = []
    for one in organisations.kept_by(keeper):
        if owes_closed(on_round, one):
            above = organisations.by_id(one.parent) if one.parent else None
            lines.append(_line(on_round, one, above, _tree(on_round, one)))
    return lines


def owes_closed(on_round: Round, one: Organisation) -> bool:
    """Whether a closed organisation still owes a return: a school that was open at some time of the round's year, a
    bureau that was open on its reference date."""
    on = on_round.reference_date
    since = on.replace(year=on.year - 1) if one.level == Level.SCHOOL else on
    return bool(one.closed_on and one.closed_on > since and one.opened_on <= on)


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
    first = Return.objects.filter(round=on_round.code, organisation__in=everyone).values("organisation")
    submitted = dict(first.annotate(at=Min("submitted_at")).values_list("organisation", "at"))
    if one.level == Level.SCHOOL:
        above = bureau_of(one, on_round.reference_date)
    units = organisations.related(everyone, "central_school", on_round.reference_date)
    reviewer = organisations.keeper_of(above).id if above else None
    return _build(one, above, reviewer, below, _Found(found, submitted, units, on_round.code))


@dataclass(frozen=True, slots=True)
class _Found:
    """What the lines of a board are made of: newest returns, first day of submission, central schools, and the round as
    each district has it."""

    made: Mapping[UUID, Return]
    submitted: Mapping[UUID, datetime | None]
    units: Mapping[UUID, UUID]
    code: str
    rounds: dict[str | None, Round] = field(default_factory=dict)

    def round(self, division: str | None) -> Round:
        if division not in self.rounds:
            self.rounds[division] = round_of(self.code, division)
        return self.rounds[division]


def _build(
    one: Organisation,
    above: Organisation | None,
    reviewer: UUID | None,
    below: dict[UUID, list[Organisation]],
    found: _Found,
) -> BoardLine:
    made = found.made.get(one.id)
    due = due_of(found.round(division_under(one, above)), one, above)
    first = _day(found.submitted.get(one.id))
    keeper = organisations.keeper_of(one).id
    owes = one.level != Level.CITY and (one.level != Level.SCHOOL or must_report(one))
    return BoardLine(
        organisation=one.id,
        code=one.code,
        name=one.name,
        level=one.level,
        state=made.state if made else OPEN,
        registered=made.registered if made else None,
        due=due,
        late=owes and (first or today()) > due,
        version=made.version if made else 0,
        return_id=made.id if made else None,
        must_report=one.level != Level.SCHOOL or must_report(one),
        submitted_on=_day(made.submitted_at) if made else None,
        reason=made.reason if made else "",
        unit=found.units.get(one.id),
        keeper=keeper,
        reviewer=reviewer,
        children=[_build(child, one, keeper, below, found) for child in below.get(one.id, [])],
    )


def by_unit(lines: Iterable[BoardLine]) -> list[tuple[BoardLine, list[BoardLine]]]:
    """The lines with the schools of a township under its central school (通知一.1: 农村以乡镇为单位).

    A school whose central school is not among the lines stands for itself, as every other does.
    """
    listed = list(lines)
    there = {line.organisation for line in listed}
    under: dict[UUID, list[BoardLine]] = {}
    for line in listed:
        if line.unit in there and line.unit is not None:
            under.setdefault(line.unit, []).append(line)
    return [(line, under.get(line.organisation, [])) for line in listed if line.unit not in there]


def _day(moment: datetime | None) -> date | None:
    return day_of(moment) if moment else None


def waiting_for(round_code: str, reviewer: UUID) -> int:
    """How many returns wait for a bureau's review."""
    return Return.objects.filter(round=round_code, bureau=reviewer, state=ReturnState.SUBMITTED).count()


def with_errors(round_code: str, wanted: Iterable[UUID]) -> dict[UUID, int]:
    """Organisations whose newest return has findings that block, with how many."""
    found = Return.objects.filter(round=round_code, organisation__in=set(wanted)).order_by("organisation", "-version")
    lines = found.distinct("organisation").values_list("organisation", "findings")
    counts = {one: sum(1 for item in findings if item["severity"] == "error") for one, findings in lines}
    return {one: count for one, count in counts.items() if count}


def afterwards(made: Return) -> list[dict[str, Any]]:
    """What a certified return could no longer take in, as items like those of ``in_hand``: recorded in the school's
    journal after it was certified and true by the reference date. To take it in, both schools' returns are reopened."""
    if made.level != Level.SCHOOL or made.state not in ReturnState.frozen():
        return []
    return hand.afterwards(made.organisation, made.sequence, round_of(made.round).reference_date)


def totals_of(made: Return) -> dict[str, Any]:
    """A return's totals as its page shows them: by grade (None: of no grade) and sex, with sums."""
    grades: dict[int | None, dict[str, int]] = {}
    for line in made.totals:
        cell = grades.setdefault(line["grade"], {"male": 0, "female": 0, "registered": 0, "attending": 0})
        sex = "male" if line["gender"] == "1" else "female"
        cell[sex] += line["registered"]
        cell["registered"] += line["registered"]
        cell["attending"] += line["attending"]
    total = {key: sum(cell[key] for cell in grades.values()) for key in ("male", "female", "registered", "attending")}
    ordered = sorted(grades.items(), key=lambda pair: (pair[0] is None, pair[0] or 0))
    return {"grades": dict(ordered), "total": total}
