"""The turn of the school year (domain.md §3.8): exceptions to the promotion, graduation and completion, in bulk."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import pytest

from tests.small_city import CITY, PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.ground.accounts.context import acting
from xueji.ground.journals import services as journals
from xueji.ground.journals.services import NewEntry
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.services import ClassDraft, set_class_groups
from xueji.ground.parameters.selectors import rulebook
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment, today
from xueji.pure.kernel.environment import environment as world
from xueji.pure.kernel.operations import SetSpell
from xueji.pure.kernel.types import Refused
from xueji.registry.applications import previews, selectors, services
from xueji.registry.applications.services import bulk
from xueji.registry.applications.tests.support import child, enrol, step
from xueji.registry.register import selectors as register
from xueji.registry.register import services as register_services

pytestmark = pytest.mark.django_db


def on(environment: SeededEnvironment, year: int, month: int, day: int) -> None:
    """The clock at nine of a day."""
    environment.move_to(datetime(year, month, day, 9, tzinfo=LOCAL_ZONE))


def _begin(city: SmallCity, environment: SeededEnvironment) -> None:
    """Grades 1, 2, 5 and 6 of 2007, two classes in grade 2; it is June 2008."""
    on(environment, 2008, 3, 24)
    rows = [child(1, grade=1), child(2, grade=2), child(3, grade=2, class_no=2), child(4, grade=5)]
    enrol(city, [*rows, *(child(number, grade=6) for number in range(5, 10))], kind="opening")
    on(environment, 2008, 6, 20)


@pytest.fixture
def beginning() -> Beginning:
    return _begin


@pytest.fixture
def school_year(small_city: SmallCity, begun: None) -> SmallCity:
    return small_city


def pupils(city: SmallCity) -> dict[str, register.Found]:
    """The school's pupils of today by name."""
    with acting(city.registrar()):
        return {one.name: one for one in register.roster(city.id(PRIMARY), today())}


def set_status(city: SmallCity, name: str, status: str, since: date) -> UUID:
    """A pupil's status from a day on, as any change would write it."""
    one = pupils(city)[name]
    entry = NewEntry(one.school, "suspension", since, (SetSpell(one.registration, "status", status),), one.student)
    transaction = world().new_id()
    with acting(city.head()) as actor:
        made = journals.append(actor=actor, transaction_id=transaction, entries=[entry], rulebook_version="")
        register_services.refold(students=[one.student], transaction_id=transaction, entries=made)
    return one.student


def intake_of(city: SmallCity, name: str) -> int:
    group = pupils(city)[name].class_group
    return next(
        one.intake_year for one in organisations.class_groups(city.id(PRIMARY), graduated=True) if one.id == group
    )


def confirm(city: SmallCity, year: int = 2008) -> int:
    with acting(city.registrar()) as actor:
        lodged = services.lodge_promotion(actor=actor, school=city.id(PRIMARY), school_year=year)
    step(city.deputy_head(), lodged.application, "decide")
    return lodged.rows


def test_suspended_pupils_are_not_promoted_but_stay_in_their_grade(
    school_year: SmallCity, environment: SeededEnvironment
) -> None:
    name = str(child(3)["name"])
    set_status(school_year, name, "suspended", date(2008, 5, 5))
    on(environment, 2008, 9, 2)
    with acting(school_year.registrar()):
        found = previews.preview_promotion([school_year.id(PRIMARY)], 2008, rulebook(today()))
    assert [(line.intake_year, line.going_up, line.staying) for line in found.lines] == [
        (2007, 1, 0), (2006, 1, 1), (2003, 1, 0),
    ]  # fmt: skip
    assert [one.pupil.name for one in found.staying] == [name]
    assert confirm(school_year) == 4
    assert intake_of(school_year, name) == 2007
    assert pupils(school_year)[name].status == "suspended"


def test_nothing_is_written_about_a_pupil_ahead_of_the_first_of_september(
    school_year: SmallCity, environment: SeededEnvironment
) -> None:
    name = str(child(2)["name"])
    set_status(school_year, name, "suspended", date(2008, 5, 5))
    on(environment, 2008, 7, 10)
    assert confirm(school_year) == 3
    assert intake_of(school_year, name) == 2006
    on(environment, 2008, 9, 1)
    assert confirm(school_year) == 1, "the exception follows"
    assert intake_of(school_year, name) == 2007
    with acting(school_year.registrar()) as actor, pytest.raises(Refused, match="已经全部确认"):
        services.lodge_promotion(actor=actor, school=school_year.id(PRIMARY), school_year=2008)


