"""学籍变动: every entry of the window in the journals of the schools that a return counts (clause C5, "change
information"), as far as the return knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import polars as pl
from django.db import connection

from xueji.duties.returns.bridging import schools_of
from xueji.duties.returns.counting import basis_of
from xueji.duties.returns.models import Return
from xueji.duties.returns.selectors import round_of
from xueji.ground.accounts.context import counting
from xueji.ground.parameters import selectors as parameters
from xueji.registry.register.words import KIND_WORDS
from xueji.registry.snapshots.persons import CountedPupil, pupils_behind
from xueji.registry.snapshots.state import own_schools


@dataclass(frozen=True, slots=True)
class Change:
    """One entry: when it took effect, at which school, what, of whom; ``corrects``: it puts an earlier one right."""

    entry: UUID
    school: UUID
    student: UUID
    registration: UUID | None
    kind: str
    on: date
    corrects: bool


_CHANGES = """
SELECT e.entry_id, e.organisation, e.student,
  (SELECT r.id FROM register_registration r WHERE r.student_id = e.student AND r.school = e.organisation
   ORDER BY r.voided, r.started_on DESC LIMIT 1),
  e.kind, e.effective_on, e.corrects IS NOT NULL
FROM journals_entry e
JOIN unnest(%(organisations)s::uuid[], %(sequences)s::bigint[]) AS cut (organisation, sequence)
  ON cut.organisation = e.organisation AND e.sequence <= cut.sequence
WHERE e.organisation = ANY (%(schools)s) AND e.effective_on BETWEEN %(first)s AND %(last)s
  AND e.student IS NOT NULL AND e.operations::text <> '[]' AND e.transaction_id <> ALL (%(without)s::uuid[])
ORDER BY e.effective_on, e.organisation, e.sequence
"""


def changes_of(made: Return) -> list[Change]:
    """The changes of a return's window, by day; none of a first round, which has no window. ``Refused`` for schools
    that the actor does not see."""
    window = round_of(made.round).window
    if window is None:
        return []
    schools, basis = schools_of(made), basis_of(made)
    own_schools(schools)
    cut = {school: basis.cut[school] for school in schools if school in basis.cut}
    params: dict[str, Any] = {
        "organisations": list(cut), "sequences": list(cut.values()), "schools": schools,
        "first": window[0], "last": window[1], "without": [*basis.held, *map(UUID, made.left_out)],
    }  # fmt: skip
    with counting(), connection.cursor() as cursor:
        cursor.execute(_CHANGES, params)
        return [Change(*row) for row in cursor.fetchall()]


def pupils_of_changes(made: Return, changes: list[Change]) -> dict[tuple[UUID, UUID], CountedPupil]:
    """Who the changes are of, by school and student."""
    if not changes:
        return {}
    rows = {(one.school, one.student): one.registration for one in changes}
    frame = pl.DataFrame(
        [(str(student), str(found) if found else None, str(school)) for (school, student), found in rows.items()],
        schema=dict.fromkeys(("student", "registration", "school"), pl.String),
        orient="row",
    )
    basis = basis_of(made)
    day = round_of(made.round).reference_date
    found = pupils_behind(frame, day, cut=basis.cut, held=basis.held, schools=schools_of(made))
    return {(one.school, one.student): one for one in found if one.school}


def words_of(change: Change) -> str:
    """转学、休学 …, as the rulebook calls it."""
    known = parameters.rulebook(change.on).changes
    title = known[change.kind].title if change.kind in known else KIND_WORDS.get(change.kind, "学籍变动")
    return f"{title}（更正）" if change.corrects else title
