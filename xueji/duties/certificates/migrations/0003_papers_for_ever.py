"""A paper is never changed: it is voided once, with its reason. Anyone may ask how a paper stands by its number."""

from typing import ClassVar

from django.db import migrations, models

STANDING = """
CREATE FUNCTION certificates_standing(asked text) RETURNS TABLE (statement_digest text, voided_on date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT c.statement_digest::text, (c.voided_at AT TIME ZONE 'Asia/Shanghai')::date
  FROM certificates_certificate c WHERE c.number = asked
$$;
REVOKE ALL ON FUNCTION certificates_standing(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION certificates_standing(text) TO xueji_application;
"""

_SAID = (
    "id", "number", "kind", "student", "registration", "school", "purpose", "statement", "statement_digest",
    "register_digest", "issued_on", "valid_until", "issued_at", "issued_by",
)  # fmt: skip
KEPT = f"""
CREATE FUNCTION certificates_keep() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.voided_at IS NOT NULL
      OR ROW({", ".join(f"OLD.{name}" for name in _SAID)})
        IS DISTINCT FROM ROW({", ".join(f"NEW.{name}" for name in _SAID)}) THEN
    RAISE EXCEPTION 'a paper that was issued is only voided, once' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION certificates_keep() FROM PUBLIC;
CREATE TRIGGER certificates_keep BEFORE UPDATE OR DELETE ON certificates_certificate
  FOR EACH ROW EXECUTE FUNCTION certificates_keep();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("certificates", "0002_row_level_security")]
    operations: ClassVar = [
        migrations.AddField("certificate", "statement_digest", models.CharField(max_length=64, default="")),
        migrations.AddField("certificate", "valid_until", models.DateField(null=True)),
        migrations.RunSQL(STANDING, "DROP FUNCTION certificates_standing(text)"),
        migrations.RunSQL(
            KEPT, "DROP TRIGGER certificates_keep ON certificates_certificate; DROP FUNCTION certificates_keep()"
        ),
    ]
