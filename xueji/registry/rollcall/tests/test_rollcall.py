"""报到注册 from the list to the closing (clause D2; domain: registers verified at least once a term)."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.ground.accounts.context import acting
from xueji.ground.journals import selectors as journals
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.intake.tests.invented import good_row
from xueji.registry.rollcall import selectors, services
from xueji.registry.rollcall.models import RollLine, TermRegistration
from xueji.registry.rollcall.tests.support import (
    TERM,
    called,
    go_to,
    lines,
    opened,
    rest_here,
    school_with_pupils,
)
from xueji.registry.rollcall.types import Called

pytestmark = pytest.mark.django_db


def _begin(city: SmallCity, environment: SeededEnvironment) -> UUID:
    """The list of 秦淮's primary school with six pupils, on 3 September."""
    school_with_pupils(city, QINHUAI)
    go_to(environment, 9, 3)
    return opened(city)


@pytest.fixture
def beginning() -> Beginning:
    return _begin


@pytest.fixture
def roll(begun: UUID) -> UUID:
    return begun


def refused(code: str) -> pytest.RaisesExc[Refused]:
    return pytest.RaisesExc(Refused, check=lambda error: error.code == code)


def test_the_list_is_made_from_the_register_with_class_and_standing(small_city: SmallCity, roll: UUID) -> None:
    found = lines(small_city, roll)
    assert len(found) == 6
    assert {one.standing for one in found} == {"in_school"}
    assert all(one.class_group and one.name and one.student_number for one in found)


def test_only_the_schools_registrar_opens_it_and_only_once(small_city: SmallCity, roll: UUID) -> None:
    with acting(small_city.registrar()) as actor, refused("rollcall.opened"):
        services.open_roll(actor=actor, school=small_city.id(PRIMARY), term=TERM)
    with acting(small_city.deputy_head()) as actor, refused("rollcall.post"):
        services.open_roll(actor=actor, school=small_city.id(PRIMARY), term=TERM)
    with acting(small_city.registrar()) as actor, refused("rollcall.post"):
        services.open_roll(actor=actor, school=small_city.id(BAIXIA_PRIMARY), term=TERM)


def test_another_term_than_the_one_at_hand_cannot_be_opened(small_city: SmallCity, roll: UUID) -> None:
    with acting(small_city.registrar()) as actor, refused("rollcall.not_now"):
        services.open_roll(actor=actor, school=small_city.id(PRIMARY), term="2008-spring")


def test_nobody_is_called_before_the_first_day_of_term(small_city: SmallCity, environment: SeededEnvironment) -> None:
    school_with_pupils(small_city, QINHUAI)
    go_to(environment, 8, 28)
    made = opened(small_city)
    with acting(small_city.registrar()), refused("rollcall.before_term"):
        called(small_city, made, Called(lines(small_city, made)[0].id, "here"))


def test_there_excused_and_absent_are_told_apart_and_the_reason_is_sealed(small_city: SmallCity, roll: UUID) -> None:
    first, second, third, *_ = lines(small_city, roll)
    called(
        small_city, roll, Called(first.id, "here"), Called(second.id, "excused", reason="水痘，9月12日返校"),
        Called(third.id, "absent"),
    )  # fmt: skip
    found = {one.id: one for one in lines(small_city, roll)}
    assert found[first.id].came_on == date(2008, 9, 1)
    assert found[second.id].reason == "水痘，9月12日返校"
    with acting(small_city.registrar()):
        counts = selectors.counts_of([roll])[roll]
        blob = bytes(RollLine.objects.get(pk=second.id).reason or b"")
    assert (counts.expected, counts.here, counts.excused, counts.absent, counts.uncalled) == (6, 1, 1, 1, 3)
    assert "水痘".encode() not in blob


def test_absent_with_a_reason_needs_the_reason(small_city: SmallCity, roll: UUID) -> None:
    with refused("rollcall.reason"):
        called(small_city, roll, Called(lines(small_city, roll)[0].id, "excused"))


def test_a_day_outside_the_term_or_in_the_future_is_refused(small_city: SmallCity, roll: UUID) -> None:
    line = lines(small_city, roll)[0].id
    for day in (date(2008, 8, 31), date(2008, 9, 4)):
        with refused("rollcall.day"):
            called(small_city, roll, Called(line, "here", day))


