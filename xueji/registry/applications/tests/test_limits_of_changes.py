"""Every limit that the rulebook sets to a change of one pupil refuses with its sentence and its basis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.fold import RegistrationState, Spell, StudentState
from xueji.pure.procedures.frame import ChangeFacts, ClassPlace, decide, procedures

SCHOOL, HOST, STUDENT, REGISTRATION, ENTRY = (UUID(int=number) for number in range(1, 6))
DAY = date(2008, 9, 22)
BOOK = rulebook_from_files(DAY, "320104")
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


def facts_of(kind: str, case: Case) -> ChangeFacts:
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
        change=BOOK.change(kind),
        book=BOOK,
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


def day(days: int) -> str:
    return (DAY + timedelta(days=days)).isoformat()


_DROPOUT = {"effective_on": day(0), "absent_since": day(-20), "contact_attempts": "2"}
_FINAL = {"place": place(6), "left_from": place(6)}
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
}
KINDS = sorted({kind for _, kind in BROKEN})
#: A pupil for whom nothing speaks against the kind but what the test adds.
PENDING = {kind: next(case for (_, one), case in BROKEN.items() if one == kind) for kind in KINDS}


def test_every_limit_of_these_kinds_is_broken_once() -> None:
    limits = {(limit.code, kind) for kind in KINDS for limit in BOOK.change(kind).limits}
    assert limits - BROKEN.keys() == {(f"{_short(kind)}_pending", kind) for kind in KINDS}


def _short(kind: str) -> str:
    return {"suspension_extension": "extension", "guest_begin": "guest"}.get(kind, kind)


@pytest.mark.parametrize(("limit", "kind"), sorted(BROKEN), ids=str)
def test_a_broken_limit_is_refused_with_its_sentence_and_basis(limit: str, kind: str) -> None:
    facts = facts_of(kind, BROKEN[limit, kind])
    refusals = decide(procedures()[kind], facts).refusals
    assert [one.code for one in refusals] == [limit]
    stated = next(one for one in BOOK.change(kind).limits if one.code == limit)
    assert refusals[0].message == stated.message
    assert refusals[0].basis == stated.basis != ""
    explained = replace(facts, claim={**facts.claim, "explanation": "情况属实"})
    still = {one.code for one in decide(procedures()[kind], explained).refusals}
    assert (limit in still) == (stated.severity == "error")


@pytest.mark.parametrize("kind", KINDS)
def test_what_excludes_another_open_application_cannot_be_lodged_beside_it(kind: str) -> None:
    facts = replace(facts_of(kind, PENDING[kind]), open_kinds=("transfer",))
    refused = [one for one in decide(procedures()[kind], facts).refusals if one.code.endswith("_pending")]
    assert len(refused) == 1
    assert "待其办结后再报" in refused[0].message
    assert refused[0].basis == "通知三.2"
