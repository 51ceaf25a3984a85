"""Every limit that the rulebook sets to a change of one pupil refuses with its sentence and its basis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.fold import RegistrationState, Spell, StudentState
from xueji.pure.kernel.outside import GUEST, OutsideChild
from xueji.pure.kernel.rulebook import FINAL_GRADE_STOP, Limit, Rulebook
from xueji.pure.procedures.frame import ChangeFacts, ClassPlace, decide, procedures
from xueji.pure.procedures.leaving import Leaver, leaving
from xueji.pure.procedures.roster_limits import RowFacts, broken
from xueji.pure.procedures.transfer import Place, TransferFacts, broken_limits
from xueji.pure.procedures.transfer import refusals as transfer_refusals
from xueji.registry.applications.services.completing.leavers import STAYING

SCHOOL, HOST, STUDENT, REGISTRATION, ENTRY = (UUID(int=number) for number in range(1, 6))
DAY = date(2008, 9, 22)
BOOK = rulebook_from_files(DAY, "320104")
OTHER = rulebook_from_files(DAY, "320104", city="nanjing-2014")
BOOKS = {"nanjing-2008": BOOK, "nanjing-2014": OTHER}
BEGUN = date(2008, 3, 3)


def place(grade: int, class_no: int = 1, *, school: UUID = SCHOOL) -> ClassPlace:
    """A primary class of a grade on the day."""
    year = BOOK.stages.intake_year_of(grade, 2008)
    return ClassPlace(UUID(int=year * 10 + class_no), school, "primary", year, class_no, grade, grade == 6)


@dataclass(frozen=True)
class Case:
    """How a pupil of grade 3 stands, and what is asked for."""

    claim: Mapping[str, str] = field(default_factory=dict)
    status: str = "in_school"
    attends: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def facts_of(kind: str, case: Case, book: Rulebook = BOOK) -> ChangeFacts:
    """The facts of the case; by default lodged, and true, on the day."""
    registration = RegistrationState(
        REGISTRATION, SCHOOL, "primary", "3201042100120060101", "s", date(2007, 9, 15), "opening", ENTRY
    )
    registration.spells = [
        Spell("status", "in_school", date(2007, 9, 15), BEGUN if case.status != "in_school" else None, ENTRY),
        Spell("class_group", str(place(3).class_group), date(2007, 9, 15), None, ENTRY),
    ]
    if case.status != "in_school":
        registration.spells.append(Spell("status", case.status, BEGUN, None, ENTRY))
    if case.attends:
        registration.spells.append(Spell("attends", str(case.attends), BEGUN, None, ENTRY))
    state = StudentState(registrations={REGISTRATION: registration}, fields={"birth_date": "2000-01-05"})
    made = ChangeFacts(
        student=STUDENT,
        state=state,
        on=date.fromisoformat(case.claim.get("effective_on", DAY.isoformat())),
        lodged_on=DAY,
        today=DAY,
        applicant=SCHOOL,
        change=book.change(kind),
        book=book,
        claim=case.claim,
        current=registration,
        place=place(3),
        left_from=place(3),
        to_school=HOST,
        to_kind="special",
        to_stages=("primary", "junior"),
        history=(("guest_begin", BEGUN),) if case.attends else (),
    )
    return replace(made, **case.facts)


def day_of(days: int) -> date:
    return DAY + timedelta(days=days)


def day(days: int) -> str:
    return (DAY + timedelta(days=days)).isoformat()


_DROPOUT = {"effective_on": day(0), "absent_since": day(-20), "contact_attempts": "2"}
_FINAL = {"place": place(6), "left_from": place(6)}
#: A child without a registration here; where something is asked of it, a guest since some months.
_NEW = {
    "state": StudentState(),
    "current": None,
    "place": None,
    "to": place(3),
    "outside": OutsideChild(
        STUDENT, SCHOOL, GUEST, "primary", 2006, "1", place(3).class_group, BEGUN, day_of(60), BEGUN, None, {}
    ),
}
#: (limit, kind) → a case that breaks it and nothing else.
BROKEN: dict[tuple[str, str], Case] = {
    ("suspension_one_year", "suspension"): Case({"effective_on": day(0), "until": day(366)}),
    ("suspension_last_term", "suspension"): Case(
        {"effective_on": "2009-03-02", "until": "2009-08-31"}, facts={**_FINAL, "lodged_on": date(2009, 3, 2)}
    ),
    ("suspension_ahead", "suspension"): Case({"effective_on": day(61), "until": day(90)}),
    ("suspension_late", "suspension"): Case({"effective_on": day(-31), "until": day(90)}),
    ("required_suspension_one_year", "required_suspension"): Case({"effective_on": day(0), "until": day(366)}),
    ("required_suspension_ahead", "required_suspension"): Case({"effective_on": day(61), "until": day(90)}),
    ("suspension_two_years", "suspension_extension"): Case({"until": "2010-04-30"}, "suspended"),
    ("extension_in_time", "suspension_extension"): Case(
        {"until": day(200)}, "suspended", facts={"due_back": DAY + timedelta(days=10)}
    ),
    ("resumption_one_lower", "resumption"): Case({"effective_on": day(0)}, "suspended", facts={"to": place(1)}),
    ("resumption_early_lower", "resumption"): Case(
        {"effective_on": day(0)}, "suspended", facts={"to": place(2), "due_back": DAY + timedelta(days=30)}
    ),
    ("resumption_ahead", "resumption"): Case({"effective_on": day(31)}, "suspended"),
    ("dropout_two_weeks", "dropout"): Case({**_DROPOUT, "absent_since": day(-13)}),
    ("dropout_contact", "dropout"): Case({**_DROPOUT, "contact_attempts": "1"}),
    ("dropout_ahead", "dropout"): Case({**_DROPOUT, "effective_on": day(1)}),
    ("dropout_late", "dropout"): Case({**_DROPOUT, "effective_on": day(-31), "absent_since": day(-50)}),
    ("dropout_return_ahead", "dropout_return"): Case({"effective_on": day(31)}, "dropped_out"),
    ("dropout_return_lower", "dropout_return"): Case(
        {}, "dropped_out", facts={"to": place(1), "left_from": place(5), "place": place(5)}
    ),
    ("abroad_ahead", "abroad"): Case({"effective_on": day(61)}),
    ("abroad_late", "abroad"): Case({"effective_on": day(-31)}),
    ("abroad_return_ahead", "abroad_return"): Case({"effective_on": day(31)}, "abroad"),
    ("abroad_return_lower", "abroad_return"): Case({}, "abroad", facts={"to": place(1), "left_from": place(4)}),
    ("death_ahead", "death"): Case({"effective_on": day(1)}),
    ("death_report", "death"): Case({"effective_on": day(-21)}),
    ("class_change_ahead", "class_change"): Case({"effective_on": day(61)}, facts={"to": place(3, 2)}),
    ("class_change_late", "class_change"): Case({"effective_on": day(-31)}, facts={"to": place(3, 2)}),
    ("skip_one_grade", "grade_skip"): Case(facts={"to": place(5)}),
    ("skip_once", "grade_skip"): Case(facts={"to": place(4), "history": (("grade_skip", BEGUN),)}),
    ("grade_skip_ahead", "grade_skip"): Case({"effective_on": day(61)}, facts={"to": place(4)}),
    ("guest_one_year", "guest_begin"): Case({"effective_on": day(0), "until": day(366)}),
    ("guest_ahead", "guest_begin"): Case({"effective_on": day(61), "until": day(90)}),
    ("guest_late", "guest_begin"): Case({"effective_on": day(-31), "until": day(90)}),
    ("guest_last_term", "guest_begin"): Case(
        {"effective_on": "2009-03-02", "until": "2009-06-30"}, facts={**_FINAL, "lodged_on": date(2009, 3, 2)}
    ),
    ("guest_extension_one_year", "guest_extension"): Case({"until": day(366)}, attends=HOST),
    ("guest_end_ahead", "guest_end"): Case({"effective_on": day(31)}, attends=HOST),
    ("inclusion_ahead", "inclusion"): Case({"effective_on": day(61)}),
    ("inclusion_end_ahead", "inclusion_end"): Case({"effective_on": day(61)}),
    ("special_school_ahead", "special_school"): Case({"effective_on": day(61)}),
    ("special_school_return_ahead", "special_school_return"): Case({"effective_on": day(31)}, attends=HOST),
    ("home_teaching_ahead", "home_teaching"): Case({"effective_on": day(61)}),
    ("home_teaching_end_ahead", "home_teaching_end"): Case({"effective_on": day(61)}),
    ("guest_outside_one_year", "guest_outside_begin"): Case({"effective_on": day(0), "until": day(366)}),
    ("guest_outside_ahead", "guest_outside_begin"): Case({"effective_on": day(61), "until": day(90)}),
    ("guest_outside_late", "guest_outside_begin"): Case({"effective_on": day(-31), "until": day(90)}, facts=_NEW),
    ("guest_outside_extension_one_year", "guest_outside_extension"): Case({"until": day(366)}, facts=_NEW),
    ("guest_outside_end_ahead", "guest_outside_end"): Case({"effective_on": day(31)}, facts=_NEW),
    ("deferred_entry_school_age", "deferred_entry"): Case({"birth_date": "2003-01-05"}, facts=_NEW),
    ("deferred_entry_one_year", "deferred_entry"): Case({"birth_date": "2001-01-05", "until": day(366)}, facts=_NEW),
    ("out_of_city_final_grade", "transfer_out_of_city"): Case(facts=_FINAL),
}
#: What the rule of 2014 alone forbids.
BROKEN_IN_2014 = {("out_of_city_frozen", "transfer_out_of_city"): Case(facts={"lodged_on": date(2008, 7, 20)})}
_BY_CITY = [(city, *key) for city in BOOKS for key in sorted(BROKEN)]
#: The kinds that come by this frame; their limits are all broken here.
KINDS = sorted(kind for kind in procedures() if BOOK.change(kind).limits)
#: A pupil for whom nothing speaks against the kind but what the test adds.
PENDING = {kind: next((case for (_, one), case in BROKEN.items() if one == kind), Case()) for kind in KINDS}
_ROSTERS = "xueji/registry/intake/tests/test_limits_of_rosters.py"
#: (limit, kind) of the other kinds → where it is broken.
ELSEWHERE = {
    ("into_city_pending", "transfer_into_city"): _ROSTERS,
    ("into_city_final_grade", "transfer_into_city"): _ROSTERS,
    ("late_registration_pending", "late_registration"): _ROSTERS,
    ("late_registration_final_term", "late_registration"): _ROSTERS,
    ("placement_pending", "placement"): "xueji/registry/applications/tests/test_placement.py",
}


def test_every_limit_of_the_rulebook_is_broken_once() -> None:
    """Of every kind: a limit that nobody breaks in a test fails here. Those of organisations: in their own room."""
    limits = {
        (limit.code, kind)
        for kind, change in BOOK.changes.items()
        for limit in change.limits
        if change.form != "reorganisation"
    }
    pending = {(limit.code, kind) for kind in KINDS for limit in BOOK.change(kind).limits if _excludes(limit)}
    rows = {(limit.code, kind) for kind in ROWS for limit in BOOK.change(kind).limits}
    moves = {(limit.code, "transfer") for limit in BOOK.change("transfer").limits}
    assert limits == BROKEN.keys() | pending | rows | moves | ELSEWHERE.keys() | {("leaving_pending", "leaving")}
    for (limit, _), path in ELSEWHERE.items():
        assert limit in Path(path).read_text(encoding="utf-8"), (limit, path)


def _excludes(limit: Limit) -> bool:
    return limit.kind == "pending_application"


def test_every_limit_of_the_rulebook_of_2014_is_broken_once_too() -> None:
    limits = {(limit.code, kind) for kind in KINDS for limit in OTHER.change(kind).limits if not _excludes(limit)}
    stopped = {(limit.code, kind) for kind in KINDS for limit in OTHER.change(kind).limits if _stops(limit)}
    assert limits - stopped == BROKEN.keys() | BROKEN_IN_2014.keys()


def _stops(limit: Limit) -> bool:
    """Its days are tried in ``doors/web/tests/test_final_grade_stop.py``."""
    return limit.kind == FINAL_GRADE_STOP


@pytest.mark.parametrize(
    ("city", "limit", "kind"), [*_BY_CITY, *(("nanjing-2014", *key) for key in BROKEN_IN_2014)], ids=str
)
def test_a_broken_limit_is_refused_with_its_sentence_and_basis(city: str, limit: str, kind: str) -> None:
    facts = facts_of(kind, {**BROKEN, **BROKEN_IN_2014}[limit, kind], BOOKS[city])
    refusals = decide(procedures()[kind], facts).refusals
    assert [one.code for one in refusals] == [limit]
    stated = next(one for one in BOOKS[city].change(kind).limits if one.code == limit)
    assert refusals[0].message == stated.message
    assert refusals[0].basis == stated.basis != ""
    explained = replace(facts, claim={**facts.claim, "explanation": "情况属实"})
    still = {one.code for one in decide(procedures()[kind], explained).refusals}
    assert (limit in still) == (stated.severity == "error")


@pytest.mark.parametrize("kind", KINDS)
def test_what_excludes_another_open_application_cannot_be_lodged_beside_it(kind: str) -> None:
    facts = replace(facts_of(kind, PENDING[kind]), open_kinds=("transfer",))
    (stated,) = [limit for limit in BOOK.change(kind).limits if _excludes(limit)]
    (refused,) = [one for one in decide(procedures()[kind], facts).refusals if one.code == stated.code]
    assert "待其办结后再报" in refused.message
    assert (refused.message, refused.basis) == (stated.message, "通知三.2")


#: Kinds whose pupils come in rows, with no other limits than that nothing else is under way.
ROWS = ("enrolment", "placement_entry")


@pytest.mark.parametrize("kind", ROWS)
def test_who_is_continued_by_a_row_has_nothing_else_under_way(kind: str) -> None:
    row = RowFacts(DAY, DAY, 1, date(2002, 1, 5), True, BOOK, DAY)
    (broken_one,) = broken(BOOK.change(kind), row)
    assert (broken_one, broken_one.basis) == (BOOK.change(kind).limits[0], "通知三.2")
    assert broken(BOOK.change(kind), replace(row, has_pending_application=False)) == []


_MOVING = TransferFacts(
    STUDENT, REGISTRATION, HOST, "primary", 3, False, "in_school", BEGUN, Place(SCHOOL, "primary", 3, UUID(int=9)), DAY
)


def test_who_has_something_under_way_is_not_transferred() -> None:
    change = BOOK.change("transfer")
    assert transfer_refusals(_MOVING, change, on=DAY) == []
    (refused,) = transfer_refusals(replace(_MOVING, has_pending_application=True), change, on=DAY)
    stated = next(limit for limit in change.limits if limit.code == "transfer_pending")
    assert (refused.code, refused.message, refused.basis) == (stated.code, stated.message, "通知三.2")


def test_a_transfer_out_of_the_final_grade_asks_why() -> None:
    final = replace(_MOVING, grade=6, to=replace(_MOVING.to, grade=6), is_final_grade=True)
    (asked,) = broken_limits(final, BOOK.change("transfer"), "query")
    assert (asked.code, asked.severity) == ("transfer_final_grade", "query")
    assert "写明理由" in asked.message
    assert asked.basis
    assert transfer_refusals(final, BOOK.change("transfer"), on=DAY) == []


def test_who_has_something_under_way_does_not_leave_with_his_grade() -> None:
    """leaving_pending: he stays on the roll and is listed with the reason; without anybody else nothing is decided."""
    leaver = Leaver(STUDENT, REGISTRATION, SCHOOL, "in_school", BEGUN, has_pending_transfer=True)
    found = leaving([leaver], effective_on=date(2008, 7, 1), today=date(2008, 7, 2))
    assert found.staying == {STUDENT: "pending_transfer"}
    assert [one.code for one in found.plan.refusals] == ["leaving_nobody"]
    (limit,) = BOOK.change("leaving").limits
    assert (limit.kind, limit.basis) == ("pending_application", "通知三.2")
    assert all("待其办结" in sentence for sentence in (limit.message, STAYING["pending_transfer"]))


@pytest.mark.parametrize("kind", ["transfer", "transfer_into_city", "transfer_out_of_city", "placement"])
def test_the_rule_of_2014_stops_every_sort_of_transfer_in_summer_and_in_the_final_grade(kind: str) -> None:
    """domain.md §3.4: all transfers stop 15 July to 14 August; none in the final grade."""
    change = rulebook_from_files(date(2014, 9, 1), city="nanjing-2014").change(kind)
    frozen = next(limit for limit in change.limits if limit.kind == "frozen_period")
    final = next(limit for limit in change.limits if limit.kind == "final_grade")
    assert [frozen.frozen_on(date(2014, month, day)) for month, day in ((7, 14), (7, 15), (8, 14), (8, 15))] == [
        False, True, True, False,
    ]  # fmt: skip
    assert {frozen.severity, final.severity} == {"error"}
    if kind in ("transfer", "placement"):
        summer = replace(_MOVING, lodged_on=date(2014, 7, 20), is_final_grade=True)
        assert {one.code for one in transfer_refusals(summer, change, on=DAY)} == {frozen.code, final.code}
