"""(c) Pages under load: a school's list, search by name over a district, a pupil's page.

Eight connections, each logged in as another person, row-level security on as always, pages of 50 pupils. The client
runs on the same machine and takes its share of the processors.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from benchmarks.client import Act, Answer, Browser, run
from benchmarks.report import Figure, Report

if TYPE_CHECKING:
    from benchmarks.server import Served
    from xueji.doors.demo.city import SchoolPlan
    from xueji.doors.demo.rosters import Stage

PART = "pages"
CONNECTIONS = 8
_AFTER = re.compile(r'name="after" value="([0-9a-f-]{36})"')


@dataclass(frozen=True)
class People:
    """Log-ins for a load, and what they may ask for."""

    schools: Sequence[tuple[str, list[UUID]]]  # registrar's log-in, pupils of the school
    districts: Sequence[tuple[str, list[str]]]  # head's log-in, beginnings of names in the district


def find_people(stage: Stage) -> People:
    """Registrars of schools with pupils (one a district first), heads of the districts, and what they look for."""
    from django.db import connection

    from xueji.ground.accounts.context import acting_system
    from xueji.pure.kernel.types import Role

    filled: list[SchoolPlan] = []
    with acting_system(), connection.cursor() as cursor:
        cursor.execute("SELECT holder, count(*) FROM register_student GROUP BY holder")
        counts = dict(cursor.fetchall())
        most = max(counts.values(), default=0)
        ids = stage.founded.organisations
        filled = [one for one in stage.city.schools if counts.get(ids[one.code], 0) > most / 2]
        schools, districts = [], []
        for school in filled[:CONNECTIONS]:
            cursor.execute("SELECT id FROM register_student WHERE holder = %s ORDER BY id", [ids[school.code]])
            schools.append((login_of(stage, school.code, Role.REGISTRAR), [row[0] for row in cursor.fetchall()]))
            cursor.execute(
                "SELECT DISTINCT left(name, 2) FROM register_student WHERE holder = %s ORDER BY 1", [ids[school.code]]
            )
            district = login_of(stage, school.district, Role.HEAD)
            districts.append((district, [row[0] for row in cursor.fetchall()]))
    if len(schools) < CONNECTIONS:
        raise SystemExit(f"the town has pupils in {len(schools)} schools only; {CONNECTIONS} are needed")
    return People(schools, districts)


def login_of(stage: Stage, code: str, role: object) -> str:
    """The log-in name of a post's holder."""
    from xueji.ground.accounts.context import acting_system
    from xueji.ground.accounts.models import Account
    from xueji.pure.kernel.types import Role

    assert isinstance(role, Role)
    holder = stage.founded.actor(code, role)
    with acting_system():
        return str(Account.objects.values_list("login", flat=True).get(pk=holder.person))


def listing() -> Act:
    """The school's list, page after page."""
    after = ""

    def act(browser: Browser, number: int) -> Answer:
        nonlocal after
        answer = browser.get(f"/pupils/?after={after}" if after else "/pupils/")
        found = _AFTER.search(answer.body)
        after = found.group(1) if found else ""
        return answer

    return act


def searching(names: Sequence[str], seed: int) -> Act:
    """Surname and first character of the given name, in the search box."""
    order = random.Random(seed)

    def act(browser: Browser, number: int) -> Answer:
        return browser.post("/search/", {"q": order.choice(names)})

    return act


def pupil(students: Sequence[UUID], seed: int) -> Act:
    """Pupils' pages at random."""
    order = random.Random(seed)

    def act(browser: Browser, number: int) -> Answer:
        return browser.get(f"/pupils/{order.choice(students)}/")

    return act


def browsers(served: Served, logins: Sequence[str]) -> list[Browser]:
    """A browser a log-in."""
    from xueji.doors.demo.founding import PASSWORD

    return [Browser(served.port).log_in(login, PASSWORD) for login in logins]


def measure(served: Served, people: People, report: Report, *, seconds: float) -> None:
    """All three pages, one after the other."""
    floor: list[Act] = [lambda browser, _: browser.get("/login/")] * CONNECTIONS
    lists: list[Act] = [listing() for _ in range(CONNECTIONS)]
    searches = [searching(names, seed) for seed, (_, names) in enumerate(people.districts)]
    pupils = [pupil(students, seed) for seed, (_, students) in enumerate(people.schools)]
    schools, districts = [login for login, _ in people.schools], [login for login, _ in people.districts]
    told: Sequence[tuple[str, Sequence[str], list[Act], float | None, float | None]] = (
        ("log-in page (floor)", schools, floor, None, None),
        ("school's list", schools, lists, 150, 100),
        ("name search over the district", districts, searches, 120, 130),
        ("pupil's page", schools, pupils, 200, 80),
    )
    for name, logins, acts, rate, slowest in told:
        found = browsers(served, logins)
        load = run(found, acts, warm=min(2.0, seconds / 3), measured=seconds)
        for browser in found:
            browser.close()
        note = f"{load.wrong} wrong answers" if load.wrong else ""
        report.add(
            Figure(PART, name, load.rate, "req/s", rate, "high", note),
            Figure(PART, f"{name}, p95", load.percentile(0.95), "ms", slowest, "low"),
        )
