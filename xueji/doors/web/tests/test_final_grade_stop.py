"""The rule of 2014: nothing new about the final grade from 1 July, nothing agreed to from 15 July (domain.md §3.4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.small_city import PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.doors.web.tests.support import load, signed_in
from xueji.ground.accounts.context import acting
from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.rulebook import FINAL_GRADE_STOP
from xueji.pure.kernel.school_calendar import EventKind, events_of
from xueji.pure.kernel.types import Refused
from xueji.pure.procedures import limits
from xueji.pure.procedures.frame import procedures
from xueji.registry.applications import services
from xueji.registry.applications.tests.support import step
from xueji.registry.applications.tests.test_limits_of_changes import Case, facts_of, place
from xueji.registry.applications.tests.ways import papers, pdf_of
from xueji.registry.register import selectors as register

BOOK = rulebook_from_files(date(2015, 7, 1), city="nanjing-2014")
(STOP,) = BOOK.final_grade_stops
MAY, JUNE_30 = date(2015, 5, 20), date(2015, 6, 30)


def _stopped(kind: str, today: date, lodged_on: date, grade: int) -> bool:
    """Whether the stop speaks against a change about a pupil of that grade, looked at on a day."""
    where = replace(place(grade), intake_year=BOOK.stages.intake_year_of(grade, 2014))
    facts = replace(
        facts_of("suspension", Case()), change=BOOK.change(kind), book=BOOK, on=today, today=today,
        lodged_on=lodged_on, place=where,
    )  # fmt: skip
    return STOP.code in {one.code for one in limits.refusals(facts)}


@pytest.mark.parametrize(
    ("today", "lodged_on", "stopped"),
    [
        (JUNE_30, JUNE_30, False),
        (date(2015, 7, 1), date(2015, 7, 1), True),
        (date(2015, 7, 2), date(2015, 7, 2), True),
        (date(2015, 7, 1), JUNE_30, False),  # lodged before, or on a paper of that day
        (date(2015, 7, 14), MAY, False),
        (date(2015, 7, 15), MAY, True),
        (date(2015, 7, 16), MAY, True),
        (date(2015, 8, 14), date(2015, 8, 14), True),
        (date(2015, 8, 15), date(2015, 8, 15), False),
    ],
)
def test_nothing_new_from_1_july_and_nothing_open_from_15_july_of_the_final_grade_alone(
    today: date, lodged_on: date, *, stopped: bool
) -> None:
    of_a_pupil = [kind for kind in STOP.kinds if kind in procedures()]
    assert len(of_a_pupil) == len(STOP.kinds) - 1  # a row's grade: test_limits_of_rosters
    assert {kind for kind in of_a_pupil if _stopped(kind, today, lodged_on, 6)} == (
        set(of_a_pupil) if stopped else set()
    )
    assert not any(_stopped(kind, today, lodged_on, 5) for kind in of_a_pupil)


def test_the_stop_and_its_last_day_stand_in_the_calendar_once() -> None:
    found = [event for event in events_of(BOOK, 2014) if event.subject == f"stop:{STOP.code}"]
    assert [(one.kind, one.first, one.last) for one in found] == [
        (EventKind.FROZEN, date(2015, 7, 1), date(2015, 8, 14)),
        (EventKind.DUE, date(2015, 7, 14), date(2015, 7, 14)),
    ]


def test_the_rule_of_2008_knows_no_stop() -> None:
    book = rulebook_from_files(date(2008, 9, 22))
    assert not book.final_grade_stops
    assert all(one.kind != FINAL_GRADE_STOP for change in book.changes.values() for one in change.limits)


@pytest.fixture
def city_rulebook() -> str:
    return "nanjing-2014"


def _leavers(city: SmallCity, _environment: SeededEnvironment) -> UUID:
    load(city, PRIMARY, range(2), 5, QINHUAI)  # grade 5 when the register began, in 2007
    with acting(city.registrar(PRIMARY)) as registrar:
        return register.find_students(schools=[registrar.organisation], grade=6).pupils[0].student


@pytest.fixture
def beginning() -> Beginning:
    return _leavers


CLAIM = {"effective_on": "2009-06-30", "until": "2009-12-31", "country": "新加坡", "reason_code": "with_parents"}


@pytest.mark.usefixtures("fresh_database")
def test_every_door_takes_it_in_on_30_june_and_from_1_july_only_from_a_paper_of_before(
    small_city: SmallCity, begun: UUID, environment: SeededEnvironment
) -> None:
    def on(month: int, day: int) -> None:
        environment.move_to(datetime(2009, month, day, 9, tzinfo=LOCAL_ZONE))

    def lodge(paper_date: date | None = None) -> UUID:
        with acting(small_city.registrar(PRIMARY)) as actor:
            keys = [one.key for one in BOOK.change("abroad").evidence]
            return services.lodge_change(
                actor=actor, kind="abroad", school=actor.organisation, student=begun, claim=CLAIM,
                evidence=papers(actor, tuple(keys)), paper_date=paper_date,
                paper_reason="6 月 30 日停电" if paper_date else "",
            ).application  # fmt: skip

    on(6, 30)
    first = lodge()
    with acting(small_city.registrar(PRIMARY)) as actor:
        services.retract(actor=actor, application=first)
    on(7, 1)
    for paper_date in (None, date(2009, 7, 1)):
        with pytest.raises(Refused) as refused:
            lodge(paper_date)
        assert (refused.value.code, refused.value.basis) == (STOP.code, STOP.basis)
        assert "停止受理" in refused.value.message
    files = {f"paper_{one.key}": SimpleUploadedFile("a.pdf", pdf_of(one.key)) for one in BOOK.change("abroad").evidence}
    page = signed_in(small_city.registrar(PRIMARY)).post(f"/changes/new/abroad/{begun}/", {**CLAIM, **files})
    assert (page.status_code, "停止受理" in page.content.decode()) == (409, True)
    pending = lodge(JUNE_30.replace(year=2009))
    step(small_city.proofreader(PRIMARY), pending, "proofread")
    on(7, 15)
    with pytest.raises(Refused, match="未办结的请撤回或不予同意"):
        step(small_city.deputy_head(PRIMARY), pending, "decide")
    refused_one = step(small_city.deputy_head(PRIMARY), pending, "refuse", reason="停办期，未能办结")
    assert refused_one.state == "refused"
