"""What is compared, as SQL: every clear column digested afresh, never a digest that stands in a row.

A digest is SHA-256 in hex. Left out are columns that each node makes its own way: blobs of the state (another nonce),
the blind index (another key), surrogate ids, the exemption of a shared document number. ``--deep`` opens the blobs.
"""

from __future__ import annotations

from xueji.ground.journals.digests import CONTENT_DIGEST

_REGISTRATION = (
    "id", "student_id", "school", "stage", "number", "student_number", "scheme", "started_on", "ended_on", "voided",
    "how_started", "how_ended", "opened_by_entry", "closed_by_entry",
)  # fmt: skip
_STUDENT = (
    "name", "name_given", "name_length", "name_initials", "name_pinyin", "gender", "birth_date", "id_document_type",
    "living", "established", "attends", "fields_from", "last_entry", "hukou_area",
)  # fmt: skip
_EARLIER = (
    "name", "gender", "birth_date", "id_document_type", "fields", "started_on", "ended_on", "entry", "hukou_area",
)  # fmt: skip
_SPELL = ("dimension", "value", "started_on", "ended_on", "entry")
_OF_ORGANISATION = {
    "organisations_organisation": (
        "id",
        ("level", "kind", "code", "code_state", "name", "short_name", "fields", "opened_on", "closed_on", "parent",
         "last_entry"),
    ),
    "organisations_name": ("organisation_id", ("id", "name", "started_on", "ended_on", "entry")),
    "organisations_relation": ("organisation_id", ("id", "relation", "other_id", "started_on", "ended_on", "entry")),
    "organisations_site": ("school_id", ("id", "name", "code_no", "kind", "entry")),
    "organisations_classgroup": (
        "school_id", ("id", "site_id", "stage", "intake_year", "class_no", "fields", "entry"),
    ),
    "organisations_cohortpromotion": ("school_id", ("stage", "intake_year", "school_year", "entry")),
}  # fmt: skip


def _line(alias: str, names: tuple[str, ...]) -> str:
    return f"sha256(convert_to(jsonb_build_array({', '.join(f'{alias}.{name}' for name in names)})::text, 'UTF8'))"


def _object(alias: str, names: tuple[str, ...]) -> str:
    pairs = ", ".join(f"'{name}', {alias}.{name}" for name in names)
    return f"jsonb_build_object({pairs})"


_ROW = f"{CONTENT_DIGEST} || coalesce(sha256(e.sensitive), ''::bytea) || e.content_digest"

#: organisation → digest of its journal: each entry digested afresh, its sealed bytes, the digest it bears, the blocks.
JOURNALS = f"""
SELECT e.organisation, encode(sha256(string_agg(sha256({_ROW}), ''::bytea ORDER BY e.sequence)
  || (SELECT coalesce(string_agg(b.digest, ''::bytea ORDER BY b.block_no), ''::bytea) FROM journals_block AS b
      WHERE b.organisation = e.organisation)), 'hex')
FROM journals_entry AS e GROUP BY e.organisation
"""

#: organisation → digest of its own rows and of the state of the pupils who are, or were, registered there.
STATES = f"""
SELECT organisation, encode(sha256(string_agg(h, ''::bytea ORDER BY t, a, h)), 'hex') FROM (
  SELECT r.school AS organisation, 1 AS t, r.student_id AS a, {_line("r", _REGISTRATION)} AS h
  FROM register_registration AS r
  UNION ALL
  SELECT p.school, 2, p.registration_id, {_line("p", _SPELL)} FROM register_spell AS p
  UNION ALL
  SELECT s.holder, 3, s.id, {_line("s", ("id", "fields", *_STUDENT))} FROM register_student AS s
  UNION ALL
  SELECT f.holder, 4, f.student_id, {_line("f", _EARLIER)} FROM register_earlier_fields AS f
  {
    " ".join(
        f"UNION ALL SELECT o.{owner}, 5, o.{owner}, {_line('o', names)} FROM {table} AS o"
        for table, (owner, names) in _OF_ORGANISATION.items()
    )
}
) AS lines GROUP BY organisation
"""

_VALUE = "encode(sha256(convert_to(v.value::text, 'UTF8')), 'hex')"

#: One organisation's state: (part, student or None, place, field, digest). ``part``: s the student's row as it is now,
#: f its earlier fields, r registrations and their spells, o the organisation itself.
DETAILS = f"""
SELECT 's', s.id, '', v.key, {_VALUE} FROM register_student AS s
CROSS JOIN LATERAL jsonb_each({_object("s", _STUDENT)} || s.fields) AS v WHERE s.holder = %(organisation)s
UNION ALL
SELECT 'f', f.student_id, f.started_on::text, 'earlier_fields', encode({_line("f", _EARLIER)}, 'hex')
FROM register_earlier_fields AS f WHERE f.holder = %(organisation)s
UNION ALL
SELECT 'r', r.student_id, r.id::text, 'registration.' || v.key, {_VALUE} FROM register_registration AS r
CROSS JOIN LATERAL jsonb_each({_object("r", _REGISTRATION)}) AS v WHERE r.school = %(organisation)s
UNION ALL
SELECT 'r', p.student, p.registration_id::text, p.dimension,
  encode(sha256(string_agg({_line("p", _SPELL)}, ''::bytea ORDER BY p.started_on, p.entry, p.value)), 'hex')
FROM register_spell AS p WHERE p.school = %(organisation)s GROUP BY p.student, p.registration_id, p.dimension
{
    " ".join(
        f"UNION ALL SELECT 'o', NULL, o.{names[0]}::text, '{table}.' || v.key, {_VALUE} FROM {table} AS o"
        f" CROSS JOIN LATERAL jsonb_each({_object('o', names)}) AS v WHERE o.{owner} = %(organisation)s"
        for table, (owner, names) in _OF_ORGANISATION.items()
    )
}
"""

