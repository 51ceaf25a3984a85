"""A process killed in the middle of each service leaves nothing half done (invariant 14).

The service runs in a child process that kills itself at its n-th statement, for every few n; the whole database must
then be as before, byte for byte, until the service gets through.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection, connections

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, PRIMARY, QINHUAI, SmallCity
from xueji.ground.accounts.context import acting
from xueji.ground.journals import selectors as journals
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment, environment
from xueji.registry.applications import selectors, services
from xueji.registry.applications.tests.support import child, enrol, lodge, step
from xueji.registry.applications.tests.ways import lodge_transfer, people, student_of

pytestmark = pytest.mark.usefixtures("fresh_database")
Work = Callable[[], object]
_EVERY = 9  # statements between one kill and the next


def fingerprint(owner: psycopg.Connection) -> dict[str, tuple[Any, ...]]:
    """Rows and their digest of every table of the rooms, as the owner sees them."""
    tables = owner.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        " AND table_name ~ '^(accounts|applications|cases|documents|journals|keys|organisations|register)_'"
        " AND table_name <> 'accounts_grant'"
    ).fetchall()
    found = {}
    for (table,) in sorted(tables):
        row = owner.execute(
            f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"
        ).fetchone()
        assert row is not None
        found[table] = row
    return found


def run_and_die(work: Work, at: int) -> bool:
    """Do the work in a child that dies at its ``at``-th statement; whether it got through."""
    connections.close_all()  # the child must not speak on the parent's connections
    child_process = os.fork()
    if child_process == 0:
        done = 1
        try:
            count = 0

            def kill(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
                nonlocal count
                count += 1
                if count >= at:
                    os.kill(os.getpid(), signal.SIGKILL)
                return execute(sql, params, many, context)

            with connection.execute_wrapper(kill):
                work()
            connections.close_all()
            done = 0
        finally:
            os._exit(done)
    _, status = os.waitpid(child_process, 0)
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0, "the service failed by itself"
    return os.WIFEXITED(status)


def survives(owner: psycopg.Connection, work: Work) -> None:
    """Kill the work at more and more statements; nothing may change before it gets through."""
    before = fingerprint(owner)
    for at in range(1, 2000, _EVERY):
        if run_and_die(work, at):
            assert fingerprint(owner) != before
            assert journals.verify().verified
            for _ in range(2000):  # the child has used these ids; the parent must not give them again
                environment().new_id()
            return
        _settle(owner)
        assert fingerprint(owner) == before, f"half done after statement {at}"
    pytest.fail("the service never got through")


def _settle(owner: psycopg.Connection) -> None:
    """Wait until the server has noticed the dead client and rolled its transaction back."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        row = owner.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        ).fetchone()
        if row == (0,):
            return
        time.sleep(0.02)


def prepared(city: SmallCity) -> UUID:
    """A roster that waits for its approval."""
    application = lodge(city, [child(number, class_no=1 + number % 2) for number in range(70)]).application
    step(city.proofreader(), application, "proofread")
    step(city.deputy_head(), application, "decide")
    return application


def in_autumn(city: SmallCity, environment: SeededEnvironment) -> dict[str, str | None]:
    """A child who may be transferred from 秦淮 to 白下."""
    enrol(city, [child(1), child(2)])
    enrol(city, [child(9)], school=BAIXIA_PRIMARY, bureau=BAIXIA)
    environment.move_to(datetime(2008, 9, 8, 9, tzinfo=LOCAL_ZONE))
    return child(1)


def test_killed_while_a_roster_is_lodged(small_city: SmallCity, owner_connection: psycopg.Connection) -> None:
    enrol(small_city, [child(3)], school=BAIXIA_PRIMARY, bureau=BAIXIA)  # one of the rows will be parked
    survives(owner_connection, lambda: lodge(small_city, [child(number) for number in range(5)]))


def test_killed_while_a_roster_is_approved(small_city: SmallCity, owner_connection: psycopg.Connection) -> None:
    application = prepared(small_city)
    survives(owner_connection, lambda: step(small_city.head(), application, "approve"))


def test_killed_while_a_roster_is_refused(small_city: SmallCity, owner_connection: psycopg.Connection) -> None:
    application = prepared(small_city)
    survives(owner_connection, lambda: step(small_city.head(), application, "refuse", reason="材料不实"))


def test_killed_while_a_transfer_is_lodged(
    small_city: SmallCity, environment: SeededEnvironment, owner_connection: psycopg.Connection
) -> None:
    row = in_autumn(small_city, environment)
    survives(owner_connection, lambda: lodge_transfer(small_city, row))


def test_killed_at_the_last_decision_of_a_transfer(
    small_city: SmallCity, environment: SeededEnvironment, owner_connection: psycopg.Connection
) -> None:
    application = lodge_transfer(small_city, in_autumn(small_city, environment)).application
    for actor, act in people(small_city)[:-1]:
        step(actor, application, act)
    survives(owner_connection, lambda: step(small_city.head(QINHUAI), application, "approve"))


def test_killed_while_an_arrival_is_confirmed(
    small_city: SmallCity, environment: SeededEnvironment, owner_connection: psycopg.Connection
) -> None:
    row = in_autumn(small_city, environment)
    student = student_of(small_city, str(row["name"]))
    application = lodge_transfer(small_city, row).application
    for actor, act in people(small_city):
        step(actor, application, act)

    def work() -> None:
        with acting(small_city.registrar(BAIXIA_PRIMARY)) as actor:
            services.confirm_arrival(actor=actor, school=small_city.id(BAIXIA_PRIMARY), student=student)

    survives(owner_connection, work)


def test_killed_while_a_leaving_or_a_promotion_is_decided(
    small_city: SmallCity, environment: SeededEnvironment, owner_connection: psycopg.Connection
) -> None:
    environment.move_to(datetime(2008, 3, 24, 9, tzinfo=LOCAL_ZONE))
    enrol(small_city, [child(1, grade=1), child(2, grade=6), child(3, grade=6)], kind="opening")
    environment.move_to(datetime(2008, 7, 4, 9, tzinfo=LOCAL_ZONE))
    school = small_city.id(PRIMARY)
    with acting(small_city.registrar()) as actor:
        leaving = services.lodge_leaving(actor=actor, school=school, stage="primary", school_year=2007).application
        promotion = services.lodge_promotion(actor=actor, school=school, school_year=2008).application
    step(small_city.deputy_head(), leaving, "decide")
    survives(owner_connection, lambda: step(small_city.head(), leaving, "approve"))
    survives(owner_connection, lambda: step(small_city.deputy_head(), promotion, "decide"))


def test_killed_while_a_suspected_duplicate_is_decided(
    small_city: SmallCity, owner_connection: psycopg.Connection
) -> None:
    enrol(small_city, [child(1)])
    lodged = lodge(small_city, [child(1, name="另有其人"), child(2)], school=BAIXIA_PRIMARY)
    step(small_city.proofreader(BAIXIA_PRIMARY), lodged.application, "proofread")
    step(small_city.deputy_head(BAIXIA_PRIMARY), lodged.application, "decide")
    step(small_city.head(BAIXIA), lodged.application, "approve")
    for bureau in (QINHUAI, BAIXIA):

        def work(bureau: str = bureau) -> None:
            with acting(small_city.head(bureau)) as actor:
                (found,) = selectors.duplicates(actor)
                services.decide_duplicate(actor=actor, duplicate=found.id, choice="different", reason="已核实")

        survives(owner_connection, work)
