"""One child, one return (design §3, invariant 8; issue 2 "Shows" 7)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, PRIMARY, Beginning, SmallCity
from xueji.duties.returns import selectors, services
from xueji.duties.returns.models import Return
from xueji.duties.returns.tests.support import (
    ROUND,
    accept,
    certify,
    codes,
    make,
    on,
    promote,
    send_back,
    send_up,
    students_counted,
    submit,
)
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.registry.applications.tests.support import child, enrol, step
from xueji.registry.applications.tests.ways import lodge_transfer, people, student_of
from xueji.registry.register.tests.lives import Child, Lives

#: With real commits: what a step opens for two schools must end with its transaction.
pytestmark = pytest.mark.usefixtures("fresh_database")


def _begin(city: SmallCity, environment: SeededEnvironment) -> tuple[UUID, UUID]:
    """Two pupils at 秦淮's primary school, one at 白下's; a transfer lodged on 10 September: student, application."""
    rows = [child(1), child(2)]
    enrol(city, rows)
    enrol(city, [child(9)], school=BAIXIA_PRIMARY, bureau=BAIXIA)
    on(environment, 9, 10)
    student = student_of(city, str(rows[0]["name"]))
    return student, lodge_transfer(city, rows[0]).application


@pytest.fixture
def beginning() -> Beginning:
    return _begin


@pytest.fixture
def lodged(begun: tuple[UUID, UUID]) -> tuple[UUID, UUID]:
    return begun


def test_a_transfer_decided_after_the_sender_certified_leaves_the_child_in_the_senders_return_alone(
    small_city: SmallCity, environment: SeededEnvironment, lodged: tuple[UUID, UUID]
) -> None:
    student, application = lodged
    on(environment, 9, 18)
    sender = send_up(small_city)
    on(environment, 9, 22)
    for actor, act in people(small_city):
        step(actor, application, act)
    on(environment, 9, 28)
    receiver = send_up(small_city, BAIXIA_PRIMARY)
    with acting_system():
        assert student in students_counted(sender)
        assert student not in students_counted(receiver)
    assert (sender.registered, receiver.registered) == (2, 1)
    for made in (sender, receiver):
        assert [(item["state"], item["application"], item["student"]) for item in made.in_hand] == [
            ("pending", str(application), str(student))
        ]
        assert codes(made) == ["return.in_hand"]
    item = receiver.in_hand[0]
    assert (item["sending_code"], item["receiving_code"]) == (PRIMARY, BAIXIA_PRIMARY)
    assert (item["sending_name"], item["receiving_name"]) == ("秦淮云锦小学", "白下月华小学")
    assert item["registration_number"] == f"{PRIMARY}20080101"
    assert item["since"] == "2008-09-10"


def test_both_lists_come_out_the_same_when_the_returns_are_made_again_later(
    small_city: SmallCity, environment: SeededEnvironment, lodged: tuple[UUID, UUID]
) -> None:
    _, application = lodged
    on(environment, 9, 18)
    send_up(small_city)
    on(environment, 9, 22)
    for actor, act in people(small_city):
        step(actor, application, act)
    on(environment, 9, 28)
    send_up(small_city, BAIXIA_PRIMARY)
    on(environment, 11, 3)
    with acting_system():
        for made in Return.objects.filter(level="school"):
            assert services.remake(made) == made.digest


def test_a_transfer_ended_by_the_reference_date_is_in_hand_nowhere(
    small_city: SmallCity, environment: SeededEnvironment, lodged: tuple[UUID, UUID]
) -> None:
    _, application = lodged
    on(environment, 9, 15)
    for actor, act in people(small_city):
        step(actor, application, act)
    on(environment, 9, 16)
    assert [make(small_city, code).in_hand for code in (PRIMARY, BAIXIA_PRIMARY)] == [[], []]
    assert [make(small_city, code).registered for code in (PRIMARY, BAIXIA_PRIMARY)] == [1, 2]


def test_a_transfer_sent_back_to_the_receiving_school_is_still_in_hand_a_retracted_one_is_not(
    small_city: SmallCity, environment: SeededEnvironment, lodged: tuple[UUID, UUID]
) -> None:
    from xueji.registry.applications import services as applications

    _, application = lodged
    on(environment, 9, 11)
    step(small_city.proofreader(BAIXIA_PRIMARY), application, "send_back", reason="缺户口簿")
    on(environment, 9, 18)
    assert [item["state"] for item in make(small_city).in_hand] == ["pending"]
    with acting(small_city.registrar(BAIXIA_PRIMARY)) as actor:
        applications.retract(actor=actor, application=application, reason="家长撤回")
    # It was in hand on the 15th, and stays on that day's list.
    assert [item["state"] for item in make(small_city).in_hand] == ["pending"]


def _late(lives: Lives, environment: SeededEnvironment, year: int = 2007) -> tuple[Child, Child]:
    """A's return is certified on the 18th; on the 20th a transfer of the 10th is recorded in both journals."""
    left = lives.open(intake_year=year)
    lives.open(intake_year=year)
    lives.open(BAIXIA_PRIMARY, intake_year=year)
    promote(lives.city, [PRIMARY, BAIXIA_PRIMARY], year)
    on(environment, 9, 18)
    send_up(lives.city)
    on(environment, 9, 20)
    return left, lives.transfer(left, BAIXIA_PRIMARY, date(2008, 9, 10), intake_year=year)


