"""Entries and blocks, the trigger that chains them, and the triggers that keep them as they are."""

from typing import ClassVar

from django.db import migrations, models

from xueji.ground.journals.digests import CONTENT_DIGEST, block_digest
from xueji.ground.journals.models import CanonicalJSONField

_BLOCK_DIGEST = block_digest(
    "part.organisation", "part.block_no", "part.first_sequence", "part.last_sequence", "before_digest", "part.digests"
)

# Constraints that say what a row alone can say.
CHECKS = """
ALTER TABLE journals_entry
  ADD CONSTRAINT journals_entry_sequence_positive CHECK (sequence > 0 AND block_no > 0),
  ADD CONSTRAINT journals_entry_student_whole CHECK ((student IS NULL) = (student_seq IS NULL) AND student_seq > 0),
  ADD CONSTRAINT journals_entry_sensitive_whole CHECK (
    (sensitive IS NULL) = (commitment IS NULL) AND (sensitive IS NULL OR data_key IS NOT NULL)
    AND octet_length(commitment) = 32),
  ADD CONSTRAINT journals_entry_operations_list CHECK (json_typeof(operations) = 'array'),
  ADD CONSTRAINT journals_entry_digest_length CHECK (octet_length(content_digest) = 32);
ALTER TABLE journals_block
  ADD CONSTRAINT journals_block_range CHECK (block_no > 0 AND first_sequence > 0 AND last_sequence >= first_sequence),
  ADD CONSTRAINT journals_block_digest_length CHECK (octet_length(digest) = 32 AND octet_length(previous_digest) = 32);
-- A cipher does not compress, and an opening entry of some 3 kB is cheaper whole than in pieces.
ALTER TABLE journals_entry ALTER COLUMN sensitive SET STORAGE EXTERNAL;
ALTER TABLE journals_entry SET (toast_tuple_target = 8160);
CREATE INDEX journals_entry_transaction ON journals_entry (transaction_id);
"""

# Definer: a viewer counts on from entries that row-level security hides from it (the pupil's at
# another school), and the application's role may not insert blocks. Neither function gives away what an entry says.
CHAIN = f"""
CREATE FUNCTION journals_heads(organisations uuid[])
RETURNS TABLE (organisation uuid, sequence bigint, block_no bigint, digest bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT o, b.last_sequence, b.block_no, b.digest
  FROM unnest(organisations) AS o
  CROSS JOIN LATERAL (
    SELECT last_sequence, block_no, digest FROM public.journals_block
    WHERE organisation = o ORDER BY block_no DESC LIMIT 1) AS b
$$;

-- Locks first, then reads: each statement in a volatile function sees what was committed before it.
CREATE FUNCTION journals_begin(locks bigint[], organisations uuid[], students uuid[])
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
END $$;

CREATE FUNCTION journals_chain() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  part record;
  before_block bigint;
  before_sequence bigint;
  before_digest bytea;
BEGIN
  SELECT e.organisation, e.sequence INTO part FROM fresh AS e
  WHERE e.content_digest IS DISTINCT FROM {CONTENT_DIGEST} LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'journal %: content digest of entry % does not match', part.organisation, part.sequence
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  FOR part IN
    SELECT organisation, block_no, min(sequence) AS first_sequence, max(sequence) AS last_sequence,
           count(*) AS entries, string_agg(content_digest, ''::bytea ORDER BY sequence) AS digests
    FROM fresh GROUP BY organisation, block_no ORDER BY organisation, block_no
  LOOP
    SELECT b.block_no, b.last_sequence, b.digest INTO before_block, before_sequence, before_digest
    FROM public.journals_block AS b
    WHERE b.organisation = part.organisation ORDER BY b.block_no DESC LIMIT 1;
    IF NOT FOUND THEN
      before_block := 0; before_sequence := 0; before_digest := decode(repeat('00', 32), 'hex');
    END IF;
    IF part.block_no <> before_block + 1 OR part.first_sequence <> before_sequence + 1
       OR part.entries <> part.last_sequence - part.first_sequence + 1 THEN
      RAISE EXCEPTION 'journal %: block % with entries % to % leaves a gap after block %, entry %',
        part.organisation, part.block_no, part.first_sequence, part.last_sequence, before_block, before_sequence
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    INSERT INTO public.journals_block
      (organisation, block_no, first_sequence, last_sequence, previous_digest, digest)
    VALUES (part.organisation, part.block_no, part.first_sequence, part.last_sequence, before_digest,
      {_BLOCK_DIGEST});
  END LOOP;
  RETURN NULL;
END $$;

CREATE TRIGGER journals_entry_chain AFTER INSERT ON journals_entry
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION journals_chain();
"""