def test_the_lists_of_day_three_and_of_two_weeks_say_who_was_not_there_then(
    small_city: SmallCity, roll: UUID, environment: SeededEnvironment
) -> None:
    late, never = lines(small_city, roll)[:2]
    called(small_city, roll, Called(late.id, "absent"), Called(never.id, "absent"))
    rest_here(small_city, roll)
    go_to(environment, 9, 16)
    with acting(small_city.registrar()) as actor:
        services.settle(actor=actor, line=late.id, outcome="came", on=date(2008, 9, 8))
        third = selectors.lines([roll], show=selectors.ABSENT_ON, on=date(2008, 9, 3))
        weeks = selectors.lines([roll], show=selectors.ABSENT_ON, on=date(2008, 9, 15))
    assert {one.id for one in third} == {late.id, never.id}
    assert {one.id for one in weeks} == {never.id}


def test_a_no_show_ends_by_a_change_only_when_that_change_was_lodged(small_city: SmallCity, roll: UUID) -> None:
    line = lines(small_city, roll)[0].id
    called(small_city, roll, Called(line, "absent"))
    with acting(small_city.registrar()) as actor:
        for application in (None, uuid4()):
            with refused("rollcall.not_lodged"):
                services.settle(actor=actor, line=line, outcome="dropout", application=application)


def test_repeated_failed_contact_is_what_a_dropout_is_lodged_with(
    small_city: SmallCity, roll: UUID, environment: SeededEnvironment
) -> None:
    gone = lines(small_city, roll)[0]
    called(small_city, roll, Called(gone.id, "absent"))
    go_to(environment, 9, 16)
    with acting(small_city.registrar()) as actor:
        for day, way, reached, result in (
            (4, "phone", False, "三次无人接听"),
            (10, "visit", False, "房东说全家已搬走"),
            (12, "phone", True, "奶奶说在外地"),
        ):
            services.log_contact(
                actor=actor, line=gone.id, attempted_on=date(2008, 9, day), way=way, reached=reached, who="班主任",
                result=result,
            )  # fmt: skip
        found = selectors.contact_attempts(gone.student, TERM)
    assert (found.absent_since, found.days_absent, found.failed) == (date(2008, 9, 1), 15, 2)
    assert found.as_text().splitlines()[1] == "2008-09-10 家访（班主任）：未联系上，房东说全家已搬走"


def test_a_contact_attempt_is_never_changed(small_city: SmallCity, roll: UUID) -> None:
    line = lines(small_city, roll)[0]
    with acting(small_city.registrar()) as actor:
        services.log_contact(
            actor=actor, line=line.id, attempted_on=date(2008, 9, 3), way="phone", reached=False, who="班主任",
            result="无人接听",
        )  # fmt: skip
        for statement in ("UPDATE rollcall_contactattempt SET reached = true", "DELETE FROM rollcall_contactattempt"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)


def test_a_pupil_whose_record_is_elsewhere_is_found_by_exact_number_and_name(
    small_city: SmallCity, roll: UUID, environment: SeededEnvironment
) -> None:
    school_with_pupils(small_city, BAIXIA, count=1, code=BAIXIA_PRIMARY, first=20)
    row = good_row(20, grade=3)
    with acting(small_city.registrar()) as actor:
        wrong = services.add_separated(actor=actor, roll=roll, name="别人", number=f"{BAIXIA_PRIMARY}20050101")
        right = services.add_separated(
            actor=actor, roll=roll, name=row["name"], document=("1", row["id_number"]), note="九月一日起在三（1）班听课"
        )
        plain = services.add_separated(actor=actor, roll=roll, name="试无名")
        found = {one.id: one for one in selectors.separated([roll])}
    assert wrong.elsewhere is None
    assert right.elsewhere == small_city.id(BAIXIA_PRIMARY)
    assert found[right.id].note == "九月一日起在三（1）班听课"
    assert found[plain.id].student is None
    with acting(small_city.registrar()) as actor, refused("rollcall.written"):
        services.add_separated(actor=actor, roll=roll, name=row["name"], document=("1", row["id_number"]))


