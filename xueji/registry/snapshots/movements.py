"""What happened between two dates, as known at a cut: registrations that began or ended, and irregular spells."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import polars as pl
from django.db import connection

from xueji.ground.accounts.context import counting
from xueji.registry.register.canonical import LIVE, Tables
from xueji.registry.register.cuts import present_cut
from xueji.registry.register.history import folded_to_cut
from xueji.registry.snapshots.outside import outside_spells
from xueji.registry.snapshots.state import own_schools

REGISTRATIONS = {
    "registration": pl.String, "school": pl.String, "stage": pl.String, "intake_year": pl.Int32, "gender": pl.String,
    "started_on": pl.Date, "ended_on": pl.Date, "how_started": pl.String, "how_ended": pl.String, "voided": pl.Boolean,
}  # fmt: skip
SPELLS = {
    "registration": pl.String, "school": pl.String, "dimension": pl.String, "value": pl.String,
    "started_on": pl.Date, "ended_on": pl.Date, "stage": pl.String, "intake_year": pl.Int32, "gender": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Movements:
    """Between ``after`` (exclusive) and ``until`` (inclusive).

    ``registrations``: those of the schools that began or ended in between or are voided, with the cohort of their
    last class group. ``spells``: not in school, awaited, or attending elsewhere, touching the time, of the schools'
    registrations and of their guests, with the cohort in which each is at the end of it.
    """

    after: date
    until: date
    registrations: pl.DataFrame
    spells: pl.DataFrame


_REGISTRATIONS = """
SELECT r.id::text, r.school::text, r.stage, g.intake_year, n.gender, r.started_on, r.ended_on, r.how_started,
  r.how_ended, r.voided
FROM {t.registration} r
JOIN {t.student} n ON n.id = r.student_id
LEFT JOIN LATERAL (
  SELECT s.value FROM {t.spell} s
  WHERE s.student = r.student_id AND s.registration_id = r.id AND s.dimension = 'class_group'
  ORDER BY s.started_on DESC LIMIT 1) c ON true
LEFT JOIN {t.class_group} g ON g.id = c.value::uuid
WHERE (r.voided OR (r.started_on > %(after)s AND r.started_on <= %(until)s)
       OR (r.ended_on > %(after)s AND r.ended_on <= %(until)s)) {own}
"""
_SPELLS = """
SELECT s.registration_id::text, s.school::text, s.dimension, s.value, s.started_on, s.ended_on, r.stage,
  g.intake_year, n.gender
FROM {t.spell} s
JOIN {t.registration} r ON r.student_id = s.student AND r.id = s.registration_id AND NOT r.voided
JOIN {t.student} n ON n.id = s.student
LEFT JOIN LATERAL (
  SELECT p.value FROM {t.spell} p
  WHERE p.student = s.student AND p.registration_id = s.registration_id AND p.dimension = 'class_group'
    AND p.started_on <= %(until)s
  ORDER BY p.started_on DESC LIMIT 1) c ON true
LEFT JOIN {t.class_group} g ON g.id = c.value::uuid
WHERE s.started_on <= %(until)s AND (s.ended_on IS NULL OR s.ended_on > %(after)s)
  AND ((s.dimension = 'status' AND s.value <> 'in_school') OR (s.dimension = 'arrival' AND s.value = 'awaited')
       OR s.dimension = 'attends') {own}
"""
_GUESTS = (
    "SELECT a.registration_id FROM {t.spell} a WHERE a.dimension = 'attends' AND a.value = ANY (%(schools)s::text[])"
)


def movements_at(
    after: date,
    until: date,
    cut: Mapping[UUID, int] | None = None,
    schools: Sequence[UUID] | None = None,
    *,
    held: Collection[UUID] = (),
) -> Movements:
    """The movements of the schools (None: of the actor's jurisdiction) as known at a cut (None: now).

    ``held``: transactions that do not count (see :func:`state.state_at`).
    """
    chosen = own_schools(schools)
    with counting():
        if not held and (cut is None or cut == present_cut()):
            return _with_outside(_read(after, until, chosen, LIVE), chosen, None, ())
        known = present_cut() if cut is None else cut
        with folded_to_cut(known, held=held, schools=chosen) as folded:
            return _with_outside(_read(after, until, chosen, folded.tables), chosen, known, held)


def _with_outside(
    found: Movements, schools: Sequence[UUID] | None, cut: Mapping[UUID, int] | None, held: Collection[UUID]
) -> Movements:
    """With the stays of the guests whose home is outside the register, which have no registration."""
    stays = outside_spells(found.after, found.until, schools, SPELLS, cut=cut, held=held)
    return replace(found, spells=pl.concat([found.spells, stays])) if stays.height else found


def _read(after: date, until: date, schools: Sequence[UUID] | None, tables: Tables) -> Movements:
    params = {"after": after, "until": until, "schools": None if schools is None else list(schools)}
    mine = "" if schools is None else "AND r.school = ANY (%(schools)s)"
    ours = "" if schools is None else f"AND (s.school = ANY (%(schools)s) OR s.registration_id IN ({_GUESTS}))"
    ours = ours.format(t=tables)
    return Movements(
        after,
        until,
        _frame(_REGISTRATIONS.format(t=tables, own=mine), params, REGISTRATIONS),
        _frame(_SPELLS.format(t=tables, own=ours), params, SPELLS),
    )


def _frame(sql: str, params: Mapping[str, Any], schema: Mapping[str, Any]) -> pl.DataFrame:
    with connection.cursor() as cursor:
        cursor.execute(sql, dict(params))
        return pl.DataFrame(cursor.fetchall(), schema=dict(schema), orient="row")
