"""The school at which a pupil studies is party to his matters for as long: it reads his record and reports its end."""

from typing import ClassVar

from django.db import migrations

# Definer, since no school may write whom its pupils concern; it follows the state row alone.
SQL = """
CREATE FUNCTION register_follow_attending() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  DELETE FROM public.accounts_party p
  WHERE p.student = NEW.id AND p.ground = 'attends' AND p.organisation IS DISTINCT FROM NEW.attends;
  IF NEW.attends IS NOT NULL THEN
    INSERT INTO public.accounts_party (student, organisation, ground) VALUES (NEW.id, NEW.attends, 'attends')
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION register_follow_attending() FROM PUBLIC;
CREATE TRIGGER register_attending_new AFTER INSERT ON register_student
  FOR EACH ROW WHEN (NEW.attends IS NOT NULL) EXECUTE FUNCTION register_follow_attending();
CREATE TRIGGER register_attending_changed AFTER UPDATE ON register_student
  FOR EACH ROW WHEN (NEW.attends IS DISTINCT FROM OLD.attends) EXECUTE FUNCTION register_follow_attending();
INSERT INTO accounts_party (student, organisation, ground)
  SELECT id, attends, 'attends' FROM register_student WHERE attends IS NOT NULL ON CONFLICT DO NOTHING;
"""
UNDO = """
DROP FUNCTION register_follow_attending() CASCADE;
DELETE FROM accounts_party WHERE ground = 'attends';
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("register", "0003_export"), ("accounts", "0002_substitution")]

    operations: ClassVar = [migrations.RunSQL(SQL, UNDO)]