def test_an_entry_true_before_the_reference_date_recorded_after_one_side_certified_is_left_out_and_listed(
    lives: Lives, environment: SeededEnvironment
) -> None:
    left, _ = _late(lives, environment)
    on(environment, 9, 28)
    receiver = send_up(lives.city, BAIXIA_PRIMARY)
    with acting_system():
        sender = selectors.current(ROUND, lives.city.id(PRIMARY))
        assert sender is not None
        assert left.student in students_counted(sender)
        assert left.student not in students_counted(receiver)
    (item,) = receiver.in_hand
    assert (item["state"], item["student"], item["since"]) == ("left_out", str(left.student), "2008-09-10")
    assert (item["sending_code"], item["receiving_code"]) == (PRIMARY, BAIXIA_PRIMARY)
    assert codes(receiver) == ["return.left_out"]
    # The sender's figures do not move; what they could no longer take in stands beside them.
    with acting(lives.city.registrar()):
        assert sender.in_hand == []
        (beside,) = selectors.afterwards(sender)
    assert {**beside} == {**item}


def test_what_the_other_side_has_left_out_stays_left_out_when_one_return_alone_is_reopened(
    lives: Lives, environment: SeededEnvironment
) -> None:
    left, _ = _late(lives, environment)
    on(environment, 9, 28)
    send_up(lives.city, BAIXIA_PRIMARY)
    accept(lives.city, BAIXIA_PRIMARY, BAIXIA)
    send_back(lives.city)
    again = send_up(lives.city)
    assert again.version == 2
    with acting_system():
        assert left.student in students_counted(again)
    assert [item["state"] for item in again.in_hand] == ["left_out"]
    accept(lives.city)
    with acting(lives.city.clerk(CITY)):
        assert selectors.frozen(ROUND).held


def test_with_both_returns_reopened_the_child_is_counted_where_it_went(
    lives: Lives, environment: SeededEnvironment
) -> None:
    left, _ = _late(lives, environment)
    on(environment, 9, 28)
    send_up(lives.city, BAIXIA_PRIMARY)
    send_back(lives.city)
    send_back(lives.city, BAIXIA_PRIMARY, BAIXIA)
    sender, receiver = send_up(lives.city), send_up(lives.city, BAIXIA_PRIMARY)
    with acting_system():
        assert left.student not in students_counted(sender)
        assert left.student in students_counted(receiver)
    assert sender.in_hand == receiver.in_hand == []


def test_whichever_school_is_first_every_child_stands_in_one_return(
    lives: Lives, environment: SeededEnvironment
) -> None:
    children = [lives.open() for _ in range(4)]
    lives.open(BAIXIA_PRIMARY)
    promote(lives.city, [PRIMARY, BAIXIA_PRIMARY], 2007)
    on(environment, 9, 17)
    lives.transfer(children[0], BAIXIA_PRIMARY, date(2008, 9, 10))
    make(lives.city)  # the sender's figures are made and lie there
    lives.transfer(children[1], BAIXIA_PRIMARY, date(2008, 9, 11))
    receiver = send_up(lives.city, BAIXIA_PRIMARY)
    lives.transfer(children[2], BAIXIA_PRIMARY, date(2008, 9, 12))
    make(lives.city)
    sender = certify(lives.city)
    submit(lives.city)
    with acting_system():
        counted = [students_counted(one) for one in (sender, receiver)]
    assert not counted[0] & counted[1]
    assert {child.student for child in children} <= counted[0] | counted[1]
    assert children[2].student in counted[0]
    with acting(lives.city.clerk(CITY)):
        assert selectors.frozen(ROUND).held
