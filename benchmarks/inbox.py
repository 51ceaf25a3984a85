"""(g) The inbox of a district with 5,000 open applications, eight connections.

The applications stand there as if pupils' schools had lodged them and decided: a file, a case with its steps, parties
and notices each, four times as many that were closed before. They are put in by one statement, since lodging is not
what is measured here; everything is read by the served pages, as the district's clerk and head.
Beside it in the same run: the log-in page (no inbox, no post), the list of pupils as the same people read it, and
the bare rows, read by the same role.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from benchmarks import pages
from benchmarks.client import Act, Answer, Browser, run
from benchmarks.report import Figure, Report, tell

if TYPE_CHECKING:
    from benchmarks.server import Served
    from xueji.doors.demo.rosters import Stage

PART = "inbox"
OPEN, CLOSED_FOR_EACH = 5000, 4
GOAL_MS = 120

_PUT_IN = """
CREATE TEMPORARY TABLE bench_case ON COMMIT DROP AS
SELECT gen_random_uuid() AS id, gen_random_uuid() AS subject, s.id AS student, s.holder, n.nr,
       n.nr %% %(times)s = 0 AS open,
       (%(kinds)s::text[])[1 + n.nr %% cardinality(%(kinds)s::text[])] AS kind,
       date '2008-10-06' + (n.nr %% 40) AS opened_on, date '2008-10-20' + (n.nr %% 40) AS due_on
FROM (SELECT id, holder, row_number() OVER (ORDER BY id) AS place FROM register_student
      WHERE holder = ANY (%(schools)s::uuid[]) ORDER BY id LIMIT %(open)s) s,
     LATERAL (SELECT ((s.place - 1) * %(times)s + g)::int AS nr FROM generate_series(0, %(times)s - 1) AS g) n;

INSERT INTO applications_application (id, kind, variant, school, stage, state, student, rows, registrations, reason,
  lodged_by, lodged_post, lodged_on, lodged_at, changed_at, version, transaction_id, effective_on)
SELECT subject, kind, 'bench', holder, 'primary', CASE WHEN open THEN 'decided' ELSE 'approved' END, student, 1, 0, '',
  %(person)s, %(post)s, opened_on, opened_on, opened_on, 3, CASE WHEN open THEN NULL ELSE gen_random_uuid() END,
  CASE WHEN open THEN NULL ELSE opened_on END
FROM bench_case;

INSERT INTO cases_case (id, subject, kind, stage, organisation, label, state, round, lodged_by, lodged_role, lodged_as,
  opened_on, closed_on)
SELECT id, subject, kind, 'primary', holder, kind, CASE WHEN open THEN 'open' ELSE 'approved' END, 1, %(person)s,
  'registrar', '', opened_on, CASE WHEN open THEN NULL ELSE due_on END
FROM bench_case;

INSERT INTO cases_party (case_id, organisation, owner)
SELECT id, o, holder FROM bench_case, unnest(ARRAY[holder, %(bureau)s]::uuid[]) AS o;

INSERT INTO cases_step (id, case_id, kind, applicant, round, "order", key, title, phase, act, role, side, stage,
  organisation, completes, needs_check, files, opened_at, due_on, due_is_provisional, decided_at, decided_by,
  decided_name, decided_as, outcome, reason_code)
SELECT gen_random_uuid(), c.id, c.kind, c.holder, 1, s.nr, s.act, s.act, s.side, s.act, s.role, s.side, 'primary',
  CASE s.side WHEN 'applicant' THEN c.holder ELSE %(bureau)s END, s.nr = 4, true, s.nr = 4,
  CASE WHEN NOT c.open OR s.nr <= 3 THEN c.opened_on + interval '9 hours' END,
  CASE WHEN NOT c.open OR s.nr <= 3 THEN c.due_on END, false,
  CASE WHEN NOT c.open OR s.nr < 3 THEN c.opened_on + interval '10 hours' END,
  CASE WHEN NOT c.open OR s.nr < 3 THEN %(person)s::uuid END, '', '',
  CASE WHEN NOT c.open OR s.nr < 3 THEN 'agreed' ELSE '' END, ''
