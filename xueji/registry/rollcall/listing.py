"""The list of a school's pupils as the register has them on a day, made and compared set-based (one statement each).

In the list are those registered at the school and the guests who study there. Whoever is suspended, abroad, gone to
another school as a guest … stands in it too, but is not called.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from xueji.registry.rollcall.models import Standing

_IN_FORCE = "{t}.started_on <= %(on)s AND ({t}.ended_on IS NULL OR {t}.ended_on > %(on)s)"

# Two branches, each with an index of its own: registered here; a guest here.
_MEMBERS = f"""
WITH members AS MATERIALIZED (
  SELECT r.student_id AS student, r.id AS registration, false AS guest
  FROM register_registration r WHERE r.school = %(school)s AND NOT r.voided AND {_IN_FORCE.format(t="r")}
  UNION ALL
  SELECT r.student_id, r.id, true
  FROM register_spell g JOIN register_registration r ON r.id = g.registration_id
  WHERE g.dimension = 'attends' AND g.value = %(school_text)s AND {_IN_FORCE.format(t="g")}
    AND r.school <> %(school)s AND NOT r.voided AND {_IN_FORCE.format(t="r")}
), spells AS (
  SELECT s.registration_id,
    max(s.value) FILTER (WHERE s.dimension = 'status') AS status,
    max(s.value) FILTER (WHERE s.dimension = 'class_group') AS class_group,
    max(s.value) FILTER (WHERE s.dimension = 'arrival') AS arrival,
    max(s.value) FILTER (WHERE s.dimension = 'attends') AS host
  FROM register_spell s JOIN members m ON m.student = s.student AND m.registration = s.registration_id
  WHERE {_IN_FORCE.format(t="s")} GROUP BY s.registration_id
), listed AS MATERIALIZED (
  SELECT m.student, m.registration,
    CASE WHEN m.guest THEN NULL ELSE p.class_group::uuid END AS class_group,
    CASE WHEN p.status IN ('suspended', 'dropped_out', 'abroad') THEN p.status
         WHEN m.guest THEN 'guest_here'
         WHEN p.host IS NOT NULL AND p.host <> %(school_text)s THEN 'guest_elsewhere'
         WHEN p.arrival = 'awaited' THEN 'awaited'
         ELSE 'in_school' END AS standing
  FROM members m LEFT JOIN spells p ON p.registration_id = m.registration
)
"""

_ADD = """
INSERT INTO rollcall_rollline (roll_id, school, student, registration, class_group, standing, presence, outcome)
SELECT %(roll)s, %(school)s, student, registration, class_group, standing, '', '' FROM listed
ON CONFLICT (roll_id, student) DO NOTHING
"""

_COMPARE = """
UPDATE rollcall_rollline l
SET registration = coalesce(x.registration, l.registration), standing = coalesce(x.standing, 'gone'),
    class_group = CASE WHEN x.student IS NULL THEN l.class_group ELSE x.class_group END
FROM rollcall_rollline o LEFT JOIN listed x ON x.student = o.student
WHERE l.id = o.id AND o.roll_id = %(roll)s
  AND (o.registration, o.standing, o.class_group) IS DISTINCT FROM
      (coalesce(x.registration, o.registration), coalesce(x.standing, 'gone'),
       CASE WHEN x.student IS NULL THEN o.class_group ELSE x.class_group END)
"""

# A change that was refused or taken back ends nothing: the no-show is open again.
_REOPEN = """
UPDATE {table} l SET outcome = '', outcome_on = NULL, application = NULL
FROM cases_case c
WHERE l.roll_id = %(roll)s AND l.application IS NOT NULL AND c.subject = l.application
  AND c.state IN ('refused', 'retracted')
"""


def compare(roll: UUID, school: UUID, on: date) -> tuple[int, int]:
    """Bring a roll's list into agreement with the register of a day; how many lines were added and changed."""
    params: dict[str, Any] = {"roll": roll, "school": school, "school_text": str(school), "on": on}
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS + _COMPARE, params)
        changed = cursor.rowcount
        cursor.execute(_MEMBERS + _ADD, params)
        added = cursor.rowcount
        for table in ("rollcall_rollline", "rollcall_separatedattendance"):
            cursor.execute(_REOPEN.format(table=table), params)
            changed += cursor.rowcount
    return added, changed


#: The last agreed supplement of each line.
AGREED = """
SELECT DISTINCT ON (line_id) line_id, number, presence, came_on, outcome, outcome_on, application
FROM rollcall_supplement WHERE state = 'agreed' ORDER BY line_id, number DESC
"""
#: Lines as they read now; of a supplemented one ``closed_*`` is how it stands in the closed list.
NOW = f"""(
  SELECT l.id, l.roll_id, l.school, l.student, l.registration, l.class_group, l.standing, l.reason,
    coalesce(s.presence, l.presence) AS presence,
    CASE WHEN s.line_id IS NULL THEN l.came_on ELSE s.came_on END AS came_on,
    coalesce(s.outcome, l.outcome) AS outcome,
    CASE WHEN s.line_id IS NULL THEN l.outcome_on ELSE s.outcome_on END AS outcome_on,
    CASE WHEN s.line_id IS NULL THEN l.application ELSE s.application END AS application,
    l.presence AS closed_presence, l.came_on AS closed_came_on, l.outcome AS closed_outcome,
    l.outcome_on AS closed_outcome_on, l.application AS closed_application, s.number AS supplement
  FROM rollcall_rollline l LEFT JOIN ({AGREED}) AS s ON s.line_id = l.id)"""
EXPECTED = "(" + ", ".join(f"'{one}'" for one in Standing.expected()) + ")"