#: How much of its history a side has of each pupil: student, entries, last of its own sequence.
HISTORIES = """
SELECT e.student, count(*), max(e.student_seq) FROM journals_entry AS e
WHERE e.student = ANY (%(students)s::uuid[]) GROUP BY e.student
"""

#: One journal's entries: sequence → digest of the row afresh.
ENTRIES = f"""
SELECT e.sequence, encode(sha256({_ROW}), 'hex') FROM journals_entry AS e WHERE e.organisation = %(organisation)s
"""

_PLAIN = (
    "entry_id", "block_no", "transaction_id", "kind", "student", "student_seq", "effective_on", "op_version",
    "rulebook_version", "corrects", "data_key",
)  # fmt: skip
#: Some entries column by column: sequence, student, operations as written, then name → digest of each column.
COLUMNS = f"""
SELECT e.sequence, e.student, e.operations::text, ({_object("e", _PLAIN)}
    || jsonb_build_object('recorded_at', extract(epoch FROM e.recorded_at)))::text,
  encode(sha256(convert_to(e.basis::text || e.actor::text, 'UTF8')), 'hex'),
  encode(e.commitment, 'hex'), encode(sha256(e.sensitive), 'hex'), encode(e.content_digest, 'hex')
FROM journals_entry AS e WHERE e.organisation = %(organisation)s AND e.sequence = ANY (%(sequences)s::bigint[])
"""

BLOCKS = """
SELECT b.block_no, encode(b.digest, 'hex') FROM journals_block AS b WHERE b.organisation = %(organisation)s
"""

#: Every sealed part of a journal.
SEALED = """
SELECT e.sequence, e.student, e.entry_id, e.data_key, e.sensitive, e.commitment, e.operations::text
FROM journals_entry AS e WHERE e.organisation = %(organisation)s AND e.sensitive IS NOT NULL
"""

#: The photos that a journal names: sequence, student, digest of the sealed file.
PHOTOS = """
SELECT e.sequence, e.student, o -> 'fields' ->> 'photo' FROM journals_entry AS e
CROSS JOIN LATERAL json_array_elements(e.operations) AS o
WHERE e.organisation = %(organisation)s AND o -> 'fields' ->> 'photo' IS NOT NULL
"""

#: The merged sealed part of each pupil who is held there; null where there is none (or somebody took it away).
SEALED_STATE = """
SELECT s.id, s.sensitive FROM register_student AS s WHERE s.holder = %(organisation)s
"""

#: The same of some of them.
SEALED_STATE_OF = f"{SEALED_STATE} AND s.id = ANY (%(students)s::uuid[])"

#: organisation, code, level, code of its district or itself (the tree by which digests are compared from above).
TREE = """
SELECT o.id, o.code, o.level, coalesce(b.code, o.code) FROM organisations_organisation AS o
LEFT JOIN LATERAL (
  SELECT u.code FROM organisations_relation AS r JOIN organisations_organisation AS u ON u.id = r.other_id
  WHERE r.organisation_id = o.id AND r.relation = 'competent_bureau' ORDER BY r.started_on DESC LIMIT 1) AS b ON true
"""

_TOUCHED = """
  (SELECT coalesce(array_agg(DISTINCT k.code), '{}') FROM json_array_elements(
      CASE WHEN json_typeof(e.operations) = 'array' THEN e.operations ELSE '[]'::json END) AS o
   CROSS JOIN LATERAL (
     SELECT json_object_keys(
       CASE WHEN json_typeof(o -> 'fields') = 'object' THEN o -> 'fields' ELSE '{}'::json END) AS code
     UNION ALL SELECT json_array_elements_text(
       CASE WHEN json_typeof(o -> 'sensitive') = 'array' THEN o -> 'sensitive' ELSE '[]'::json END)
     UNION ALL SELECT o ->> 'dimension'
     UNION ALL SELECT 'registration' WHERE o ->> 'op' LIKE '%%registration%%') AS k
   WHERE k.code IS NOT NULL)
"""
_AUTHORED = f"""
SELECT e.organisation, e.sequence, e.student, e.student_seq, e.kind, e.effective_on::text,
  (e.recorded_at AT TIME ZONE 'Asia/Shanghai')::date::text, e.actor ->> 'organisation', {_TOUCHED}
FROM journals_entry AS e
"""
#: Who wrote what when, of single entries of a journal; no value: the names of the fields that they touch.
AUTHORS = f"{_AUTHORED} WHERE e.organisation = %(organisation)s AND e.sequence = ANY (%(sequences)s::bigint[])"
#: The same of all entries of pupils.
LIVES = f"{_AUTHORED} WHERE e.student = ANY (%(students)s::uuid[])"

#: The number that a pupil bears or bore last.
NUMBERS = """
SELECT DISTINCT ON (r.student_id) r.student_id, r.number FROM register_registration AS r
WHERE r.student_id = ANY (%(students)s::uuid[]) AND NOT r.voided AND r.number IS NOT NULL
ORDER BY r.student_id, r.started_on DESC
"""

#: The questions of a comparison by name; a node at a distance is asked by name, never by a statement.
QUESTIONS = {
    "tree": TREE,
    "journals": JOURNALS,
    "states": STATES,
    "details": DETAILS,
    "histories": HISTORIES,
    "entries": ENTRIES,
    "columns": COLUMNS,
    "blocks": BLOCKS,
    "sealed": SEALED,
    "photos": PHOTOS,
    "sealed_state": SEALED_STATE,
    "sealed_state_of": SEALED_STATE_OF,
    "authors": AUTHORS,
    "lives": LIVES,
    "numbers": NUMBERS,
}
