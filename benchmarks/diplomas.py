"""(i) Diplomas attested in bulk by a bureau: its schools' leavers requested, some of their records changed meanwhile.

Each school asks for all its leavers, its deputy head agrees. Then the bureau's clerk, and after him its head, look at
all requests of their schools at once, as their page does, and decide them. Half the changes come before the clerk has
looked, half between him and the head; each must come out as an exception, and nothing else. Beside it in the same run
the rows that are left, claims and papers, by COPY into bare tables: no comparison, number, signature or journal.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg

from benchmarks.bulk import CITY, _command
from benchmarks.report import Figure, Report, tell

if TYPE_CHECKING:
    from xueji.doors.demo.rosters import Stage
    from xueji.pure.kernel.types import Actor

PART = "diplomas"
KIND = "graduation_certificate"
DIPLOMAS = 5_000
SCHOOLS = 31  # of a thousand pupils each: a sixth of them leaves, and some do not get that far
CHANGED_OF = 50  # one of so many leavers has another name than when his diploma was asked for
GOAL_SECONDS = 60.0
_TABLES = {"certificates_orderline": "claims", "certificates_certificate": "papers"}


def measure(stage: Stage, home: Path, report: Report, *, diplomas: int) -> None:
    """All figures. ``diplomas``: how many are asked for (the goal is for :data:`DIPLOMAS`)."""
    from benchmarks.town import SHOWN_ON
    from xueji.pure.kernel.environment import FixedDayEnvironment, set_default_environment

    _command(home, "graduate", "--school-year", "2007", "--org", CITY, "--lodge", "--preview")
    graduated = _command(home, "graduate", "--school-year", "2007", "--org", CITY)
    tell(f"graduation: {graduated['written']} written")
    set_default_environment(FixedDayEnvironment(SHOWN_ON))
    begun = time.perf_counter()
    orders, leavers = _request(stage, diplomas)
    asked = sum(len(one) for one in leavers.values())
    bureaus = {stage.bureau_of(one) for one in stage.city.schools if one.code in leavers}
    note = f"{asked} leavers, {len(orders)} schools, {len(bureaus)} bureaus"
    report.add(Figure(PART, "requested", time.perf_counter() - begun, "s", None, "low", note))
    changed = [_of(leavers, which) for which in (0, CHANGED_OF // 2)]
    seconds, found = [], []
    for role, some in zip(("clerk", "head"), changed, strict=True):
        _change(stage, some)
        begun = time.perf_counter()
        found.append(sum(_decide(stage, bureau, role, orders) for bureau in sorted(bureaus)))
        seconds.append(time.perf_counter() - begun)
    told = [sum(len(one) for one in some.values()) for some in changed]
    if found != told:
        raise RuntimeError(f"{found} exceptions came out, {told} records were changed")
    given = _given(list(orders.values()))
    if given != asked - sum(told):
        raise RuntimeError(f"{given} papers, {asked - sum(told)} expected")
    goal = GOAL_SECONDS if asked >= DIPLOMAS else None
    report.add(
        Figure(PART, "examined by the clerk", seconds[0], "s", None, "low", f"{found[0]} exceptions"),
        Figure(PART, "attested by the head", seconds[1], "s", None, "low", f"{found[1]} exceptions, {given} papers"),
        Figure(PART, "examined and attested", sum(seconds), "s", goal, "low", f"{asked} in {len(orders)} requests"),
    )
    _copied(report)


def _request(stage: Stage, wanted: int) -> tuple[dict[str, UUID], dict[str, list[UUID]]]:
    """The requests by school code, and whom they are for: school by school, district by district, till enough."""
    from xueji.duties.certificates import selectors, services
    from xueji.ground.accounts.context import acting
    from xueji.pure.kernel.environment import today
    from xueji.pure.kernel.types import Role

    orders: dict[str, UUID] = {}
    leavers: dict[str, list[UUID]] = {}
    left = wanted
    for school in sorted(stage.city.schools, key=lambda one: (one.district, one.code)):
        if left <= 0:
            break
        with acting(stage.founded.actor(school.code, Role.REGISTRAR)) as actor:
            kind = services.attested_kind(KIND, actor.organisation)
            found = selectors.candidates(actor.organisation, kind, today())
            pupils = [one.student for one in found if not one.why][:left]
            if not pupils:
                continue
            orders[school.code] = services.request(actor=actor, kind=KIND, students=pupils).order
        with acting(stage.founded.actor(school.code, Role.DEPUTY_HEAD)) as actor:
            services.agree(actor=actor, order=orders[school.code], act="decide")
        leavers[school.code] = pupils
        left -= len(pupils)
    return orders, leavers


def _of(leavers: Mapping[str, Sequence[UUID]], which: int) -> dict[str, list[UUID]]:
    """One of so many leavers of each school."""
    return {code: list(pupils[which::CHANGED_OF]) for code, pupils in leavers.items()}


def _change(stage: Stage, leavers: Mapping[str, Sequence[UUID]]) -> None:
    """Their names are corrected after the request: entries of their schools' journals."""
    from xueji.ground.accounts.context import acting_system, system_actor
    from xueji.ground.journals import services as journals
    from xueji.ground.journals.types import NewEntry
    from xueji.pure.kernel.environment import environment, today
    from xueji.pure.kernel.operations import SetFields
    from xueji.registry.register import services as register

    with acting_system():
        for code, pupils in leavers.items():
            school, transaction = stage.founded.organisations[code], environment().new_id()
            journals.lock([school])
            entries = journals.append(
                actor=system_actor(),
                transaction_id=transaction,
                entries=[
                    NewEntry(school, "correction", today(), (SetFields({"name": "更名"}),), one, {}) for one in pupils
                ],
                rulebook_version="bench",
            )
            register.refold(students=set(pupils), transaction_id=transaction, entries=entries)


