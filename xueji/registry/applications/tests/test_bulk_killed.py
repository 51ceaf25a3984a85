"""A bulk run killed at any moment loses at most the school in hand; run again it finishes without harm (Shows 7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import psycopg
import pytest

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, NINE_YEAR, PRIMARY, QINHUAI, SmallCity
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.journals import selectors as journals
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.environment import environment as world
from xueji.registry.applications import services
from xueji.registry.applications.services import bulk
from xueji.registry.applications.tests.support import child, enrol, step
from xueji.registry.applications.tests.test_killed import _settle, run_and_die

pytestmark = pytest.mark.usefixtures("fresh_database")
_SCHOOLS = {PRIMARY: QINHUAI, BAIXIA_PRIMARY: BAIXIA}
_EVERY = 7


def killed(owner: psycopg.Connection, work: Callable[[], object], every: int, whole: Callable[[], None]) -> int:
    """Kill the work at more and more statements until it gets through, after each look whether all is ``whole``."""
    kills = 0
    while not run_and_die(work, every * (kills + 1)):
        kills += 1
        _settle(owner)
        for _ in range(500):  # the child has used these ids; nobody must give them again
            world().new_id()
        whole()
    return kills


def test_a_promotion_in_bulk_is_killed_and_run_again(
    small_city: SmallCity, environment: SeededEnvironment, owner_connection: psycopg.Connection
) -> None:
    environment.move_to(datetime(2008, 3, 24, 9, tzinfo=LOCAL_ZONE))
    for index, (code, bureau) in enumerate(_SCHOOLS.items()):
        rows = [child(10 * index + grade, grade=grade) for grade in (1, 2, 3)]
        enrol(small_city, rows, school=code, bureau=bureau, kind="opening", file=code)
    environment.move_to(datetime(2008, 9, 1, 9, tzinfo=LOCAL_ZONE))
    head = small_city.head(CITY)
    with acting(head) as actor:
        run = bulk.begin_run(actor=actor, kind="promotion", school_year=2008)

    def whole() -> None:
        for code in _SCHOOLS:
            with acting_system():
                assert len(organisations.promoted(small_city.id(code), 2008)) in (0, 3), "a school all or nothing"

    assert killed(owner_connection, lambda: bulk.carry_out(actor=head, run=run), _EVERY, whole) > 3
    with acting(head):
        for code in _SCHOOLS:
            assert len(organisations.promoted(small_city.id(code), 2008)) == 3
    entries = owner_connection.execute("SELECT count(*) FROM journals_entry WHERE kind = 'promote_cohort'").fetchone()
    assert entries == (6,)
    progress = owner_connection.execute("SELECT state, done, total, written FROM applications_bulkrun").fetchone()
    assert progress == ("done", 2, 2, 6)
    with acting_system():
        assert journals.verify().verified


@pytest.mark.slow
def test_a_graduation_in_bulk_is_killed_and_run_again(
    small_city: SmallCity, environment: SeededEnvironment, owner_connection: psycopg.Connection
) -> None:
    environment.move_to(datetime(2008, 3, 24, 9, tzinfo=LOCAL_ZONE))
    schools = (PRIMARY, NINE_YEAR)
    for index, code in enumerate(schools):
        rows = [child(10 * index + number, grade=6) for number in range(3)]
        enrol(small_city, rows, school=code, kind="opening", file=code)
    environment.move_to(datetime(2008, 7, 4, 9, tzinfo=LOCAL_ZONE))
    for code in schools:
        with acting(small_city.registrar(code)) as actor:
            lodged = services.lodge_leaving(actor=actor, school=actor.organisation, stage="primary", school_year=2007)
        step(small_city.deputy_head(code), lodged.application, "decide")
    head = small_city.head()
    with acting(head) as actor:
        run = bulk.begin_run(actor=actor, kind="leaving", school_year=2007, stage="primary")

    def left() -> list[int]:
        counted = "SELECT count(*) FILTER (WHERE ended_on IS NOT NULL) FROM register_registration GROUP BY school"
        return sorted(row[0] for row in owner_connection.execute(counted).fetchall())

    def whole() -> None:
        assert set(left()) <= {0, 3}, "a school all or nothing"

    assert killed(owner_connection, lambda: bulk.carry_out(actor=head, run=run), 15, whole) > 3
    assert left() == [3, 3]
    entries = owner_connection.execute("SELECT count(*) FROM journals_entry WHERE kind = 'leaving'").fetchone()
    assert entries == (6,), "nobody graduates twice"
    progress = owner_connection.execute("SELECT state, done, total, written FROM applications_bulkrun").fetchone()
    assert progress == ("done", 2, 2, 6)
    with acting_system():
        assert journals.verify().verified
