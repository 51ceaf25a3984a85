"""What the database itself holds of school codes (invariant 3), as SQL for the migration."""

CODE_GUARD = """
CREATE FUNCTION organisations_guard_code() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    RAISE EXCEPTION 'organisations are never removed'
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'organisation_code_fixed';
  END IF;
  IF OLD.level <> 'school' OR OLD.code_state = 'drafted' THEN
    IF TG_OP = 'DELETE' THEN
      RETURN OLD;
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' OR NEW.code IS DISTINCT FROM OLD.code OR NEW.id <> OLD.id OR NEW.level <> OLD.level
     OR NEW.code_state = 'drafted' OR (OLD.code_state = 'void' AND NEW.code_state <> 'void') THEN
    RAISE EXCEPTION 'school code % is confirmed and can not change', OLD.code
      USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'organisation_code_fixed';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER organisation_code_fixed BEFORE UPDATE OR DELETE ON organisations_organisation
  FOR EACH ROW EXECUTE FUNCTION organisations_guard_code();
CREATE TRIGGER organisation_never_truncated BEFORE TRUNCATE ON organisations_organisation
  FOR EACH STATEMENT EXECUTE FUNCTION organisations_guard_code();
-- ALWAYS: a superuser's replication mode does not pass them by either.
ALTER TABLE organisations_organisation ENABLE ALWAYS TRIGGER organisation_code_fixed;
ALTER TABLE organisations_organisation ENABLE ALWAYS TRIGGER organisation_never_truncated;
ALTER TABLE organisations_organisation ADD CONSTRAINT organisation_school_code_digits
  CHECK (level <> 'school' OR code ~ '^[0-9A-Z]+$');
"""

UNDO = "DROP FUNCTION organisations_guard_code() CASCADE;"
