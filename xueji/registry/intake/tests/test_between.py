"""外地转入、补建学籍: a full record through the same rules and one door, with the papers of the other side."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.small_city import PRIMARY, QINHUAI, SmallCity
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.applications import services as applications
from xueji.registry.applications.tests.support import child, digest, step
from xueji.registry.applications.tests.told import done, move
from xueji.registry.applications.tests.ways import papers, student_of
from xueji.registry.intake import services
from xueji.registry.intake.types import LodgeOutcome
from xueji.registry.register import selectors as register

pytestmark = pytest.mark.usefixtures("fresh_database")

SHEET, FIRST = ("transfer_sheet", "move_proof"), ("hukou_copies", "cause_statement")


@pytest.fixture(autouse=True)
def _autumn(environment: SeededEnvironment) -> None:
    environment.move_to(datetime(2008, 10, 6, 9, tzinfo=LOCAL_ZONE))


def _lodge(city: SmallCity, kind: str, keys: tuple[str, ...], **values: str) -> LodgeOutcome:
    with acting(city.registrar(PRIMARY)) as actor:
        whole = {
            **child(7, grade=3),
            "name": "沐阳",
            "guardian_1_name": "沐大年",
            "enrolment_month": "2006-09",
            **values,
        }
        row = {code: text for code, text in whole.items() if text}
        return services.lodge_pupil(
            actor=actor, school=city.id(PRIMARY), kind=kind, values=row, evidence=papers(actor, keys)
        )


def _decide(city: SmallCity, outcome: LodgeOutcome) -> None:
    application = outcome.application
    assert application is not None, outcome.findings
    step(city.proofreader(PRIMARY), application, "proofread")
    step(city.deputy_head(PRIMARY), application, "decide")
    step(city.clerk(QINHUAI), application, "examine")
    assert step(city.head(QINHUAI), application, "approve").state == "approved"


@pytest.mark.parametrize(
    ("kind", "keys", "how"),
    [("into_city", SHEET, "transfer_into_city"), ("late", FIRST, "late_registration")],
)
def test_a_pupil_from_outside_gets_a_record_and_a_number_of_this_city(
    small_city: SmallCity, kind: str, keys: tuple[str, ...], how: str
) -> None:
    _decide(small_city, _lodge(small_city, kind, keys))
    student = student_of(small_city, "沐阳")
    with acting(small_city.registrar(PRIMARY)):
        record = register.student_record(student)
    assert record is not None
    assert record.in_force is not None
    assert (record.in_force.how_started, record.in_force.started_on) == (how, date(2008, 10, 6))
    assert record.in_force.number[11:15] == "2006"  # the year of the receiving cohort's intake
    assert record.established


def test_who_was_entered_before_the_summer_is_of_the_cohort_of_that_school_year(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    """The grade is the one of the day of lodging: decided in September, the child has moved up with its class."""
    move(environment, date(2009, 6, 25))
    outcome = _lodge(small_city, "late", FIRST)
    move(environment, date(2009, 9, 8))
    _decide(small_city, outcome)
    with acting(small_city.registrar(PRIMARY)):
        record = register.student_record(student_of(small_city, "沐阳"))
    assert record is not None
    assert record.in_force is not None
    assert record.in_force.number[11:15] == "2006"


def test_a_cohort_that_left_school_before_the_decision_receives_nobody(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    outcome = _lodge(small_city, "late", FIRST, grade="6")
    move(environment, date(2009, 9, 8))
    with pytest.raises(Refused) as refused:
        _decide(small_city, outcome)
    assert refused.value.code == "class_not_at_school"
    assert "已经毕业" in refused.value.message
    assert refused.value.basis


def test_without_the_sheet_of_the_other_side_nobody_is_taken_in(small_city: SmallCity) -> None:
    with pytest.raises(Refused) as refused:
        _lodge(small_city, "into_city", ("move_proof",))
    assert refused.value.code == "evidence_missing"
    assert "转学证明" in refused.value.message
    assert refused.value.basis


def test_a_fault_of_the_record_is_found_as_in_a_roster(small_city: SmallCity) -> None:
    outcome = _lodge(small_city, "into_city", SHEET, id_number="320104200001010010")
    assert outcome.application is None
    assert any(one.code.startswith("id.") for one in outcome.findings)


def test_who_begins_school_is_an_entrant_and_no_late_record(small_city: SmallCity) -> None:
    with acting(small_city.registrar(PRIMARY)) as actor, pytest.raises(Refused) as refused:
        applications.lodge_roster(
            actor=actor,
            school=small_city.id(PRIMARY),
            kind="late_registration",
            rows=[child(1)],
            file_digest=digest("late"),
            evidence=papers(actor, FIRST),
        )
    assert refused.value.code == "late_first_grade"
    assert "新生入学" in refused.value.message
    assert refused.value.basis


def test_a_pupil_about_whom_something_is_under_way_is_told_of_at_the_row_before_lodging(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    _decide(small_city, _lodge(small_city, "into_city", SHEET))
    student = student_of(small_city, "沐阳")
    move(environment, date(2008, 10, 13))
    away = {"region": "安徽省合肥市", "other_school_name": "庐阳小学", "reason": "迁居"}
    done(small_city, student, "transfer_out_of_city", away)
    move(environment, date(2008, 10, 20))
    done(small_city, student, "transfer_out_receipt", {"effective_on": "2008-10-20", "other_school_name": "庐阳小学"})
    move(environment, date(2008, 10, 27))
    back = _lodge(small_city, "into_city", SHEET, special_talent="足球")
    assert back.application is not None
    again = _lodge(small_city, "into_city", SHEET, special_talent="足球")
    assert (again.application, again.already_lodged) == (back.application, True)
    other = _lodge(small_city, "late", FIRST, special_talent="围棋")
    assert other.application is None
    (found,) = [one for one in other.findings if one.code == "limit.forbids"]
    assert "待其办结后再报（依据：通知三.2）" in found.message
