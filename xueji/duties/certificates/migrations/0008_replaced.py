"""A paper names the voided one that it was given out instead of; each is replaced once, and that is kept for ever."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

_SAID = (
    "id", "number", "kind", "student", "registration", "school", "purpose", "statement", "statement_digest",
    "register_digest", "issued_on", "valid_until", "issued_at", "issued_by", "line_id", "bureau", "attested_by",
    "replaces_id",
)  # fmt: skip
_OLD, _NEW = (", ".join(f"{side}.{name}" for name in _SAID) for side in ("OLD", "NEW"))

KEPT = f"""
CREATE OR REPLACE FUNCTION certificates_keep() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.voided_at IS NOT NULL OR ROW({_OLD}) IS DISTINCT FROM ROW({_NEW}) THEN
    RAISE EXCEPTION 'a paper that was issued is only voided, once' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("certificates", "0007_public_verification")]
    operations: ClassVar = [
        migrations.AddField(
            "certificate",
            "replaces",
            models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replacement",
                to="certificates.certificate",
            ),
        ),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
