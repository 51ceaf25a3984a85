"""Reopening an accepted return: asked for with a reason, examined by a clerk, decided by another person, the head."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import F, Q

from xueji.ground.accounts.policies import enable_rls

# Who asked, why, and what was decided stays as it was said; only the next step is added.
KEPT = """
CREATE FUNCTION returns_keep_reopening() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF OLD.outcome <> '' OR ROW(OLD.id, OLD.return_id, OLD.organisation, OLD.asked_for, OLD.reason, OLD.asked_at,
        OLD.asked_by) IS DISTINCT FROM ROW(NEW.id, NEW.return_id, NEW.organisation, NEW.asked_for, NEW.reason,
        NEW.asked_at, NEW.asked_by)
      OR (OLD.examined_by IS NOT NULL AND ROW(OLD.examined_by, OLD.examined_at, OLD.opinion)
        IS DISTINCT FROM ROW(NEW.examined_by, NEW.examined_at, NEW.opinion)) THEN
    RAISE EXCEPTION 'what was said of a reopening never changes' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION returns_keep_reopening() FROM PUBLIC;
CREATE TRIGGER returns_keep_reopening BEFORE UPDATE ON returns_reopening
  FOR EACH ROW EXECUTE FUNCTION returns_keep_reopening();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("returns", "0006_information"), ("accounts", "0001_initial")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Reopening",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("return_id", models.UUIDField()),
                ("organisation", models.UUIDField()),
                ("asked_for", models.UUIDField()),
                ("reason", models.TextField()),
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.UUIDField()),
                ("opinion", models.TextField(default="")),
                ("examined_at", models.DateTimeField(null=True)),
                ("examined_by", models.UUIDField(null=True)),
                ("outcome", models.CharField(blank=True, default="", max_length=8)),
                ("answer", models.TextField(default="")),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.UUIDField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["organisation"], name="returns_reopening_of")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["return_id"], condition=Q(outcome=""), name="returns_reopening_one_open"
                    ),
                    models.CheckConstraint(
                        condition=Q(outcome="", decided_by=None)
                        | Q(outcome__in=["agreed", "refused"], decided_by__isnull=False, examined_by__isnull=False),
                        name="returns_reopening_decided",
                    ),
                    models.CheckConstraint(
                        condition=Q(decided_by=None) | (~Q(decided_by=F("examined_by")) & ~Q(decided_by=F("asked_by"))),
                        name="returns_reopening_four_eyes",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            enable_rls("returns_reopening", "organisation", writes=("INSERT", "UPDATE")) + KEPT,
            "DROP FUNCTION returns_keep_reopening() CASCADE",
        ),
    ]