def test_a_suspended_pupil_without_a_class_in_the_next_lower_cohort_is_listed_until_there_is_one(
    school_year: SmallCity, environment: SeededEnvironment
) -> None:
    name = str(child(1)["name"])
    set_status(school_year, name, "suspended", date(2008, 5, 5))
    on(environment, 2008, 9, 1)
    confirm(school_year)
    with acting(school_year.registrar()) as actor:
        found = previews.preview_promotion([school_year.id(PRIMARY)], 2008, rulebook(today()))
        assert [(one.pupil.name, one.to) for one in found.staying] == [(name, None)]
        set_class_groups(
            actor=actor, school=school_year.id(PRIMARY), classes=[ClassDraft("primary", 2008, 1)], effective_on=today()
        )
    assert confirm(school_year) == 1
    assert intake_of(school_year, name) == 2008


def test_a_suspended_pupil_of_grade_six_stays_and_is_listed(
    school_year: SmallCity, environment: SeededEnvironment
) -> None:
    name = str(child(5)["name"])
    set_status(school_year, name, "suspended", date(2008, 5, 5))
    graduate(school_year, {})
    assert name in pupils(school_year)
    on(environment, 2008, 9, 1)
    confirm(school_year)
    assert intake_of(school_year, name) == 2003


def graduate(city: SmallCity, outcomes: dict[str, dict[str, str]], *, approve: bool = True) -> UUID:
    """Lodge and decide; in July approve. ``outcomes`` by name."""
    known = pupils(city)
    with acting(city.registrar()) as actor:
        lodged = services.lodge_leaving(
            actor=actor,
            school=city.id(PRIMARY),
            stage="primary",
            school_year=2007,
            outcomes={known[name].student: values for name, values in outcomes.items()},
        )
    step(city.deputy_head(), lodged.application, "decide")
    if approve:
        environment = world()
        assert isinstance(environment, SeededEnvironment)
        on(environment, 2008, 7, 2)
        step(city.head(), lodged.application, "approve")
    return lodged.application


def left(city: SmallCity) -> dict[str, tuple[str, str]]:
    """How the leavers left and where they go, by name."""
    with acting(city.registrar()):
        found = register.leavers([city.id(PRIMARY)], after=date(2008, 6, 1), until=today())
    return {one.name: (one.how, one.destination) for one in found}


def test_who_passed_graduates_and_who_failed_the_resit_completes(school_year: SmallCity) -> None:
    names = [str(child(number)["name"]) for number in range(5, 10)]
    graduate(
        school_year,
        {
            names[0]: {"marks": "pass", "destination": "11"},
            names[1]: {"marks": "resit", "destination": "12"},
            names[2]: {"marks": "fail", "destination": "51"},
            names[3]: {"conduct": "fail"},
        },
    )
    assert left(school_year) == {
        names[0]: ("graduation", "11"),
        names[1]: ("graduation", "12"),
        names[2]: ("completion", "51"),
        names[3]: ("completion", ""),
        names[4]: ("graduation", ""),
    }


def test_who_was_away_for_no_day_after_the_last_one_leaves_on_the_day_of_the_decision(
    school_year: SmallCity, environment: SeededEnvironment
) -> None:
    """What began and ended on one day leaves no spell; still nothing may be said of a day before it."""
    on(environment, 2008, 7, 1)
    name = str(child(5)["name"])
    for status in ("suspended", "in_school"):
        set_status(school_year, name, status, date(2008, 7, 1))
    on(environment, 2008, 7, 2)
    graduate(school_year, {})
    with acting(school_year.registrar()):
        found = register.leavers([school_year.id(PRIMARY)], after=date(2008, 6, 1), until=today())
    days = {one.name: one.ended_on for one in found}
    assert days.pop(name) == date(2008, 7, 2)
    assert set(days.values()) == {date(2008, 7, 1)}


def test_an_outcome_that_the_rulebook_does_not_know_is_refused(school_year: SmallCity) -> None:
    with pytest.raises(Refused, match="规定以外的选项"):
        graduate(school_year, {str(child(5)["name"]): {"marks": "excellent"}})


def test_who_cannot_graduate_is_listed_with_the_reason(school_year: SmallCity, environment: SeededEnvironment) -> None:
    suspended, dropped, abroad = (str(child(number)["name"]) for number in (5, 6, 7))
    set_status(school_year, suspended, "suspended", date(2008, 5, 5))
    set_status(school_year, dropped, "dropped_out", date(2008, 5, 5))
    set_status(school_year, abroad, "abroad", date(2008, 5, 5))
    with acting(school_year.registrar()) as actor:
        found = previews.preview_leaving([school_year.id(PRIMARY)], "primary", 2007, rulebook(today()), actor=actor)
    reasons = {one.name: found.staying[one.student] for one in found.pupils if one.student in found.staying}
    assert reasons == {suspended: "suspended", dropped: "dropped_out", abroad: "abroad"}
    (line,) = found.lines
    assert (line.state, line.graduating, line.completing, line.staying) == ("not_lodged", 2, 0, 3)


