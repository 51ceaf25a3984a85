"""Seen and written where the school is in reach; a sample is frozen once drawn, a signed-off inspection kept for ever."""

from typing import ClassVar

from django.db import migrations

from xueji.ground.accounts.policies import append_only, enable_rls

POLICIES = (
    enable_rls("inspections_inspectionround", "bureau", writes=("INSERT",))
    + enable_rls("inspections_inspection", "school")
    + enable_rls("inspections_sampleline", "school", writes=("INSERT",))
    + enable_rls("inspections_checklistanswer", "school")
    + enable_rls("inspections_inspectionfinding", "school", writes=("INSERT", "UPDATE", "DELETE"))
)

KEPT = """
CREATE FUNCTION inspections_keep() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.state = 'signed_off' THEN
    RAISE EXCEPTION 'an inspection is kept, a signed-off one never changed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF (OLD.sample_digest <> '' AND NEW.sample_digest <> OLD.sample_digest)
     OR (OLD.id, OLD.school, OLD.inspector, OLD.kind, OLD.round_id, OLD.school_year, OLD.term, OLD.method, OLD.rule,
         OLD.seed, OLD.record_population, OLD.procedure_population, OLD.joint, OLD.drawn_at, OLD.drawn_by)
     IS DISTINCT FROM
        (NEW.id, NEW.school, NEW.inspector, NEW.kind, NEW.round_id, NEW.school_year, NEW.term, NEW.method, NEW.rule,
         NEW.seed, NEW.record_population, NEW.procedure_population, NEW.joint, NEW.drawn_at, NEW.drawn_by) THEN
    RAISE EXCEPTION 'a drawn sample is frozen' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF OLD.state = 'handed_over' AND NEW.state = 'drawn' OR OLD.state = 'drawn' AND NEW.state = 'signed_off' THEN
    RAISE EXCEPTION 'an inspection goes from examination over correction to its sign-off' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.state <> 'drawn' AND NEW.sample_digest = '' THEN
    RAISE EXCEPTION 'nothing was drawn' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF NEW.state = 'signed_off' AND EXISTS (SELECT FROM inspections_inspectionfinding f
      WHERE f.inspection_id = NEW.id AND (f.state <> 'closed' OR f.found_by = NEW.signed_by)) THEN
    RAISE EXCEPTION 'findings are open, or the finder signs off' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION inspections_freeze() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM inspections_inspection i WHERE i.id = NEW.inspection_id AND i.sample_digest <> '') THEN
    RAISE EXCEPTION 'a drawn sample is frozen' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION inspections_keep_rows() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  held text := (SELECT i.state FROM inspections_inspection i
    WHERE i.id = CASE WHEN TG_OP = 'INSERT' THEN NEW.inspection_id ELSE OLD.inspection_id END);
BEGIN
  IF held = 'signed_off' OR (held = 'handed_over' AND (TG_OP <> 'UPDATE' OR TG_TABLE_NAME = 'inspections_checklistanswer')) THEN
    RAISE EXCEPTION 'what was examined is never changed once handed over' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION inspections_keep(), inspections_freeze(), inspections_keep_rows() FROM PUBLIC;
CREATE TRIGGER inspections_keep BEFORE UPDATE OR DELETE ON inspections_inspection
  FOR EACH ROW EXECUTE FUNCTION inspections_keep();
CREATE TRIGGER inspections_freeze BEFORE INSERT ON inspections_sampleline
  FOR EACH ROW EXECUTE FUNCTION inspections_freeze();
CREATE TRIGGER inspections_keep_rows BEFORE INSERT OR UPDATE OR DELETE ON inspections_checklistanswer
  FOR EACH ROW EXECUTE FUNCTION inspections_keep_rows();
CREATE TRIGGER inspections_keep_rows BEFORE INSERT OR UPDATE OR DELETE ON inspections_inspectionfinding
  FOR EACH ROW EXECUTE FUNCTION inspections_keep_rows();
"""
UNDO = """
DROP TRIGGER inspections_keep_rows ON inspections_inspectionfinding;
DROP TRIGGER inspections_keep_rows ON inspections_checklistanswer;
DROP TRIGGER inspections_freeze ON inspections_sampleline;
DROP TRIGGER inspections_keep ON inspections_inspection;
DROP FUNCTION inspections_keep_rows();
DROP FUNCTION inspections_freeze();
DROP FUNCTION inspections_keep();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("inspections", "0001_initial"), ("accounts", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL(
            POLICIES + append_only("inspections_sampleline") + append_only("inspections_inspectionround") + KEPT, UNDO
        ),
    ]
