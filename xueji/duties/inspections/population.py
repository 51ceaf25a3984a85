"""From what a sample is drawn, and the facts by which risk is weighed: a few statements however many schools."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from xueji.duties.returns import standing
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.sampling import score
from xueji.pure.kernel.types import Level

#: Kinds that mend data: a pupil who had them is looked at sooner.
CORRECTIONS = ("correction", "number_correction", "number_swap")

_PUPILS = """
SELECT r.school, r.student_id FROM register_registration r
WHERE r.school = ANY (%(schools)s) AND NOT r.voided AND r.started_on <= %(on)s
  AND (r.ended_on IS NULL OR r.ended_on > %(on)s)
"""
_CHANGES = """
SELECT a.school, a.id, a.student, a.kind FROM applications_application a
WHERE a.school = ANY (%(schools)s) AND a.state = 'approved' AND a.effective_on BETWEEN %(since)s AND %(on)s
"""
_EARLIER = """
SELECT f.school, f.student, count(*) FROM inspections_inspectionfinding f
WHERE f.school = ANY (%(schools)s) GROUP BY 1, 2
"""


@dataclass
class Population:
    """One school's: pupils registered today, changes of the school year (application → pupil, None of a roster)."""

    pupils: list[UUID] = field(default_factory=list)
    changes: dict[UUID, UUID | None] = field(default_factory=dict)
    facts: dict[UUID, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    by_rule: dict[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))

    def scores(self, subjects: Iterable[UUID], weights: Mapping[str, int]) -> dict[UUID, int]:
        """The risk of pupils."""
        return {one: score(self.facts.get(one, {}), weights) for one in subjects}

    def change_scores(self, weights: Mapping[str, int]) -> dict[UUID, int]:
        """The risk of changes: that of their pupil, and one for the change itself."""
        return {
            change: 1 + (score(self.facts.get(student, {}), weights) if student else 0)
            for change, student in self.changes.items()
        }


def bureaus_in_reach(bureau: Organisation) -> list[Organisation]:
    """Whose schools a bureau may inspect: its own; the city's also those of its districts (clause A2: it inspects)."""
    return [*organisations.districts(), bureau] if bureau.level == Level.CITY else [bureau]


def schools_in_reach(bureau: Organisation, within: Collection[UUID] = ()) -> list[Organisation]:
    """The schools that a bureau may inspect, by code; with ``within`` only those of some of its bureaus."""
    wanted = [one for one in bureaus_in_reach(bureau) if not within or one.id in within]
    return sorted((school for one in wanted for school in organisations.schools_of(one.id)), key=lambda one: one.code)


def populations(schools: Sequence[UUID], on: date, since: date, *, with_facts: bool) -> dict[UUID, Population]:
    """The populations of these schools; ``with_facts`` also what risk and rules ask for (standing findings are run)."""
    found: dict[UUID, Population] = {school: Population() for school in schools}
    values = {"schools": list(schools), "on": on, "since": since}
    for school, student in _rows(_PUPILS, values):
        found[school].pupils.append(student)
    for school, change, student, kind in _rows(_CHANGES, values):
        found[school].changes[change] = student
        if student is not None:
            found[school].facts[student]["corrections" if kind in CORRECTIONS else "changes"] += 1
    if with_facts:
        for school, student, count in _rows(_EARLIER, values):
            if student is not None:
                found[school].facts[student]["earlier"] += count
        for school, items in standing.findings_now(schools, on).items():
            _weigh(found[school], items)
    return found


def _weigh(population: Population, items: Iterable[Mapping[str, Any]]) -> None:
    for item in items:
        if item.get("student"):
            student = UUID(str(item["student"]))
            population.by_rule[item["code"]].add(student)
            fact = {"error": "errors", "query": "queries"}.get(item["severity"])
            if fact:
                population.facts[student][fact] += 1


def school_facts(schools: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """The facts by which schools are weighed: the kept standing counts and what was found before."""
    facts: dict[UUID, dict[str, int]] = {school: {} for school in schools}
    for school, counted in standing.counts_of(schools).items():
        facts[school] |= {"errors": counted.errors, "queries": counted.queries}
    for school, _, count in _rows(_EARLIER, {"schools": list(schools)}):
        facts[school]["earlier"] = facts[school].get("earlier", 0) + count
    return facts


def schools_by_rule(schools: Sequence[UUID], rule: str) -> list[UUID]:
    """Those whose kept standing counts have something of a rule."""
    return [school for school, counted in standing.counts_of(schools).items() if counted.codes.get(rule)]


def _rows(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
