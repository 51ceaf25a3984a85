"""Many sessions decide the same applications, some of them killed (issue 3, Shows 4; invariants 4, 14).

Every session is a process of its own that goes through all of them in its own order; a killed one dies by its
own hand in the middle of some statement. Whoever is left finds what was not decided, and nobody decides twice.
"""

from __future__ import annotations

import os
import random
import signal
import traceback
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection, connections

from tests.small_city import NINE_YEAR, PRIMARY, SmallCity
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.journals import selectors as journals
from xueji.pure.kernel.environment import (
    SeededEnvironment,
    environment,
    set_default_environment,
    today,
    use_environment,
)
from xueji.pure.kernel.types import Refused
from xueji.registry.applications.tests.support import child, lodge, step
from xueji.registry.register import selectors as register
from xueji.registry.register import services as register_services

pytestmark = pytest.mark.usefixtures("fresh_database")
SCHOOLS = (PRIMARY, NINE_YEAR)
#: So many statements one decision takes at least: a death before this many decisions is in the midst of some.
_STATEMENTS = 40


def lodged_by_two_schools(city: SmallCity, count: int) -> list[UUID]:
    """Rosters of one child each, half from either school, that wait for the one head of their bureau."""
    made = []
    for number in range(count):
        school = SCHOOLS[number % 2]
        row = child(number, class_no=1 + number // 80)
        row |= {"id_document_type": "Z", "id_number": f"临时{number}"}
        application = lodge(city, [row], school=school, file=str(number)).application
        step(city.proofreader(school), application, "proofread")
        step(city.deputy_head(school), application, "decide")
        made.append(application)
    return made


def session(city: SmallCity, applications: Sequence[UUID], seed: int, dies_at: int | None) -> int:
    """Start one; its process id. It decides whatever is still open, in an order of its own."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        own = SeededEnvironment(
            environment().now(), seed=1000 + seed
        )  # ids that neither the city nor another session has
        set_default_environment(own)
        with use_environment(own):
            _decide_all(city, applications, seed, dies_at)
        connections.close_all()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _decide_all(city: SmallCity, applications: Sequence[UUID], seed: int, dies_at: int | None) -> None:
    order, count = list(applications), 0
    random.Random(seed).shuffle(order)

    def counted(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        count += 1
        if dies_at is not None and count >= dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(counted):
        for application in order:
            try:
                step(city.head(), application, "approve")
            except Refused as refused:
                if refused.code != "case_not_open":  # somebody else was first: all is well
                    raise


def decide_at_once(city: SmallCity, applications: Sequence[UUID], *, sessions: int, killed: int) -> tuple[int, int]:
    """All sessions at the same time; how many were killed, how many ended by themselves."""
    order = random.Random(4)
    connections.close_all()  # the sessions must not speak on the parent's connections
    lives = [order.randrange(2, _STATEMENTS * 6) if number < killed else None for number in range(sessions)]
    pids = [session(city, applications, seed, dies_at) for seed, dies_at in enumerate(lives)]
    ended: Counter[bool] = Counter()
    for pid in pids:
        _, status = os.waitpid(pid, 0)
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "a session failed by itself"
        ended[os.WIFSIGNALED(status)] += 1
    return ended[True], ended[False]


def all_decided_once(city: SmallCity, owner: psycopg.Connection, applications: Sequence[UUID]) -> None:
    """One decision each, its entries once each, file numbers and registration numbers without a gap or a double."""
    wanted = {str(one) for one in applications}
    decisions = owner.execute(
        "SELECT basis->>'application', count(*) FROM journals_entry"
        " WHERE kind = 'decision' AND basis->>'act' = 'approve' GROUP BY 1"
    ).fetchall()
    assert dict(decisions) == dict.fromkeys(wanted, 1)
    entries = owner.execute(
        "SELECT basis->>'application', count(*), count(DISTINCT student) FROM journals_entry"
        " WHERE kind = 'enrolment' AND student IS NOT NULL GROUP BY 1"
    ).fetchall()
    assert {key: (count, students) for key, count, students in entries} == dict.fromkeys(wanted, (1, 1))
    steps = owner.execute(
        "SELECT c.subject::text, count(*) FROM cases_step s JOIN cases_case c ON c.id = s.case_id"
        " WHERE s.act = 'approve' AND s.outcome = 'agreed' AND c.state = 'approved' GROUP BY 1"
    ).fetchall()
    assert dict(steps) == dict.fromkeys(wanted, 1)
    serials = [row[0] for row in owner.execute("SELECT serial FROM cases_filenumber ORDER BY serial").fetchall()]
    assert serials == list(range(1, len(applications) + 1))
    numbers: list[str] = []
    for code in SCHOOLS:
        with acting(city.registrar(code)):
            numbers += [one.number for one in register.roster(city.id(code), today())]
    assert len(set(numbers)) == len(numbers) == len(applications)
    assert journals.verify().verified
    with acting_system():
        assert not register_services.rebuild().differed


def test_sessions_that_decide_the_same_applications_decide_each_once_though_some_are_killed(
    small_city: SmallCity, owner_connection: psycopg.Connection
) -> None:
    applications = lodged_by_two_schools(small_city, 10)
    killed, ended = decide_at_once(small_city, applications, sessions=6, killed=3)
    assert killed
    assert ended >= 3
    all_decided_once(small_city, owner_connection, applications)


@pytest.mark.slow
def test_thirty_two_sessions_decide_two_hundred_applications_once_each_though_half_are_killed(
    small_city: SmallCity, owner_connection: psycopg.Connection
) -> None:
    applications = lodged_by_two_schools(small_city, 200)
    killed, ended = decide_at_once(small_city, applications, sessions=32, killed=16)
    assert killed
    assert ended >= 16
    all_decided_once(small_city, owner_connection, applications)