def test_a_pupil_of_the_own_list_is_not_written_down_as_without_record(small_city: SmallCity, roll: UUID) -> None:
    row = good_row(0, grade=3)
    with acting(small_city.registrar()) as actor, refused("rollcall.on_the_list"):
        services.add_separated(actor=actor, roll=roll, name=row["name"], document=("1", row["id_number"]))


def test_it_is_not_closed_while_anyone_is_uncalled_or_absent_without_reason(small_city: SmallCity, roll: UUID) -> None:
    with acting(small_city.deputy_head()) as actor, refused("rollcall.uncalled"):
        services.close(actor=actor, roll=roll)
    called(small_city, roll, Called(lines(small_city, roll)[0].id, "absent"))
    rest_here(small_city, roll)
    with acting(small_city.deputy_head()) as actor, refused("rollcall.no_shows"):
        services.close(actor=actor, roll=roll)


def test_the_registrar_who_entered_it_does_not_close_it(small_city: SmallCity, roll: UUID) -> None:
    rest_here(small_city, roll)
    with acting(small_city.registrar()) as actor, refused("rollcall.closer"):
        services.close(actor=actor, roll=roll)
    with acting(small_city.deputy_head()) as actor:
        TermRegistration.objects.filter(pk=roll).update(opened_by=actor.person)
        with refused("rollcall.same_person"):
            services.close(actor=actor, roll=roll)


def test_closing_writes_one_entry_without_operations_that_proves_the_list(small_city: SmallCity, roll: UUID) -> None:
    rest_here(small_city, roll)
    with acting(small_city.deputy_head()) as actor:
        closed = services.close(actor=actor, roll=roll)
        entry = next(
            one for one in journals.entries_of_organisation(actor.organisation) if one.entry_id == closed.entry
        )
        assert entry.kind == "rollcall_closed"
        assert entry.operations == ()
        assert entry.basis["counts"]["here"] == 6
        assert entry.basis["digest"] == services.digest_of(roll) == closed.digest


def test_a_closed_list_never_changes(small_city: SmallCity, roll: UUID) -> None:
    rest_here(small_city, roll)
    with acting(small_city.deputy_head()) as actor:
        services.close(actor=actor, roll=roll)
    with refused("rollcall.closed"):
        called(small_city, roll, Called(lines(small_city, roll)[0].id, "absent"))
    for statement in (
        "UPDATE rollcall_rollline SET presence = 'absent'",
        "DELETE FROM rollcall_rollline",
        "UPDATE rollcall_termregistration SET digest = ''",
    ):
        with acting(small_city.registrar()), connection.cursor() as cursor:
            try:
                with transaction.atomic():
                    cursor.execute(statement)
                    assert cursor.rowcount == 0, statement
            except IntegrityError:
                continue


def test_the_list_follows_the_register_when_it_is_compared_again(
    small_city: SmallCity, roll: UUID, environment: SeededEnvironment
) -> None:
    school_with_pupils(small_city, QINHUAI, count=2, first=30)
    with acting(small_city.registrar()) as actor:
        assert services.compare_roll(actor=actor, roll=roll) == (2, 0)
        assert services.compare_roll(actor=actor, roll=roll) == (0, 0)
    assert len(lines(small_city, roll)) == 8


def test_the_bureau_sees_each_schools_state_figures_and_who_is_late(
    small_city: SmallCity, roll: UUID, environment: SeededEnvironment
) -> None:
    called(small_city, roll, Called(lines(small_city, roll)[0].id, "absent"))
    dates = parameters.rulebook(date(2008, 9, 3)).calendar.terms.term(TERM)
    assert dates is not None
    with acting(small_city.clerk(QINHUAI)):
        schools = list(organisations.schools_of(small_city.id(QINHUAI)))
        board = {one.school: one for one in selectors.board(schools, dates)}
        assert board[small_city.id(PRIMARY)].state == "open"
        assert board[small_city.id(PRIMARY)].counts.absent == 1
        assert not any(one.late for one in board.values())
        go_to(environment, 9, 16)
        board = {one.school: one for one in selectors.board(schools, dates)}
        assert all(one.late for one in board.values())
        assert selectors.sums(board.values()).expected == 6