# For everybody, the owner included; who takes these triggers away is found by verify.
APPEND_ONLY = """
CREATE FUNCTION journals_refuse_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the journal is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER journals_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journals_entry
  FOR EACH STATEMENT EXECUTE FUNCTION journals_refuse_change();
CREATE TRIGGER journals_block_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journals_block
  FOR EACH STATEMENT EXECUTE FUNCTION journals_refuse_change();
CREATE TRIGGER journals_block_by_chain BEFORE INSERT ON journals_block
  FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION journals_refuse_change();
"""

GRANTS = """
REVOKE ALL ON journals_entry, journals_block FROM xueji_application;
GRANT SELECT, INSERT ON journals_entry TO xueji_application;
GRANT SELECT ON journals_block TO xueji_application;
REVOKE ALL ON FUNCTION journals_heads(uuid[]), journals_begin(bigint[], uuid[], uuid[]), journals_chain(),
  journals_refuse_change() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION journals_heads(uuid[]), journals_begin(bigint[], uuid[], uuid[]) TO xueji_application;
"""

UNDO = """
DROP FUNCTION journals_heads(uuid[]), journals_begin(bigint[], uuid[], uuid[]);
DROP FUNCTION journals_chain() CASCADE;
DROP FUNCTION journals_refuse_change() CASCADE;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar = [("keys", "0001_initial")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="JournalEntry",
            fields=[
                ("organisation", models.UUIDField()),
                ("sequence", models.BigIntegerField()),
                ("block_no", models.BigIntegerField()),
                ("entry_id", models.UUIDField(primary_key=True, serialize=False)),
                ("transaction_id", models.UUIDField()),
                ("kind", models.TextField()),
                ("student", models.UUIDField(null=True)),
                ("student_seq", models.IntegerField(null=True)),
                ("effective_on", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                ("operations", CanonicalJSONField()),
                ("op_version", models.SmallIntegerField()),
                ("basis", CanonicalJSONField()),
                ("rulebook_version", models.TextField()),
                ("actor", CanonicalJSONField()),
                ("corrects", models.UUIDField(null=True)),
                ("data_key", models.UUIDField(null=True)),
                ("sensitive", models.BinaryField(null=True)),
                ("commitment", models.BinaryField(null=True)),
                ("content_digest", models.BinaryField()),
            ],
            options={
                "db_table": "journals_entry",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "sequence"), name="journals_entry_sequence"),
                    models.UniqueConstraint(fields=("student", "student_seq"), name="journals_entry_student_seq"),
                    models.UniqueConstraint(
                        condition=models.Q(("corrects__isnull", False)),
                        fields=("corrects",),
                        name="journals_entry_corrected_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="JournalBlock",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organisation", "block_no", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation", models.UUIDField()),
                ("block_no", models.BigIntegerField()),
                ("first_sequence", models.BigIntegerField()),
                ("last_sequence", models.BigIntegerField()),
                ("previous_digest", models.BinaryField()),
                ("digest", models.BinaryField()),
            ],
            options={"db_table": "journals_block"},
        ),
        migrations.RunSQL(CHECKS, migrations.RunSQL.noop),
        migrations.RunSQL(CHAIN + APPEND_ONLY + GRANTS, UNDO),
    ]
