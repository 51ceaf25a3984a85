"""Registration numbers: allocated under a lock, gapless among the committed, never reused."""

from __future__ import annotations

import threading
from datetime import date
from uuid import UUID

import pytest
from django.db import connections, transaction

from tests.small_city import NINE_YEAR, PRIMARY, SmallCity
from xueji.ground.accounts.context import acting_system
from xueji.ground.journals import services as journals
from xueji.ground.journals.types import NewEntry
from xueji.ground.parameters.selectors import rulebook
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.numbers import Scheme
from xueji.pure.kernel.operations import OpenRegistration, SetFields
from xueji.pure.kernel.types import Refused
from xueji.registry.register import selectors, services
from xueji.registry.register.models import Counter, Number
from xueji.registry.register.services import Intake
from xueji.registry.register.tests.lives import Lives


def _scheme() -> Scheme:
    return rulebook(date(2008, 9, 1)).numbers["registration_number"]


def _new(count: int) -> list[UUID]:
    return [environment().new_id() for _ in range(count)]


def _allocate(city: SmallCity, code: str, *intakes: Intake) -> list[str]:
    given = services.allocate_numbers(school=city.id(code), school_code=code, scheme=_scheme(), intakes=intakes)
    return list(given.numbers.values())


@pytest.mark.django_db
def test_numbers_follow_school_year_class_and_order(small_city: SmallCity) -> None:
    with acting_system():
        assert _allocate(small_city, PRIMARY, Intake("primary", 2008, 2, _new(3))) == [
            PRIMARY + "20080201", PRIMARY + "20080202", PRIMARY + "20080203",
        ]  # fmt: skip
        assert _allocate(small_city, PRIMARY, Intake("primary", 2008, 2, _new(1))) == [PRIMARY + "20080204"]


@pytest.mark.django_db
def test_the_two_intakes_of_a_nine_year_school_get_distinct_numbers(small_city: SmallCity) -> None:
    with acting_system():
        numbers = _allocate(
            small_city, NINE_YEAR,
            Intake("primary", 2008, 1, _new(2), shared=True), Intake("junior", 2008, 1, _new(2), shared=True),
        )  # fmt: skip
    assert len(set(numbers)) == 4


@pytest.mark.django_db
def test_counters_are_moved_past_given_numbers_which_nobody_else_may_take(small_city: SmallCity) -> None:
    school = small_city.id(PRIMARY)
    first, second = _new(2)
    with acting_system():
        services.reserve_numbers(school=school, scheme=_scheme(), given={PRIMARY + "20080107": first})
        assert _allocate(small_city, PRIMARY, Intake("primary", 2008, 1, _new(1))) == [PRIMARY + "20080108"]
        with pytest.raises(Refused, match="20080107 已被使用过"), transaction.atomic():
            services.reserve_numbers(school=school, scheme=_scheme(), given={PRIMARY + "20080107": second})
        assert services.release_numbers(students=[first]) == 1
        services.reserve_numbers(school=school, scheme=_scheme(), given={PRIMARY + "20080107": second})
        assert Number.objects.get(pk=PRIMARY + "20080107").reserved_for == second


@pytest.mark.django_db
def test_a_reserved_number_becomes_the_pupil_s_when_the_registration_begins(lives: Lives) -> None:
    child, entry = lives.opening(number=PRIMARY + "20070133")
    with acting_system():
        services.reserve_numbers(school=child.school, scheme=_scheme(), given={PRIMARY + "20070133": child.student})
    lives.write([entry])
    with acting_system():
        assert Number.objects.get(pk=PRIMARY + "20070133").state == "given"


@pytest.mark.django_db
def test_a_range_that_is_nearly_used_up_is_said_before_it_is_and_nothing_is_given_beyond_it(
    small_city: SmallCity,
) -> None:
    scheme = _scheme()
    room = scheme.last_serial
    with acting_system():
        given = services.allocate_numbers(
            school=small_city.id(PRIMARY), school_code=PRIMARY, scheme=scheme,
            intakes=[Intake("primary", 2008, 1, _new(room - 1))],
        )  # fmt: skip
        assert len(set(given.numbers.values())) == room - 1
        assert not given.nearly_used_up or given.nearly_used_up[0][1] >= 1
        before = list(Counter.objects.order_by("prefix").values_list("prefix", "last"))
        with pytest.raises(Refused, match="学籍号不够用"), transaction.atomic():
            _allocate(small_city, PRIMARY, Intake("primary", 2008, 1, _new(room * 30)))
        assert list(Counter.objects.order_by("prefix").values_list("prefix", "last")) == before


class _Rollback(Exception):
    """Takes a transaction back on purpose."""


def test_64_threads_into_one_class_get_different_numbers_without_a_gap_and_never_a_rolled_back_one(
    small_city: SmallCity, fresh_database: str
) -> None:
    school = small_city.id(PRIMARY)
    committed: list[str] = []
    rolled_back: list[str] = []
    lock = threading.Lock()

    def enrol(index: int) -> None:
        try:
            with acting_system() as actor:
                journals.lock([school])
                student, registration, transaction_id = _new(3)
                number = _allocate(small_city, PRIMARY, Intake("primary", 2008, 3, [student]))[0]
                operations = (
                    OpenRegistration(registration, school, "primary", number, "test", "enrolment"),
                    SetFields({"name": "张小明", "gender": "1"}),
                )
                entries = journals.append(
                    actor=actor, transaction_id=transaction_id, rulebook_version="test",
                    entries=[NewEntry(school, "enrolment", date(2008, 9, 1), operations, student)],
                )  # fmt: skip
                services.refold(students=[student], transaction_id=transaction_id, entries=entries)
                if index % 4 == 0:
                    with lock:
                        rolled_back.append(number)
                    raise _Rollback
            with lock:
                committed.append(number)
        except _Rollback:
            pass
        finally:
            connections.close_all()

    connections_at_once = threading.BoundedSemaphore(40)  # the server has 64 for everybody

    def work(index: int) -> None:
        with connections_at_once:
            enrol(index)

    threads = [threading.Thread(target=work, args=[index]) for index in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(committed) == 48
    assert sorted(committed) == [f"{PRIMARY}200803{serial:02d}" for serial in range(1, 49)]
    assert len(rolled_back) == 16
    with acting_system():
        assert set(selectors.numbers_in_use(committed)) == set(committed)
        assert Number.objects.count() == 48
