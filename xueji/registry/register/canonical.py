"""Canonical rows: one text of the state, the same on every machine, and its digest.

``present`` gives one row a registered pupil as of a date: UUIDs, coded attributes,
and ``content``, a digest that covers everything else (the content digests of the
pupil's entries, name, number, all clear fields) and gives none of it away: it starts with the entries' digests, which
are salted. A row's line is its columns joined by ``|`` (codes and UUIDs hold none), an empty text where a
value is missing; the digest of many rows is SHA-256 over the SHA-256 of each line in the bytes order of the
students' UUIDs. Snapshots carry these very columns, so their digest is this digest.

``everything`` gives the lines of all rows of all state tables, past ones included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.catalogue import FieldType
from xueji.pure.kernel.school_year import Stage

FORMAT = 1

#: The columns of a present row before the coded fields.
FIXED = (
    "student", "registration", "school", "bureau", "stage", "intake_year", "grade", "class_group", "site",
    "gender", "birth_month", "status", "arrival", "host", "presence", "established", "started_on", "how_started",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tables:
    """Where state rows stand: the live tables, or temporary ones folded up to a cut."""

    student: str = "register_student"
    earlier_fields: str = "register_earlier_fields"
    registration: str = "register_registration"
    spell: str = "register_spell"
    class_group: str = "organisations_classgroup"
    relation: str = "organisations_relation"


LIVE = Tables()


@dataclass(frozen=True, slots=True)
class Counted:
    """Which entries the content digests cover: up to a cut, without those left out."""

    cut: Mapping[UUID, int] | None = None
    left_out: Sequence[UUID] = ()

    def params(self) -> list[Any]:
        """organisations, sequences, left-out entry ids; NULL arrays without a cut."""
        if self.cut is None:
            return [None, None, list(self.left_out)]
        return [list(self.cut.keys()), list(self.cut.values()), list(self.left_out)]


def coded_fields(on: date) -> tuple[str, ...]:
    """The clear coded fields of the record on a day, by code: those that counting may use."""
    fields = parameters.rulebook(on).fields
    own = {"gender", "id_document_type"}
    return tuple(
        sorted(
            column.code
            for column in fields.columns
            if column.field.type in (FieldType.CODE, FieldType.BOOLEAN)
            and not column.field.sensitive
            and column.code not in own
        )
    )


def columns(on: date) -> tuple[str, ...]:
    """The columns of a present row, in the order of its line."""
    return (*FIXED, "id_document_type", *coded_fields(on), "content")


_PRESENT = """
WITH present AS MATERIALIZED (
  SELECT r.* FROM {t.registration} r
  WHERE NOT r.voided AND r.started_on <= %(on)s AND (r.ended_on IS NULL OR r.ended_on > %(on)s) {where}
), spells AS (
  SELECT s.registration_id,
    max(s.value) FILTER (WHERE s.dimension = 'status') AS status,
    max(s.value) FILTER (WHERE s.dimension = 'class_group') AS class_group,
    max(s.value) FILTER (WHERE s.dimension = 'arrival') AS arrival,
    max(s.value) FILTER (WHERE s.dimension = 'attends') AS host
  FROM {t.spell} s
  WHERE s.started_on <= %(on)s AND (s.ended_on IS NULL OR s.ended_on > %(on)s) {spell_where}
  GROUP BY s.registration_id
), contents AS (
  {contents}
), bureaus AS (
  SELECT o.organisation_id AS school, o.other_id AS bureau FROM {t.relation} o
  WHERE o.relation = 'competent_bureau' AND o.started_on <= %(on)s AND (o.ended_on IS NULL OR o.ended_on > %(on)s)
), rows AS (
  SELECT p.student_id AS student, p.id AS registration, p.school, b.bureau, p.stage, g.intake_year,
    CASE p.stage {grades} END AS grade,
    s.class_group, g.site_id AS site, coalesce(e.gender, n.gender) AS gender,
    to_char(coalesce(e.birth_date, n.birth_date), 'YYYY-MM') AS birth_month,
    s.status, s.arrival, s.host,
    CASE WHEN s.arrival = 'awaited' THEN 'not_arrived'
         WHEN s.status IN ('suspended', 'dropped_out', 'abroad') THEN s.status
         WHEN s.host IS NOT NULL AND s.host <> p.school::text THEN 'guest_elsewhere'
         ELSE 'attending' END AS presence,
    n.established, p.started_on, p.how_started,
    coalesce(e.id_document_type, n.id_document_type) AS id_document_type,
    coalesce(e.fields, n.fields) AS fields,
    {content} AS content
  FROM present p
  JOIN {t.student} n ON n.id = p.student_id
  LEFT JOIN {t.earlier_fields} e
    ON e.student_id = p.student_id AND e.started_on <= %(on)s AND e.ended_on > %(on)s
  LEFT JOIN spells s ON s.registration_id = p.id
  LEFT JOIN {t.class_group} g ON g.id = s.class_group::uuid
  LEFT JOIN contents c ON c.student = p.student_id
  LEFT JOIN bureaus b ON b.school = p.school
)
"""

# What a row's digest covers, and how it is made; nothing where nobody asks for it, since it reads every entry.
_CONTENTS = """SELECT c.student, c.content FROM register_contents(
    (SELECT array_agg(p.student_id) FROM present p), %(on)s, %(organisations)s, %(sequences)s, %(left_out)s) c"""
_CONTENT = """sha256(coalesce(c.content, ''::bytea) || convert_to(jsonb_build_array(
      coalesce(e.name, n.name), coalesce(e.birth_date, n.birth_date), p.number, p.scheme,
      coalesce(e.fields, n.fields))::text, 'UTF8'))"""
_NO_CONTENTS, _NO_CONTENT = "SELECT NULL::uuid AS student, NULL::bytea AS content WHERE false", "NULL::bytea"


def _grades(on: date) -> str:
    """The arms of the CASE that derives the grade from the cohort and the school year (design §3 "Cohort")."""
    stages = parameters.rulebook(on).stages
    year = stages.school_year_of(on)
    arms = []
    for stage in Stage:
        first, final = stages.first_grade(stage), stages.final_grade(stage)
        grade = f"{first + year} - g.intake_year"
        arms.append(f"WHEN '{stage.value}' THEN CASE WHEN {grade} BETWEEN {first} AND {final} THEN {grade} END")
    return " ".join(arms)


# The pupils of these schools, and the guests there: two branches, each with an index of its own.
_GUESTS = """
  UNION ALL
  SELECT r.* FROM {t.spell} g JOIN {t.registration} r ON r.student_id = g.student AND r.id = g.registration_id
  WHERE g.dimension = 'attends' AND g.value = ANY (%(schools)s::text[])
    AND g.started_on <= %(on)s AND (g.ended_on IS NULL OR g.ended_on > %(on)s)
    AND NOT r.voided AND r.started_on <= %(on)s AND (r.ended_on IS NULL OR r.ended_on > %(on)s)
    AND r.school <> ALL (%(schools)s)"""


def present(
    on: date,
    select: str,
    *,
    tables: Tables = LIVE,
    counted: Counted | None = None,
    schools: Sequence[UUID] | None = None,
    digests: bool = True,
) -> tuple[str, dict[str, Any]]:
    """SQL (with named parameters) of a SELECT over ``rows``, the pupils registered on a day.

    ``select`` follows the WITH clause and reads ``FROM rows``; ``fields`` is the JSON of all clear fields. With
    ``schools``: their pupils and the guests who study there. Without ``digests`` ``content`` is empty.
    """
    organisations, sequences, left_out = (counted or Counted()).params()
    contents, content = (_CONTENTS, _CONTENT) if digests else (_NO_CONTENTS, _NO_CONTENT)
    where = "" if schools is None else "AND r.school = ANY (%(schools)s)" + _GUESTS.format(t=tables)
    spell_where = "" if schools is None else "AND s.student IN (SELECT q.student_id FROM present q)"
    parts = {"where": where, "spell_where": spell_where, "contents": contents, "content": content}
    sql = _PRESENT.format(t=tables, grades=_grades(on), **parts) + select
    params: dict[str, Any] = {
        "on": on,
        "organisations": organisations,
        "sequences": sequences,
        "left_out": left_out,
        "schools": None if schools is None else list(schools),
    }
    return sql, params


def _literal(code: str) -> str:
    if not code.replace("_", "").isalnum():
        raise ValueError(f"no field code: {code!r}")
    return code


def column_expressions(on: date) -> dict[str, str]:
    """SQL of each column of a present row."""
    found = {name: name for name in (*FIXED, "id_document_type")}
    found.update({code: f"fields->>'{_literal(code)}'" for code in coded_fields(on)})
    found["content"] = "encode(content, 'hex')"
    return found


def line_expression(on: date) -> str:
    """SQL of the line of a present row."""
    return " || '|' || ".join(f"coalesce(({sql})::text, '')" for sql in column_expressions(on).values())


def digest_expression(on: date, condition: str = "true") -> str:
    """SQL aggregate: the digest of the present rows for which ``condition`` holds, in hex."""
    line = f"sha256(convert_to({line_expression(on)}, 'UTF8'))"
    lines = f"string_agg({line}, ''::bytea ORDER BY student) FILTER (WHERE {condition})"
    return f"encode(sha256(coalesce({lines}, ''::bytea)), 'hex')"


# Every column but the keys' own surroundings (surrogate ids, ciphertext, what derives from a name).
_EVERYTHING = """
SELECT encode(sha256(coalesce(string_agg(h, ''::bytea ORDER BY t, a, b, h), ''::bytea)), 'hex') FROM (
  SELECT 1 AS t, s.id AS a, s.id AS b, sha256(coalesce(c.content, ''::bytea) || convert_to(jsonb_build_array(
    s.id, s.name, s.gender, s.birth_date, s.id_document_type, s.fields, s.living, s.established, s.holder,
    s.attends, s.fields_from, s.last_entry)::text, 'UTF8')) AS h
  FROM {t.student} s
  LEFT JOIN register_contents(
    (SELECT array_agg(id) FROM {t.student}), NULL, %(organisations)s, %(sequences)s, %(left_out)s) c ON c.student = s.id
  UNION ALL
  SELECT 2, r.student_id, r.id, sha256(convert_to(jsonb_build_array(
    r.id, r.student_id, r.school, r.stage, r.number, r.scheme, r.started_on, r.ended_on, r.voided, r.how_started,
    r.how_ended, r.opened_by_entry, r.closed_by_entry)::text, 'UTF8'))
  FROM {t.registration} r
  UNION ALL
  SELECT 3, p.student, p.registration_id, sha256(convert_to(jsonb_build_array(
    p.registration_id, p.dimension, p.value, p.started_on, p.ended_on, p.entry)::text, 'UTF8'))
  FROM {t.spell} p
  UNION ALL
  SELECT 4, e.student_id, e.entry, sha256(convert_to(jsonb_build_array(
    e.student_id, e.name, e.gender, e.birth_date, e.id_document_type, e.fields, e.started_on, e.ended_on)::text,
    'UTF8'))
  FROM {t.earlier_fields} e
) AS lines
"""


def everything(tables: Tables = LIVE, counted: Counted | None = None) -> tuple[str, dict[str, Any]]:
    """SQL of the digest of all state rows of all times."""
    organisations, sequences, left_out = (counted or Counted()).params()
    return _EVERYTHING.format(t=tables), {
        "organisations": organisations,
        "sequences": sequences,
        "left_out": left_out,
    }
