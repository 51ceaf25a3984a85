"""Many at once (issue 2, Shows 6): different numbers without a gap, crossing transfers without deadlock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connections, transaction

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, PRIMARY, QINHUAI, SmallCity
from xueji.ground.accounts.context import acting
from xueji.ground.journals import selectors as journals
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment, today
from xueji.registry.applications import services
from xueji.registry.applications.tests.support import child, enrol, lodge, step
from xueji.registry.applications.tests.ways import lodge_transfer, people
from xueji.registry.register import selectors as register

pytestmark = pytest.mark.usefixtures("fresh_database")

#: The embedded server takes 64 connections in all; threads beyond wait for one as they do for a pool's.
_CONNECTIONS = threading.BoundedSemaphore(12)


def at_once(count: int, work: Callable[[int], object]) -> list[BaseException]:
    """Run ``work(0..count-1)`` in threads that start together; what they raised."""
    start, failed = threading.Barrier(count), []

    def run(number: int) -> None:
        start.wait()
        with _CONNECTIONS:
            try:
                work(number)
            except BaseException as error:
                failed.append(error)
            finally:
                connections.close_all()

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(600)
    assert not any(thread.is_alive() for thread in threads)
    return failed


class Changed(Exception):
    """Somebody thought better of it."""


def test_sixty_four_threads_enrolling_into_one_class_get_different_numbers_without_a_gap(
    small_city: SmallCity,
) -> None:
    """Every eighth is rolled back after its approval and done again: its first number was never shown."""
    lodged: list[UUID] = []
    for number in range(64):
        application = lodge(small_city, [child(number)], file=str(number)).application
        step(small_city.proofreader(), application, "proofread")
        step(small_city.deputy_head(), application, "decide")
        lodged.append(application)

    def work(number: int) -> None:
        if number % 8 == 0:
            try:
                with transaction.atomic():
                    step(small_city.head(), lodged[number], "approve")
                    raise Changed
            except Changed:
                pass
        step(small_city.head(), lodged[number], "approve")

    assert at_once(64, work) == []
    with acting(small_city.registrar()):
        numbers = [one.number for one in register.roster(small_city.id(PRIMARY), today())]
    assert sorted(numbers) == [f"{PRIMARY}200801{serial:02d}" for serial in range(1, 65)]
    assert journals.verify().verified


def cross(city: SmallCity, environment: SeededEnvironment, pairs: int, threads: int) -> None:
    """``2 × pairs`` children move between two schools, half of them each way, decided at the same time."""
    rows = {
        code: [child(offset + number, class_no=1 + number // 25) for number in range(pairs)]
        for code, offset in ((PRIMARY, 0), (BAIXIA_PRIMARY, 300))
    }
    for offset, (code, own) in enumerate(rows.items()):
        for number, row in enumerate(own):
            row["id_number"] = f"3201042001{offset:01d}{number:07d}"
            row["name"] = f"{'春秋'[offset]}{number}"
        enrol(city, own, school=code, bureau={PRIMARY: QINHUAI, BAIXIA_PRIMARY: BAIXIA}[code], file=code)
    environment.move_to(datetime(2008, 9, 8, 9, tzinfo=LOCAL_ZONE))
    ways: list[tuple[UUID, str, str]] = []
    for number in range(pairs):
        if number % 25 == 24:
            environment.advance(timedelta(days=1))  # exact look-ups have their limit
        for sender, receiver in ((PRIMARY, BAIXIA_PRIMARY), (BAIXIA_PRIMARY, PRIMARY)):
            group = organisations.class_groups(city.id(receiver))[number // 25].id
            application = lodge_transfer(city, rows[sender][number], to=receiver, class_group=group).application
            ways.append((application, sender, receiver))

    def work(part: int) -> None:
        for application, sender, receiver in ways[part::threads]:
            for actor, act in people(city, sender, receiver):
                step(actor, application, act)

    assert at_once(threads, work) == []
    for code in (PRIMARY, BAIXIA_PRIMARY):
        with acting(city.registrar(code)):
            there = register.roster(city.id(code), today())
        assert len(there) == pairs
        assert len({one.number for one in there}) == pairs
        assert {one.arrival for one in there} == {"awaited"}
    assert journals.verify().verified


def test_crossing_transfers_between_two_schools_do_not_deadlock(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    cross(small_city, environment, pairs=6, threads=6)


@pytest.mark.slow
def test_a_thousand_crossing_transfers_do_not_deadlock(small_city: SmallCity, environment: SeededEnvironment) -> None:
    cross(small_city, environment, pairs=500, threads=12)


def test_one_application_decided_by_two_at_once_is_decided_once(small_city: SmallCity) -> None:
    application = lodge(small_city, [child(1)]).application
    step(small_city.proofreader(), application, "proofread")
    step(small_city.deputy_head(), application, "decide")
    failed = at_once(4, lambda _: step(small_city.head(), application, "approve"))
    assert len(failed) == 3
    with acting(small_city.registrar()):
        assert len(register.roster(small_city.id(PRIMARY), today())) == 1


def test_the_same_file_lodged_by_two_at_once_is_one_application(small_city: SmallCity) -> None:
    found: set[UUID] = set()

    def work(_: int) -> None:
        found.add(lodge(small_city, [child(1), child(2)]).application)

    assert at_once(4, work) == []
    assert len(found) == 1


def test_one_child_on_two_rosters_approved_at_once_is_registered_once(small_city: SmallCity) -> None:
    """Both rosters were clean when they were lodged; the second approval parks the child or is refused."""
    lodged = {
        code: lodge(small_city, [child(1), child(10 + index)], school=code).application
        for index, code in enumerate((PRIMARY, BAIXIA_PRIMARY))
    }
    bureaus = {PRIMARY: QINHUAI, BAIXIA_PRIMARY: BAIXIA}
    for code, application in lodged.items():
        step(small_city.proofreader(code), application, "proofread")
        step(small_city.deputy_head(code), application, "decide")
    codes = list(lodged)
    at_once(2, lambda number: step(small_city.head(bureaus[codes[number]]), lodged[codes[number]], "approve"))
    names = []
    for code in codes:
        with acting(small_city.registrar(code)):
            names += [one.name for one in register.roster(small_city.id(code), today())]
    assert names.count(str(child(1)["name"])) == 1
    assert journals.verify().verified


def test_retracting_and_deciding_at_once_end_in_one_of_both(small_city: SmallCity) -> None:
    application = lodge(small_city, [child(1)]).application
    step(small_city.proofreader(), application, "proofread")
    step(small_city.deputy_head(), application, "decide")

    def work(number: int) -> None:
        if number == 0:
            step(small_city.head(), application, "approve")
            return
        with acting(small_city.registrar()) as actor:
            services.retract(actor=actor, application=application)

    assert len(at_once(2, work)) == 1
    assert journals.verify().verified
