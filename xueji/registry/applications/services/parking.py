"""Parking of rows that may be a child whom the register already holds (待核重复)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from uuid import UUID

from django.db import connection

from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Refused
from xueji.registry.applications.models import Application, Line, LineState, SuspectedDuplicate
from xueji.registry.applications.suspicion import Known, Suspicion
from xueji.registry.applications.types import Parked
from xueji.registry.cases import services as cases

_FIELDS = {
    "already_registered": ("id_number", "name"),
    "under_check": ("name", "id_number", "birth_date"),
}


def park(application: Application, lines: Mapping[UUID, Line], known: Mapping[UUID, Known]) -> tuple[Parked, ...]:
    """Park the rows that are suspected, tell both bureaus of each, and what the school may know.

    Rows are written already; ``lines`` are those asked for.
    """
    suspected = [(lines[line], one.suspicion) for line, one in known.items() if one.suspicion is not None]
    if not suspected:
        return ()
    told: list[Parked] = []
    for line, suspicion in suspected:
        code, sentence = suspicion.told
        line.state = LineState.PARKED
        line.findings = [*line.findings, {"code": code, "row": line.row_no, "fields": list(_FIELDS[code])}]
        told.append(Parked(line.row_no, code, sentence.format(row=line.row_no)))
    _store([line for line, _ in suspected])
    _tell_bureaus(application, suspected)
    return tuple(sorted(told, key=lambda one: one.row_no))


def _store(lines: list[Line]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE applications_line l SET state = 'parked', findings = t.findings"
            " FROM unnest(%s::uuid[], %s::jsonb[]) AS t (id, findings) WHERE l.id = t.id",
            [[line.id for line in lines], [json.dumps(line.findings) for line in lines]],
        )


def _tell_bureaus(application: Application, suspected: list[tuple[Line, Suspicion]]) -> None:
    schools = {application.school, *(suspicion.holder for _, suspicion in suspected)}
    bureaus = organisations.competent_bureaus(schools, today())
    missing = schools - bureaus.keys()
    if missing:
        raise Refused("no_competent_bureau", "有学校还没有确定主管教育局，不能核实疑似重复。请与区县教育局联系。")
    now = environment().now()
    found = [
        SuspectedDuplicate(
            id=environment().new_id(),
            application=application,
            line=line,
            reason=suspicion.reason,
            matched=suspicion.matched,
            matched_in_force=suspicion.in_force,
            school=application.school,
            matched_school=suspicion.holder,
            bureau=bureaus[application.school],
            matched_bureau=bureaus[suspicion.holder],
            opened_at=now,
        )
        for line, suspicion in suspected
    ]
    # The school that lodges may not read these rows: nothing is asked back, a known pair is passed over.
    SuspectedDuplicate.objects.bulk_create(found, ignore_conflicts=True)
    show_duplicates(application.id)
    concerned = {bureau for one in found for bureau in (one.bureau, one.matched_bureau)}
    cases.notify(concerned, "suspected_duplicate", role="head", subject=application.id, params={})


def show_duplicates(application: UUID) -> None:
    """Open (and close) the bureau's sight of the children that its rows are suspected to be."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT applications_show_duplicates(%s)", [application])