FROM bench_case c, (VALUES (1, 'proofread', 'proofreader', 'applicant'), (2, 'decide', 'deputy_head', 'applicant'),
  (3, 'examine', 'clerk', 'bureau_of_applicant'), (4, 'approve', 'head', 'bureau_of_applicant'))
  AS s (nr, act, role, side);

INSERT INTO cases_notice (id, organisation, role, subject, code, params, created_at, read_at)
SELECT gen_random_uuid(), %(bureau)s, 'clerk', subject, 'step_waiting_undated',
  jsonb_build_object('label', kind, 'act', kind), opened_on, CASE WHEN open THEN NULL ELSE opened_on END
FROM bench_case;
"""
#: What the server's own housekeeping does within a minute of so many new rows.
_SWEEP = "VACUUM ANALYZE applications_application, cases_case, cases_party, cases_step, cases_notice"
_TAKE_OUT = """
CREATE TEMPORARY TABLE bench_case ON COMMIT DROP AS
SELECT c.id, a.id AS subject FROM applications_application a JOIN cases_case c ON c.subject = a.id
WHERE a.variant = 'bench';
DELETE FROM cases_notice WHERE subject IN (SELECT subject FROM bench_case);
DELETE FROM cases_step WHERE case_id IN (SELECT id FROM bench_case);
DELETE FROM cases_party WHERE case_id IN (SELECT id FROM bench_case);
DELETE FROM cases_case WHERE id IN (SELECT id FROM bench_case);
DELETE FROM applications_application WHERE variant = 'bench';
"""
_BARE = """
SELECT s.id, s.case_id, s.act, s.due_on FROM cases_step s
WHERE s.organisation = %s AND s.role = 'clerk' AND s.opened_at IS NOT NULL AND s.decided_at IS NULL
ORDER BY s.due_on LIMIT 50
"""


@dataclass(frozen=True)
class District:
    """The measured district."""

    code: str
    bureau: UUID
    schools: tuple[UUID, ...]
    open: int


def prepare(stage: Stage, *, wanted: int) -> District:
    """The district with the most pupils, with so many open applications (fewer where it has fewer pupils)."""
    from django.db import connections

    from xueji.ground.accounts.context import acting_system
    from xueji.pure.kernel.types import Role

    ids = stage.founded.organisations
    by_district: dict[str, list[UUID]] = {}
    for school in stage.city.schools:
        by_district.setdefault(school.district, []).append(ids[school.code])
    connection = connections["default"]
    with acting_system(), connection.cursor() as cursor:
        cursor.execute("SELECT holder, count(*) FROM register_student GROUP BY holder")
        pupils = dict(cursor.fetchall())
        code = max(by_district, key=lambda one: sum(pupils.get(school, 0) for school in by_district[one]))
    schools = tuple(by_district[code])
    lodger = stage.founded.actor(stage.city.schools[0].code, Role.REGISTRAR)
    values = {
        "schools": list(schools), "bureau": ids[code], "person": lodger.person, "post": lodger.post,
        "open": wanted, "times": 1 + CLOSED_FOR_EACH, "kinds": _kinds(),
    }  # fmt: skip
    begun = time.perf_counter()
    _as_owner(_TAKE_OUT, {})  # of a run that was broken off
    _as_owner(_PUT_IN, values)
    _as_owner(_SWEEP, {}, autocommit=True)
    standing = min(wanted, sum(pupils.get(school, 0) for school in schools))
    tell(f"{standing} open applications, {standing * CLOSED_FOR_EACH} closed, {time.perf_counter() - begun:.1f} s")
    return District(code, ids[code], schools, standing)


def clear() -> None:
    """Take them out again: what is measured next finds the town as it was."""
    _as_owner(_TAKE_OUT, {})


def _as_owner(statements: str, values: dict[str, Any], *, autocommit: bool = False) -> None:
    import psycopg

    from xueji.config.databases import owner_conninfo
    from xueji.config.home import Home

    with psycopg.connect(
        owner_conninfo(Home.current()), cursor_factory=psycopg.ClientCursor, autocommit=autocommit
    ) as owner:
        owner.execute(statements, values)


def _kinds() -> list[str]:
    """Kinds of change of one pupil, as the rulebook has them."""
    from xueji.ground.accounts.context import acting_system
    from xueji.ground.parameters.selectors import rulebook
    from xueji.pure.procedures.frame import procedures

    with acting_system():
        changes = rulebook(_shown_on()).changes
    return sorted(kind for kind in procedures() if kind in changes)[:8]


def _shown_on() -> Any:
    from benchmarks.town import SHOWN_ON

    return SHOWN_ON


def _at_random(paths: list[str], seed: int) -> Act:
    order = random.Random(seed)

    def act(browser: Browser, number: int) -> Answer:
        return browser.get(order.choice(paths))

    return act


def _bare(stage: Stage, district: District) -> Callable[[], float]:
    """Seconds of reading the first fifty rows alone, under row-level security, without any page."""
    from django.db import connection

    from xueji.ground.accounts.context import acting
    from xueji.pure.kernel.types import Role

    clerk = stage.founded.actor(district.code, Role.CLERK)

    def once() -> float:
        begun = time.perf_counter()
        with acting(clerk), connection.cursor() as cursor:
            cursor.execute(_BARE, [district.bureau])
            cursor.fetchall()
        return time.perf_counter() - begun

    return once


def measure(served: Served, stage: Stage, district: District, report: Report, *, seconds: float) -> None:
    """The first page, and pages, filters and tabs at random; the log-in page and the bare rows beside them."""
    from xueji.pure.kernel.types import Role

    clerk, head = (pages.login_of(stage, district.code, role) for role in (Role.CLERK, Role.HEAD))
    logins = [clerk, clerk, clerk, head] * (pages.CONNECTIONS // 4)
    first: list[Act] = [lambda browser, _: browser.get("/changes/")] * pages.CONNECTIONS
    last = max(1, district.open // 50)
    paths = [f"/changes/?page={page}" for page in (1, 2, 3, last // 2 + 1, last)]
    paths += [f"/changes/?kind={kind}" for kind in _kinds()[:3]]
    paths += ["/changes/?stage=primary", "/changes/?due=overdue", "/changes/?tab=elsewhere", "/changes/?tab=late"]
    paths += [f"/changes/?school={school}" for school in district.schools[:3]]
    floor: list[Act] = [lambda browser, _: browser.get("/login/")] * pages.CONNECTIONS
    mixed = [_at_random(paths, seed) for seed in range(pages.CONNECTIONS)]
    told: list[tuple[str, list[Act], float | None]] = [
        ("baseline: log-in page", floor, None),
        ("baseline: the district's list of pupils", [pages.listing() for _ in logins], None),
        (f"inbox of {district.open:,}, first page", first, GOAL_MS),
        (f"inbox of {district.open:,}, pages, filters and tabs", mixed, GOAL_MS),
    ]
    for name, acts, goal in told:
        found = pages.browsers(served, logins)
        load = run(found, acts, warm=min(2.0, seconds / 3), measured=seconds)
        for browser in found:
            browser.close()
        note = f"{load.wrong} wrong answers" if load.wrong else ""
        report.add(
            Figure(PART, name, load.rate, "req/s", note=note),
            Figure(PART, f"{name}, p95", load.percentile(0.95), "ms", goal, "low"),
        )
    once = _bare(stage, district)
    bare = sorted(once() for _ in range(200))
    report.add(Figure(PART, "baseline: fifty bare rows, one connection, p95", bare[190] * 1000, "ms"))