def test_the_district_confirms_only_whom_the_school_has_listed(
    school_year: SmallCity, environment: SeededEnvironment
) -> None:
    """Who was suspended when the list was lodged and came back in between is on no list that anybody decided."""
    name = str(child(5)["name"])
    set_status(school_year, name, "suspended", date(2008, 5, 5))
    application = graduate(school_year, {}, approve=False)
    set_status(school_year, name, "in_school", date(2008, 6, 21))
    on(environment, 2008, 7, 2)
    assert step(school_year.head(), application, "approve").registrations == 4
    assert name in pupils(school_year)
    late = graduate(school_year, {}, approve=False)
    assert step(school_year.head(), late, "approve").registrations == 1
    assert name not in pupils(school_year)


def test_a_list_that_was_sent_back_is_put_right_and_decided_anew(
    school_year: SmallCity, environment: SeededEnvironment
) -> None:
    name = str(child(6)["name"])
    application = graduate(school_year, {}, approve=False)
    on(environment, 2008, 7, 2)
    step(school_year.head(), application, "send_back", reason="补考未登记")
    student = pupils(school_year)[name].student
    with acting(school_year.registrar()) as actor:
        services.revise_leaving(actor=actor, application=application, outcomes={student: {"marks": "fail"}})
        services.resubmit(actor=actor, application=application)
    step(school_year.deputy_head(), application, "decide")
    step(school_year.head(), application, "approve")
    assert left(school_year)[name] == ("completion", "")


def run(city: SmallCity, kind: str, year: int, *, code: str = QINHUAI, stage: str = "") -> bulk.Progress:
    with acting(city.head(code)) as actor:
        begun = bulk.begin_run(actor=actor, kind=kind, school_year=year, stage=stage)
    return bulk.carry_out(actor=city.head(code), run=begun)


def test_a_bureau_confirms_the_promotion_of_all_its_schools_and_a_rerun_writes_nothing(
    school_year: SmallCity, environment: SeededEnvironment
) -> None:
    on(environment, 2008, 9, 1)
    first, again = run(school_year, "promotion", 2008), run(school_year, "promotion", 2008, code=CITY)
    assert (first.total, first.done, first.written, first.finished) == (1, 1, 3, True)
    assert (again.total, again.written) == (0, 0)
    assert organisations.promoted(school_year.id(PRIMARY), 2008) == {("primary", year) for year in (2003, 2006, 2007)}


def test_a_school_that_is_confirming_itself_is_left_out_of_the_bureaus_run(
    school_year: SmallCity, environment: SeededEnvironment
) -> None:
    on(environment, 2008, 9, 1)
    with acting(school_year.registrar()) as actor:
        services.lodge_promotion(actor=actor, school=school_year.id(PRIMARY), school_year=2008)
    found = run(school_year, "promotion", 2008)
    assert [one.code for one in found.skipped] == ["promotion_under_way"]
    assert organisations.promoted(school_year.id(PRIMARY), 2008) == set()


def test_a_bureau_confirms_all_graduations_that_wait_for_it(
    school_year: SmallCity, environment: SeededEnvironment
) -> None:
    graduate(school_year, {str(child(5)["name"]): {"marks": "fail"}}, approve=False)
    early = run(school_year, "leaving", 2007, stage="primary")
    assert [one.code for one in early.skipped] == ["leaving_too_early"]
    on(environment, 2008, 7, 2)
    assert run(school_year, "leaving", 2007, stage="primary").written == 5
    assert len(left(school_year)) == 5
    with acting(school_year.head()) as actor:
        found = previews.preview_leaving([school_year.id(PRIMARY)], "primary", 2007, rulebook(today()), actor=actor)
    assert [(line.state, line.pupils) for line in found.lines] == [("approved", 5)]


def test_only_a_bureaus_head_decides_in_bulk(school_year: SmallCity) -> None:
    for actor in (school_year.registrar(), school_year.deputy_head(), school_year.clerk()):
        with acting(actor), pytest.raises(Refused, match="教育局负责人"):
            bulk.begin_run(actor=actor, kind="promotion", school_year=2008)


def test_the_rows_of_a_leaving_say_how_each_ended(school_year: SmallCity) -> None:
    application = graduate(school_year, {})
    with acting(school_year.registrar()):
        states = {line.state for line in selectors.lines(application)}
    assert states == {"accepted"}
