"""The parts in force; written once by the load that made their entries, never changed after."""

from typing import ClassVar

from django.db import migrations, models

# The rulebook is no secret: everyone who works here reads it. Only the system's own load and posts of a bureau write it.
PROTECT = """
ALTER TABLE parameters_part ENABLE ROW LEVEL SECURITY;
CREATE POLICY parameters_part_select ON parameters_part FOR SELECT USING (true);
CREATE POLICY parameters_part_insert ON parameters_part FOR INSERT WITH CHECK (
  (SELECT coalesce(current_setting('xueji.role', true), '')) = 'system'
  OR ((SELECT coalesce(current_setting('xueji.role', true), '')) = 'head'
      AND (SELECT coalesce(current_setting('xueji.level', true), '')) IN ('district', 'city'))
);
REVOKE ALL ON parameters_part FROM xueji_application;
GRANT SELECT, INSERT ON parameters_part TO xueji_application;
GRANT USAGE, SELECT ON SEQUENCE parameters_part_number_seq TO xueji_application;
CREATE FUNCTION parameters_part_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'parameters_part is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER parameters_part_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON parameters_part
FOR EACH STATEMENT EXECUTE FUNCTION parameters_part_stays();
"""
UNDO = """
DROP TRIGGER parameters_part_stays ON parameters_part;
DROP FUNCTION parameters_part_stays();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar = [("journals", "0001_initial")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="RulebookPart",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                ("entry", models.UUIDField(unique=True)),
                ("organisation", models.UUIDField()),
                ("layer", models.TextField()),
                ("part", models.TextField()),
                ("version", models.TextField()),
                ("value", models.JSONField()),
                ("effective_on", models.DateField()),
                ("rulebook_version", models.TextField()),
            ],
            options={
                "db_table": "parameters_part",
                "indexes": [models.Index(fields=["layer", "part", "-number"], name="parameters_part_newest")],
            },
        ),
        migrations.RunSQL(PROTECT, UNDO),
    ]
