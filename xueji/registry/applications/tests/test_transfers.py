"""Transfer by its nine people: lodged by the receiving school, written at the last decision (clauses A2, B2)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import pytest

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.ground.accounts.context import acting
from xueji.ground.disclosure.models import Disclosure
from xueji.ground.journals import selectors as journals
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment, environment, today
from xueji.pure.kernel.types import Refused
from xueji.registry.applications import selectors, services
from xueji.registry.applications.tests.support import child, enrol, step
from xueji.registry.applications.tests.ways import class_of, lodge_transfer, papers, people, student_of
from xueji.registry.cases import selectors as cases
from xueji.registry.register import selectors as register

#: With real commits: what a step opens for two schools must end with its transaction.
pytestmark = pytest.mark.usefixtures("fresh_database")
Rows = list[dict[str, str | None]]


def _begin(city: SmallCity, environment: SeededEnvironment) -> Rows:
    """Three children at 秦淮's primary school and one at 白下's, all in grade 1; it is 8 September 2008."""
    rows = [child(1), child(2), child(3)]
    enrol(city, rows)
    enrol(city, [child(9)], school=BAIXIA_PRIMARY, bureau=BAIXIA)
    environment.move_to(datetime(2008, 9, 8, 9, tzinfo=LOCAL_ZONE))
    return rows


@pytest.fixture
def beginning() -> Beginning:
    return _begin


@pytest.fixture
def moved(begun: Rows) -> Rows:
    return begun


def test_a_transfer_across_two_districts_by_its_nine_people(
    small_city: SmallCity, moved: Rows, environment: SeededEnvironment
) -> None:
    student = student_of(small_city, str(moved[0]["name"]))
    application = lodge_transfer(small_city, moved[0]).application
    for day, (actor, act) in enumerate(people(small_city), start=10):
        environment.move_to(datetime(2008, 9, day, 9, tzinfo=LOCAL_ZONE))
        result = step(actor, application, act)
    assert (result.state, result.registrations) == ("approved", 1)
    assert result.file_number == "320104-2008-03-0002"
    with acting(small_city.registrar(BAIXIA_PRIMARY)):
        record = register.student_record(student)
    assert record is not None
    old, new = record.registrations
    assert (old.ended_on, new.started_on) == (date(2008, 9, 17), date(2008, 9, 17))
    assert (old.school, new.school) == (small_city.id(PRIMARY), small_city.id(BAIXIA_PRIMARY))
    assert record.numbers == (f"{PRIMARY}20080101", f"{BAIXIA_PRIMARY}20080102")
    assert new.value("arrival", date(2008, 9, 17)) == "awaited"
    with acting(small_city.head(CITY)):
        there = journals.entries_of_students([student])[student]
    assert [entry.kind for entry in there] == ["enrolment", "transfer_out", "transfer_in"]
    assert there[1].transaction_id == there[2].transaction_id
    assert [entry.organisation for entry in there[1:]] == [small_city.id(PRIMARY), small_city.id(BAIXIA_PRIMARY)]


def test_both_bureaus_give_the_matter_a_file_number(small_city: SmallCity, moved: Rows) -> None:
    application = lodge_transfer(small_city, moved[0]).application
    for actor, act in people(small_city):
        step(actor, application, act)
    with acting(small_city.head(CITY)):
        case = cases.case_of(application)
    assert case is not None
    assert [one.file_number for one in case.steps if one.file_number] == [
        "320103-2008-03-0002",
        "320104-2008-03-0002",
    ]


def test_every_deciding_step_but_the_proofreading_stores_its_register_check(small_city: SmallCity, moved: Rows) -> None:
    application = lodge_transfer(small_city, moved[0]).application
    for actor, act in people(small_city):
        step(actor, application, act)
    with acting(small_city.head(CITY)):
        case = cases.case_of(application)
    assert case is not None
    assert [one.register_check is not None for one in case.steps] == [False] + [True] * 7
    assert all(one.register_check["agreed"] for one in case.steps if one.register_check)


def test_under_one_bureau_it_decides_once(small_city: SmallCity, moved: Rows) -> None:
    from tests.small_city import NINE_YEAR

    enrol(small_city, [child(20)], school=NINE_YEAR, file="n")
    application = lodge_transfer(small_city, moved[1], to=NINE_YEAR).application
    acts = [
        (small_city.proofreader(NINE_YEAR), "proofread"),
        (small_city.deputy_head(NINE_YEAR), "decide"),
        (small_city.registrar(PRIMARY), "examine"),
        (small_city.deputy_head(PRIMARY), "decide"),
        (small_city.clerk(QINHUAI), "examine"),
        (small_city.head(QINHUAI), "approve"),
    ]
    for actor, act in acts:
        result = step(actor, application, act)
    assert result.state == "approved"


def test_a_claim_that_differs_from_the_record_blocks_and_names_the_field(small_city: SmallCity, moved: Rows) -> None:
    with pytest.raises(Refused, match="性别"):
        lodge_transfer(small_city, moved[0], claim={"gender": "2"})


def test_a_record_that_changed_since_blocks_the_next_decision(
    small_city: SmallCity, moved: Rows, environment: SeededEnvironment
) -> None:
    application = lodge_transfer(small_city, moved[0]).application
    step(*people(small_city)[0][:1], application, "proofread")
    student = student_of(small_city, str(moved[0]["name"]))
    suspend(small_city, student)
    with pytest.raises(Refused, match="不能转学"):
        step(small_city.deputy_head(BAIXIA_PRIMARY), application, "decide")


def suspend(city: SmallCity, student: UUID) -> None:
    """A suspension of study, written as a procedure of the next issue will."""
    from xueji.ground.journals.services import NewEntry, append
    from xueji.pure.kernel.operations import SetSpell
    from xueji.registry.register.services import refold

    with acting(city.head(QINHUAI)) as actor:
        record = register.student_record(student)
        assert record is not None
        assert record.in_force is not None
        operation = SetSpell(record.in_force.registration, "status", "suspended")
        entry = NewEntry(city.id(PRIMARY), "study_suspension", today(), (operation,), student)
        transaction_id = environment().new_id()
        entries = append(actor=actor, transaction_id=transaction_id, entries=[entry], rulebook_version="t")
        refold(students=[student], transaction_id=transaction_id, entries=entries)


def test_a_wrong_name_and_an_unknown_number_get_the_same_answer_and_both_are_logged(
    small_city: SmallCity, moved: Rows
) -> None:
    sentences = []
    for row in ({**moved[0], "name": "别人"}, child(77)):
        with acting(small_city.registrar(BAIXIA_PRIMARY)) as actor:
            with pytest.raises(Refused) as refused:
                services.lodge_transfer(
                    actor=actor,
                    school=small_city.id(BAIXIA_PRIMARY),
                    class_group=class_of(small_city, BAIXIA_PRIMARY),
                    name=str(row["name"]),
                    id_number=row["id_number"],
                    reason="迁居",
                    evidence=papers(actor),
                )
            sentences.append(refused.value.message)
    assert sentences[0] == sentences[1]
    with acting(small_city.registrar(BAIXIA_PRIMARY)):
        assert Disclosure.objects.filter(kind="exact_lookup").count() == 2


def test_a_pupil_is_found_by_the_nineteen_digits_with_the_name(small_city: SmallCity, moved: Rows) -> None:
    lodged = lodge_transfer(small_city, moved[0], id_number=None, registration_number=f"{PRIMARY}20080101")
    assert lodged.state == "lodged"


def test_needed_papers_must_be_there(small_city: SmallCity, moved: Rows) -> None:
    with pytest.raises(Refused, match="户口迁移或家庭住址变动证明"):
        lodge_transfer(small_city, moved[0], evidence=())


def test_a_child_has_one_open_transfer_at_a_time(small_city: SmallCity, moved: Rows) -> None:
    lodge_transfer(small_city, moved[0])
    with pytest.raises(Refused, match="正在办理"):
        lodge_transfer(small_city, moved[0])


def test_the_grade_cannot_change_by_transfer(small_city: SmallCity, moved: Rows) -> None:
    enrol(small_city, [child(30, grade=2)], school=BAIXIA_PRIMARY, bureau=BAIXIA, kind="opening", file="o")
    with acting(small_city.registrar(BAIXIA_PRIMARY)):
        groups = organisations.class_groups(small_city.id(BAIXIA_PRIMARY))
    older = next(group.id for group in groups if group.intake_year < 2008)
    with pytest.raises(Refused, match="年级"):
        lodge_transfer(small_city, moved[0], class_group=older)


def test_nobody_moves_twice_on_one_day(small_city: SmallCity, moved: Rows) -> None:
    application = lodge_transfer(small_city, moved[0]).application
    for actor, act in people(small_city):
        step(actor, application, act)
    with pytest.raises(Refused, match="同一天"):
        lodge_transfer(small_city, moved[0], to=PRIMARY)


def test_a_send_back_by_the_sending_school_returns_it_to_the_receiving_one(small_city: SmallCity, moved: Rows) -> None:
    application = lodge_transfer(small_city, moved[0]).application
    for actor, act in people(small_city)[:4]:
        step(actor, application, act)
    step(small_city.registrar(PRIMARY), application, "send_back", reason="请补充居住证明")
    with acting(small_city.registrar(BAIXIA_PRIMARY)) as actor:
        assert [case.subject for case in cases.inbox(actor).sent_back] == [application]
        assert services.resubmit(actor=actor, application=application).state == "lodged"
    for actor, act in people(small_city):
        result = step(actor, application, act)
    assert result.state == "approved"


def test_the_receiving_school_sees_the_child_while_the_application_is_open_and_no_longer(
    small_city: SmallCity, moved: Rows
) -> None:
    student = student_of(small_city, str(moved[0]["name"]))
    with acting(small_city.registrar(BAIXIA_PRIMARY)):
        assert register.student_record(student) is None
    application = lodge_transfer(small_city, moved[0]).application
    with acting(small_city.registrar(BAIXIA_PRIMARY)):
        assert register.student_record(student) is not None
    with acting(small_city.registrar(BAIXIA_PRIMARY)) as actor:
        services.retract(actor=actor, application=application)
    with acting(small_city.registrar(BAIXIA_PRIMARY)):
        assert register.student_record(student) is None


def test_the_former_school_sees_the_record_as_of_its_last_day(small_city: SmallCity, moved: Rows) -> None:
    student = student_of(small_city, str(moved[0]["name"]))
    application = lodge_transfer(small_city, moved[0]).application
    for actor, act in people(small_city):
        step(actor, application, act)
    with acting(small_city.registrar(PRIMARY)):
        record = register.student_record(student)
    assert record is not None
    assert [one.school for one in record.registrations] == [small_city.id(PRIMARY)]
    assert record.in_force is None


def test_an_arrival_is_confirmed_or_listed(small_city: SmallCity, moved: Rows, environment: SeededEnvironment) -> None:
    student = student_of(small_city, str(moved[0]["name"]))
    application = lodge_transfer(small_city, moved[0]).application
    for actor, act in people(small_city):
        step(actor, application, act)
    for bureau in (BAIXIA, CITY):
        with acting(small_city.head(bureau)):
            awaited = register.find_students(schools=[small_city.id(BAIXIA_PRIMARY)], status="awaited")
            assert [one.student for one in awaited.pupils] == [student]
    environment.move_to(datetime(2008, 9, 10, 9, tzinfo=LOCAL_ZONE))
    with acting(small_city.registrar(BAIXIA_PRIMARY)) as actor:
        services.confirm_arrival(
            actor=actor, school=small_city.id(BAIXIA_PRIMARY), student=student, arrived_on=date(2008, 9, 9)
        )
        assert register.find_students(schools=[small_city.id(BAIXIA_PRIMARY)], status="awaited").pupils == ()
    with acting(small_city.head(QINHUAI)):
        assert selectors.awaited([small_city.id(PRIMARY)]) == ()


def test_an_arrival_that_is_not_confirmed_in_time_is_on_both_bureaus_lists(
    small_city: SmallCity, moved: Rows, environment: SeededEnvironment
) -> None:
    application = lodge_transfer(small_city, moved[0]).application
    for actor, act in people(small_city):
        step(actor, application, act)
    environment.move_to(datetime(2008, 10, 20, 9, tzinfo=LOCAL_ZONE))
    for bureau, school in ((QINHUAI, PRIMARY), (BAIXIA, BAIXIA_PRIMARY)):
        with acting(small_city.head(bureau)):
            (late,) = selectors.awaited([small_city.id(school)], overdue_only=True)
            assert (late.application, late.overdue) == (application, True)


def test_a_transfer_in_hand_is_listed_on_both_sides(small_city: SmallCity, moved: Rows) -> None:
    application = lodge_transfer(small_city, moved[0]).application
    for code in (PRIMARY, BAIXIA_PRIMARY):
        with acting(small_city.registrar(code)):
            assert [one.id for one in selectors.under_way([small_city.id(code)])] == [application]


def test_writing_for_two_schools_needs_the_completing_step_and_its_post(small_city: SmallCity, moved: Rows) -> None:
    from django.db import ProgrammingError, connection, transaction

    application = lodge_transfer(small_city, moved[0]).application
    with acting(small_city.head(CITY)):
        case = cases.case_of(application)
    assert case is not None
    last = case.steps[-1].id
    for actor in (small_city.head(QINHUAI), small_city.registrar(BAIXIA_PRIMARY)):
        with acting(actor), pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT applications_open_grant(%s, %s)", [application, last])
