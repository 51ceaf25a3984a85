"""Who sees and writes state rows (design §4), and the register-wide questions.

A registration and a spell are seen with their holder; by their own school (a
former school keeps sight of the registration that ended there); and by
whoever sees the student (host of a guest study, party to an application).

The first three definer functions answer what a duplicate check must ask of the whole register: they
take exact values and return no more than who, where, and whether in force. Doors never call them; rules'
facts do (``selectors.facts``), and what a school is told of the answer is the applications' decision. The others give digests, UUIDs and
sequence numbers alone, so that a digest is the same whoever asks for it.
"""

from typing import ClassVar

from django.db import migrations

from xueji.ground.accounts.policies import READS_ALL, SIGNED_IN, SYSTEM, VIEWER, VISIBLE, enable_rls, in_reach, rls

ALL = ("INSERT", "UPDATE", "DELETE")
#: Organisations whose rows may be read and written: those of the viewer, and those a deciding step opened.
REACH = (
    f"(SELECT a.organisation FROM accounts_access a WHERE a.viewer = {VIEWER} UNION ALL "
    "SELECT g.organisation FROM accounts_grant g WHERE g.xid = (SELECT pg_current_xact_id_if_assigned()))"
)

# Asked only of rows that the plain conditions did not open. As functions, they are planned when they are needed
# and not with every statement: spelt out in the policies they made each statement's planning cost 15 ms.
SEES = f"""
CREATE FUNCTION register_is_party(asked uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM accounts_party p JOIN accounts_access a ON a.organisation = p.organisation
    WHERE p.student = asked AND p.up_to IS NULL AND a.viewer = {VIEWER})
$$;
CREATE FUNCTION register_sees(asked uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT register_is_party(asked) OR EXISTS (
    SELECT FROM register_student s JOIN accounts_access a ON a.organisation = s.attends
    WHERE s.id = asked AND a.viewer = {VIEWER})
$$;
"""


def _of_student(table: str, column: str) -> str:
    own = "" if table == "register_earlier_fields" else f" OR school IN {VISIBLE}"
    read = f"{READS_ALL} OR holder IN {REACH}{own} OR register_sees({column})"
    return rls(table, read=read, write=f"({SYSTEM} OR holder IN {REACH})", writes=ALL)


STUDENT = rls(
    "register_student",
    read=f"{READS_ALL} OR holder IN {REACH} OR attends IN {VISIBLE} OR register_is_party(id)",
    write=f"({SYSTEM} OR holder IN {REACH})",
    writes=ALL,
)
SHARED = rls(
    "register_shared_number",
    read=SIGNED_IN,
    write=f"{in_reach('bureau')} OR {in_reach('other_bureau')}",
    writes=("INSERT",),
)

