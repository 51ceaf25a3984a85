"""Journals that another node writes, and pupils whose earlier entries stand in journals that are not here (ADR 0016).

A carried journal takes in whole blocks as they were written elsewhere and nothing else: one writer a fact. The
application says that it carries by the transaction-local setting ``xueji.carrying``; this is a guard against mistakes,
what was really written the digests say. ``journals_studentbase``: a pupil that came from another node goes on counting
from where that node stood, so that the two histories fit together at the node above.
"""

from typing import ClassVar

from django.db import migrations, models

BEGIN = """
CREATE OR REPLACE FUNCTION journals_begin(locks bigint[], organisations uuid[], students uuid[])
RETURNS TABLE (subject uuid, is_student boolean, number bigint, block_no bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(k) FROM unnest(locks) AS k;
  RETURN QUERY
    SELECT o, false, b.last_sequence, b.block_no
    FROM unnest(organisations) AS o
    CROSS JOIN LATERAL (
      SELECT j.last_sequence, j.block_no FROM public.journals_block AS j
      WHERE j.organisation = o ORDER BY j.block_no DESC LIMIT 1) AS b;
  RETURN QUERY
    SELECT s, true, e.student_seq::bigint, NULL::bigint
    FROM unnest(students) AS s
    CROSS JOIN LATERAL (
      SELECT j.student_seq FROM public.journals_entry AS j
      WHERE j.student = s ORDER BY j.student_seq DESC LIMIT 1) AS e;
  IF EXISTS (SELECT FROM public.journals_studentbase AS b WHERE b.student = ANY (students)) THEN
    -- Later rows win at the caller: the higher of both numbers comes last.
    RETURN QUERY
      SELECT b.student, true, max(b.student_seq)::bigint, NULL::bigint
      FROM public.journals_studentbase AS b
      WHERE b.student = ANY (students) AND NOT EXISTS (
        SELECT FROM public.journals_entry AS j WHERE j.student = b.student AND j.student_seq > b.student_seq)
      GROUP BY b.student;
  END IF;
END $$;
"""

WRITER = """
CREATE FUNCTION journals_one_writer() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  whose record;
BEGIN
  IF coalesce(current_setting('xueji.carrying', true), '') = 'on' THEN
    RETURN NULL;
  END IF;
  SELECT c.organisation, c.carrier INTO whose FROM public.journals_carried AS c
  WHERE c.organisation IN (SELECT organisation FROM fresh) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'journal % is written at node %', whose.organisation, whose.carrier
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER journals_entry_one_writer AFTER INSERT ON journals_entry
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION journals_one_writer();
REVOKE ALL ON FUNCTION journals_one_writer() FROM PUBLIC;
REVOKE DELETE, TRUNCATE ON journals_carried FROM xueji_application;
REVOKE UPDATE, DELETE, TRUNCATE ON journals_studentbase FROM xueji_application;
"""

UNDO = "DROP FUNCTION journals_one_writer() CASCADE;"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("journals", "0002_entries_by_kind")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Carried",
            fields=[
                ("organisation", models.UUIDField(primary_key=True, serialize=False)),
                ("carrier", models.CharField(max_length=16)),
                ("opens", models.BooleanField()),
            ],
            options={"db_table": "journals_carried"},
        ),
        migrations.CreateModel(
            name="StudentBase",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "student", "student_seq", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("student", models.UUIDField()),
                ("student_seq", models.IntegerField()),
            ],
            options={"db_table": "journals_studentbase"},
        ),
        migrations.RunSQL(BEGIN + WRITER, UNDO),
    ]
