"""对外查验: a stranger's question about one number, where the bureau's head opened it; counted by who asks, kept a day."""

from typing import ClassVar

from django.db import migrations

from xueji.ground.accounts.policies import SYSTEM, rls

QUERIES = """
CREATE TABLE certificates_publicquery (asker bytea NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE INDEX certificates_publicquery_asker ON certificates_publicquery (asker, at);
CREATE INDEX certificates_publicquery_at ON certificates_publicquery (at);
"""

OPEN = """
CREATE FUNCTION certificates_open_bureaus() RETURNS TABLE (bureau uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT last.organisation FROM (
    SELECT DISTINCT ON (e.organisation) e.organisation, e.basis FROM public.journals_entry AS e
    WHERE e.kind = 'public_verification' ORDER BY e.organisation, e.sequence DESC
  ) AS last WHERE (last.basis->>'open')::boolean
$$;
REVOKE ALL ON FUNCTION certificates_open_bureaus() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION certificates_open_bureaus() TO xueji_application;
"""

ASK = """
CREATE FUNCTION certificates_ask_publicly(number text, who bytea, most integer, today date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE answer text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('certificates_ask_publicly ' || encode(who, 'hex'), 0));
  DELETE FROM public.certificates_publicquery AS q WHERE q.at < now() - interval '1 day';
  IF (SELECT count(*) FROM public.certificates_publicquery AS q
      WHERE q.asker = who AND q.at > now() - interval '1 hour') >= most THEN
    RETURN 'too_many';
  END IF;
  INSERT INTO public.certificates_publicquery (asker) VALUES (who);
  SELECT CASE WHEN c.voided_at IS NULL AND (c.valid_until IS NULL OR c.valid_until >= today)
    THEN 'valid' ELSE 'voided' END INTO answer
  FROM public.certificates_certificate AS c
  WHERE c.number = certificates_ask_publicly.number AND coalesce(
    (SELECT r.other_id FROM public.organisations_relation AS r
     WHERE r.organisation_id = c.school AND r.relation = 'competent_bureau' AND r.started_on <= today
       AND (r.ended_on IS NULL OR r.ended_on > today)), c.bureau, c.school)
    IN (SELECT o.bureau FROM public.certificates_open_bureaus() AS o);
  RETURN coalesce(answer, 'unknown');
END $$;
REVOKE ALL ON FUNCTION certificates_ask_publicly(text, bytea, integer, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION certificates_ask_publicly(text, bytea, integer, date) TO xueji_application;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("certificates", "0006_cards"), ("journals", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL(QUERIES, "DROP TABLE certificates_publicquery"),
        migrations.RunSQL(
            rls("certificates_publicquery", read=SYSTEM, write=SYSTEM, writes=("INSERT", "DELETE")),
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(OPEN, "DROP FUNCTION certificates_open_bureaus()"),
        migrations.RunSQL(ASK, "DROP FUNCTION certificates_ask_publicly(text, bytea, integer, date)"),
    ]