DEFINERS = """
CREATE FUNCTION register_known_documents(indexes bytea[])
RETURNS TABLE (id_index bytea, student uuid, name text, birth_date date, living boolean, holder uuid,
               in_force boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT s.id_index, s.id, s.name, s.birth_date, s.living, s.holder,
         EXISTS (SELECT FROM register_registration r
                 WHERE r.student_id = s.id AND NOT r.voided AND r.ended_on IS NULL)
  FROM register_student s
  WHERE s.id_index = ANY (indexes)
$$;
CREATE FUNCTION register_known_persons(names text[], births date[])
RETURNS TABLE (name text, birth_date date, student uuid, gender text, living boolean, holder uuid,
               in_force boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT s.name, s.birth_date, s.id, s.gender, s.living, s.holder,
         EXISTS (SELECT FROM register_registration r
                 WHERE r.student_id = s.id AND NOT r.voided AND r.ended_on IS NULL)
  FROM (SELECT DISTINCT * FROM unnest(names, births) AS u (name, birth)) asked
  JOIN register_student s ON s.birth_date = asked.birth AND s.name = asked.name
$$;
CREATE FUNCTION register_known_numbers(numbers text[])
RETURNS TABLE (number text, school uuid, state text, registration uuid, student uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT n.number, n.school, n.state, n.registration, coalesce(r.student_id, n.reserved_for)
  FROM register_number n LEFT JOIN register_registration r ON r.id = n.registration
  WHERE n.number = ANY (numbers)
$$;
CREATE FUNCTION register_contents(students uuid[], until date, organisations uuid[], sequences bigint[],
                                  left_out uuid[])
RETURNS TABLE (student uuid, content bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT e.student, sha256(string_agg(e.content_digest, ''::bytea ORDER BY e.effective_on, e.student_seq))
  FROM unnest(students) AS asked (student)
  JOIN journals_entry e ON e.student = asked.student
  LEFT JOIN unnest(organisations, sequences) AS cut (organisation, sequence) ON cut.organisation = e.organisation
  WHERE (until IS NULL OR e.effective_on <= until)
    AND (organisations IS NULL OR e.sequence <= cut.sequence)
    AND e.entry_id <> ALL (coalesce(left_out, ARRAY[]::uuid[]))
  GROUP BY e.student
$$;
CREATE FUNCTION register_touched_since(organisations uuid[], sequences bigint[])
RETURNS TABLE (student uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH cut AS (
    SELECT b.organisation, coalesce(given.sequence, 0) AS sequence
    FROM (SELECT organisation, max(last_sequence) AS last FROM journals_block GROUP BY organisation) b
    LEFT JOIN unnest(organisations, sequences) AS given (organisation, sequence)
      ON given.organisation = b.organisation
    WHERE given.sequence IS NULL OR given.sequence < b.last
  )
  SELECT DISTINCT e.student FROM cut JOIN journals_entry e
    ON e.organisation = cut.organisation AND e.sequence > cut.sequence
  WHERE e.student IS NOT NULL
$$;
CREATE FUNCTION register_left_out(organisations uuid[], sequences bigint[])
RETURNS TABLE (entry_id uuid, student uuid, organisation uuid, transaction_id uuid, kind text, effective_on date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH given AS (
    SELECT * FROM unnest(organisations, sequences) AS c (organisation, sequence)
  ), cut AS (
    SELECT b.organisation, coalesce(given.sequence, 0) AS sequence
    FROM (SELECT organisation, max(last_sequence) AS last FROM journals_block GROUP BY organisation) b
    LEFT JOIN given USING (organisation)
    WHERE given.sequence IS NULL OR given.sequence < b.last
  ), beyond AS (
    SELECT DISTINCT e.transaction_id FROM cut JOIN journals_entry e
      ON e.organisation = cut.organisation AND e.sequence > cut.sequence
    WHERE e.student IS NOT NULL AND e.operations::text <> '[]'
  ), broken AS (
    SELECT e.student, min(e.student_seq) AS first
    FROM beyond JOIN journals_entry e USING (transaction_id)
    JOIN given ON given.organisation = e.organisation AND e.sequence <= given.sequence
    WHERE e.student IS NOT NULL GROUP BY e.student
  )
  SELECT e.entry_id, e.student, e.organisation, e.transaction_id, e.kind, e.effective_on
  FROM broken JOIN journals_entry e ON e.student = broken.student AND e.student_seq >= broken.first
  JOIN given ON given.organisation = e.organisation AND e.sequence <= given.sequence
  ORDER BY e.student, e.student_seq
$$;
CREATE FUNCTION register_cut() RETURNS TABLE (organisation uuid, sequence bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT b.organisation, max(b.last_sequence) FROM journals_block b GROUP BY b.organisation
$$;
"""

GRANTS = "".join(
    f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC; GRANT EXECUTE ON FUNCTION {name} TO xueji_application;\n"
    for name in (
        "register_is_party(uuid)",
        "register_sees(uuid)",
        "register_known_documents(bytea[])",
        "register_known_persons(text[], date[])",
        "register_known_numbers(text[])",
        "register_contents(uuid[], date, uuid[], bigint[], uuid[])",
        "register_cut()",
        "register_touched_since(uuid[], bigint[])",
        "register_left_out(uuid[], bigint[])",
    )
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("register", "0001_initial"), ("accounts", "0001_initial"), ("journals", "0001_initial")]

    operations: ClassVar = [
        migrations.RunSQL(
            SEES
            + STUDENT
            + _of_student("register_registration", "student_id")
            + _of_student("register_spell", "student")
            + _of_student("register_earlier_fields", "student_id")
            + enable_rls("register_number", "school")
            + enable_rls("register_counter", "school")
            + SHARED,
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(DEFINERS + GRANTS, migrations.RunSQL.noop),
    ]
