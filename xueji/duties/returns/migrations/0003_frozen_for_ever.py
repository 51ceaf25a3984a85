"""What a certified return rests on is kept with it and never moves; who made it does not vouch for it."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import F, Q

# A school must know how far the others' journals count and which transactions a closed return left out, and learns
# nothing but numbers and identifiers.
FROZEN = """
DROP FUNCTION returns_frozen(text);
CREATE FUNCTION returns_frozen(asked text) RETURNS TABLE (organisation uuid, sequence bigint, left_out uuid[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT r.organisation, r.sequence,
    ARRAY(SELECT t::uuid FROM jsonb_array_elements_text(r.left_out) AS t)
  FROM returns_return r
  WHERE r.round = asked AND r.level = 'school' AND r.state IN ('certified', 'submitted', 'accepted')
$$;
REVOKE ALL ON FUNCTION returns_frozen(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION returns_frozen(text) TO xueji_application;
"""

_FIGURES = (
    "id", "level", "round", "organisation", "bureau", "version", "cut", "held", "left_out", "sequence", "block_no",
    "block_digest", "state_digest", "snapshot", "digest", "registered", "attending", "opening", "totals", "flow",
    "findings", "in_hand", "parts", "made_at", "made_by", "certified_at", "certified_by",
)  # fmt: skip
KEPT = f"""
CREATE FUNCTION returns_keep() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.state <> 'made' THEN
      RAISE EXCEPTION 'a certified return is never deleted' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
  END IF;
  IF OLD.state <> 'made' AND ROW({", ".join(f"OLD.{name}" for name in _FIGURES)})
      IS DISTINCT FROM ROW({", ".join(f"NEW.{name}" for name in _FIGURES)}) THEN
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
REVOKE ALL ON FUNCTION returns_keep() FROM PUBLIC;
CREATE TRIGGER returns_keep BEFORE UPDATE OR DELETE ON returns_return
  FOR EACH ROW EXECUTE FUNCTION returns_keep();
"""


def _json(default: type) -> models.JSONField:
    return models.JSONField(default=default)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("returns", "0002_row_level_security"), ("snapshots", "0001_initial")]
    operations: ClassVar = [
        migrations.DeleteModel("ReturnCut"),
        migrations.AddField("return", "held", _json(list)),
        migrations.AddField("return", "left_out", _json(list)),
        migrations.AddField("return", "block_no", models.BigIntegerField(default=0)),
        migrations.AddField("return", "block_digest", models.CharField(max_length=64, default="")),
        migrations.AddField("return", "state_digest", models.CharField(max_length=64, default="")),
        migrations.AddField("return", "snapshot", models.UUIDField(null=True)),
        migrations.AddField("return", "opening", _json(dict)),
        migrations.AddConstraint(
            "return",
            models.CheckConstraint(
                condition=Q(state__in=["made", "certified", "submitted", "sent_back", "accepted"]),
                name="returns_state",
            ),
        ),
        migrations.AddConstraint(
            "return",
            models.CheckConstraint(
                condition=Q(certified_by__isnull=True) | ~Q(certified_by=F("made_by")), name="returns_four_eyes"
            ),
        ),
        migrations.RunSQL(FROZEN, migrations.RunSQL.noop),
        migrations.RunSQL(KEPT, "DROP TRIGGER returns_keep ON returns_return; DROP FUNCTION returns_keep()"),
    ]
