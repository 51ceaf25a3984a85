"""Seen and written where the school is in reach; a closed roll-call and a contact attempt never change."""

from typing import ClassVar

from django.db import migrations

from xueji.ground.accounts.policies import append_only, enable_rls

POLICIES = (
    enable_rls("rollcall_termregistration", "school")
    + enable_rls("rollcall_rollline", "school")
    + enable_rls("rollcall_separatedattendance", "school")
    + enable_rls("rollcall_contactattempt", "school", writes=("INSERT",))
)

KEPT = """
CREATE FUNCTION rollcall_keep() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF OLD.state = 'closed' THEN
    RAISE EXCEPTION 'a closed roll-call is never changed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION rollcall_keep_rows() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  held uuid := CASE WHEN TG_OP = 'INSERT' THEN NEW.roll_id ELSE OLD.roll_id END;
BEGIN
  IF EXISTS (SELECT FROM rollcall_termregistration t WHERE t.id = held AND t.state = 'closed') THEN
    RAISE EXCEPTION 'the rows of a closed roll-call are never changed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION rollcall_keep(), rollcall_keep_rows() FROM PUBLIC;
CREATE TRIGGER rollcall_keep BEFORE UPDATE OR DELETE ON rollcall_termregistration
  FOR EACH ROW EXECUTE FUNCTION rollcall_keep();
CREATE TRIGGER rollcall_keep_rows BEFORE INSERT OR UPDATE OR DELETE ON rollcall_rollline
  FOR EACH ROW EXECUTE FUNCTION rollcall_keep_rows();
CREATE TRIGGER rollcall_keep_rows BEFORE INSERT OR UPDATE OR DELETE ON rollcall_separatedattendance
  FOR EACH ROW EXECUTE FUNCTION rollcall_keep_rows();
"""

#: Who is in force with exactly this number and name; looked up for a pupil in class whom no record here names.
BORNE = """
CREATE FUNCTION rollcall_borne(asked text, called text) RETURNS TABLE (student uuid, school uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT r.student_id, r.school
  FROM public.register_registration r JOIN public.register_student s ON s.id = r.student_id
  WHERE r.number = asked AND NOT r.voided AND r.ended_on IS NULL AND s.name = called
$$;
REVOKE ALL ON FUNCTION rollcall_borne(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rollcall_borne(text, text) TO xueji_application;
"""
UNDO = """
DROP FUNCTION rollcall_borne(text, text);
DROP TRIGGER rollcall_keep_rows ON rollcall_separatedattendance;
DROP TRIGGER rollcall_keep_rows ON rollcall_rollline;
DROP TRIGGER rollcall_keep ON rollcall_termregistration;
DROP FUNCTION rollcall_keep_rows();
DROP FUNCTION rollcall_keep();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("rollcall", "0001_initial"),
        ("accounts", "0001_initial"),
        ("register", "0001_initial"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(POLICIES + append_only("rollcall_contactattempt") + KEPT + BORNE, UNDO),
    ]