def _decide(stage: Stage, bureau: str, role: str, orders: Mapping[str, UUID]) -> int:
    """What the page does for a bureau's post: all its schools' requests looked at, then decided; the exceptions."""
    from xueji.duties.certificates import selectors, services
    from xueji.ground.accounts.context import acting
    from xueji.pure.kernel.types import Role

    actor: Actor = stage.founded.actor(bureau, Role(role))
    codes = {one.code for one in stage.city.schools if stage.bureau_of(one) == bureau}
    with acting(actor):
        looked = selectors.look_at(actor, [order for code, order in orders.items() if code in codes])
    named = sum(len(one.compared.why) for one in looked if one.compared)
    made = services.agree_each(actor=actor, wanted={one.order.pk: (one.act, one.seen) for one in looked})
    if made.refused or made.left_out != named:
        raise RuntimeError(f"{made.refused or made.left_out}: {named} exceptions were shown")
    return named


def _given(orders: Sequence[UUID]) -> int:
    from xueji.duties.certificates.models import Certificate
    from xueji.ground.accounts.context import acting_system

    with acting_system():
        return Certificate.objects.filter(line__order__in=orders).count()


def _copied(report: Report) -> None:
    """The rows that are left, read into memory and written by COPY into bare tables."""
    from django.db import connections

    owner: Any = connections["owner"]
    settings = owner.get_connection_params()
    settings = {key: settings[key] for key in ("dbname", "user", "password", "host", "port") if settings.get(key)}
    seconds, total = 0.0, 0
    with psycopg.connect(**settings) as plain:
        for table in _TABLES:
            rows = plain.execute(f"SELECT * FROM {table}").fetchall()  # names of the code alone
            plain.execute(f"CREATE TEMPORARY TABLE bare_{table} (LIKE {table})")
            begun = time.perf_counter()
            with plain.cursor() as own, own.copy(f"COPY bare_{table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            plain.commit()
            seconds, total = seconds + time.perf_counter() - begun, total + len(rows)
    note = f"{total} rows: {' and '.join(_TABLES.values())}"
    report.add(Figure(PART, "the same rows by COPY", seconds, "s", None, "low", note))
