"""(g) A snapshot of the city, and its return by all rules; beside each a plain ``COPY … TO`` of the same rows.

Median of five. The same is measured of a tenth of the schools, which says how both grow.
"""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from uuid import UUID

from benchmarks.report import Figure, Report, tell

PART = "returns"
ROUND = "2008"
RUNS = 5
FULL = 200_000
GOAL_SECONDS, GOAL_GROWTH = 10.0, 12.0

# The same rows as they stand: registrations in force with their pupils, to a reader that drops them.
_COPY = """
COPY (
  SELECT r.id, r.student_id, r.school, r.stage, r.number, r.started_on, r.how_started, s.gender, s.birth_date,
    s.id_document_type, s.established, s.fields
  FROM register_registration r JOIN register_student s ON s.id = r.student_id
  WHERE NOT r.voided AND r.started_on <= %s AND (r.ended_on IS NULL OR r.ended_on > %s) AND r.school = ANY (%s)
) TO STDOUT
"""


def measure(report: Report) -> None:
    """Snapshot and return of all schools, then of every tenth school."""
    schools = _schools()
    tenth = schools[::10]
    whole, part = _times(schools), _times(tenth)
    full = whole["pupils"] >= FULL
    for name, title in (("snapshot", "snapshot of the city"), ("return", "its return by all rules")):
        note = f"{whole['pupils']:.0f} pupils, {len(schools)} schools, median of {RUNS}"
        report.add(
            Figure(PART, title, whole[name], "s", GOAL_SECONDS if full else None, "low", note),
            Figure(PART, f"{title}, over plain COPY", whole[name] / whole["copy"], "×"),
            Figure(
                PART, f"{title}, time over a tenth of it", whole[name] / part[name], "×",
                GOAL_GROWTH if full else None, "low", f"{part['pupils']:.0f} pupils: {part[name]:.2f} s",
            ),
        )  # fmt: skip
    report.add(
        Figure(PART, "the same rows by COPY … TO", whole["copy"], "s", None, "low", f"{whole['pupils']:.0f} rows"),
        Figure(PART, "findings of the return", whole["findings"], "lines"),
    )


def _schools() -> list[UUID]:
    from xueji.ground.accounts.context import acting_system
    from xueji.ground.organisations import selectors as organisations

    with acting_system():
        return [one.id for one in organisations.schools()]


def _times(schools: Sequence[UUID]) -> dict[str, float]:
    """Medians of the three, with how many pupils and findings there were."""
    from xueji.duties.returns.selectors import round_of
    from xueji.duties.returns.standing import findings_of_round
    from xueji.ground.accounts.context import acting_system
    from xueji.registry.register.selectors import present_cut
    from xueji.registry.snapshots import services

    told: dict[str, float] = {}

    def snapshot() -> None:
        with acting_system():
            made = services.make(on=round_of(ROUND).reference_date, cut=present_cut(), schools=list(schools))
        told["pupils"] = made.pupils
        shutil.rmtree(made.path)

    def by_all_rules() -> None:
        with acting_system():
            told["findings"] = sum(len(found) for found in findings_of_round(ROUND, schools).values())

    for name, act in (("snapshot", snapshot), ("return", by_all_rules), ("copy", lambda: _copy(schools))):
        told[name] = _median(act)
        tell(f"{name} of {len(schools)} schools: {told[name]:.2f} s")
    return told


def _copy(schools: Sequence[UUID]) -> None:
    from django.db import connections

    from xueji.duties.returns.selectors import round_of
    from xueji.ground.accounts.context import acting_system

    with acting_system():
        day = round_of(ROUND).reference_date
    with (
        connections["owner"].cursor() as cursor,
        cursor.copy(_COPY, [day, day, list(schools)]) as copy,
    ):
        for _ in copy:
            pass


def _median(act: Callable[[], None]) -> float:
    seconds = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)
