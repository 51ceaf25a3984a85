"""What a return says of the school itself; frozen with its figures."""

from typing import ClassVar

from django.db import migrations, models

_FIGURES = (
    "id", "level", "round", "organisation", "bureau", "version", "cut", "held", "left_out", "sequence", "block_no",
    "block_digest", "state_digest", "snapshot", "digest", "registered", "attending", "opening", "totals", "flow",
    "findings", "in_hand", "parts", "made_at", "made_by", "certified_at", "certified_by",
)  # fmt: skip


def _keep(figures: tuple[str, ...]) -> str:
    return f"""
CREATE OR REPLACE FUNCTION returns_keep() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.state <> 'made' THEN
      RAISE EXCEPTION 'a certified return is never deleted' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
  END IF;
  IF OLD.state <> 'made' AND ROW({", ".join(f"OLD.{name}" for name in figures)})
      IS DISTINCT FROM ROW({", ".join(f"NEW.{name}" for name in figures)}) THEN
    RAISE EXCEPTION 'the figures of a certified return never move' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF OLD.state || '>' || NEW.state NOT IN (
      'made>made', 'made>certified', 'made>accepted', 'made>sent_back', 'certified>submitted',
      'submitted>accepted', 'submitted>sent_back', 'accepted>sent_back') THEN
    RAISE EXCEPTION 'a return does not go from % to %', OLD.state, NEW.state
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("returns", "0005_standing")]
    operations: ClassVar = [
        migrations.AddField("return", "information", models.JSONField(default=dict)),
        migrations.RunSQL(_keep((*_FIGURES, "information")), _keep(_FIGURES)),
    ]
