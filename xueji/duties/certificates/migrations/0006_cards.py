"""Cards: one a pupil and registration; batches of a school's classes, seen and written where their school is."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from xueji.ground.accounts.policies import enable_rls

KEPT = """
CREATE FUNCTION certificates_keep_part() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' OR (OLD.state = 'done' AND ROW(OLD.id, OLD.batch_id, OLD.school, OLD.class_group, OLD.state,
      OLD.pupils, OLD.cards, OLD.left_out, OLD.certificates, OLD.exceptions, OLD.finished_at) IS DISTINCT FROM
      ROW(NEW.id, NEW.batch_id, NEW.school, NEW.class_group, NEW.state, NEW.pupils, NEW.cards, NEW.left_out,
      NEW.certificates, NEW.exceptions, NEW.finished_at)) THEN
    RAISE EXCEPTION 'a class that was finished is kept' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION certificates_keep_part() FROM PUBLIC;
CREATE TRIGGER certificates_keep_part BEFORE UPDATE OR DELETE ON certificates_batchpart
  FOR EACH ROW EXECUTE FUNCTION certificates_keep_part();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("certificates", "0005_attested_for_ever"), ("accounts", "0001_initial")]

    operations: ClassVar = [
        migrations.AddConstraint(
            "certificate",
            models.UniqueConstraint(
                condition=Q(kind__in=("student_card",), voided_at__isnull=True),
                fields=("registration", "kind"),
                name="certificates_one_card",
            ),
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=40)),
                ("school", models.UUIDField()),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "等待"), ("running", "正在办理"), ("done", "已办完")], max_length=8
                    ),
                ),
                ("pupils", models.PositiveIntegerField(default=0)),
                ("ordered_by", models.UUIDField()),
                ("ordered_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["school", "-ordered_at"], name="certificates_batch_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(state__in=["waiting", "running", "done"]), name="certificates_batch_state"
                    ),
                    models.UniqueConstraint(
                        condition=~Q(state="done"), fields=("school", "kind"), name="certificates_batch_one_open"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BatchPart",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="certificates.batch",
                    ),
                ),
                ("school", models.UUIDField()),
                ("row_no", models.PositiveSmallIntegerField()),
                ("class_group", models.UUIDField(null=True)),
                ("title", models.CharField(max_length=80)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "等待"), ("failed", "没有办成"), ("done", "已办完")], max_length=8
                    ),
                ),
                ("pupils", models.PositiveIntegerField(default=0)),
                ("cards", models.PositiveIntegerField(default=0)),
                ("left_out", models.PositiveIntegerField(default=0)),
                ("certificates", models.JSONField(default=list)),
                ("exceptions", models.BinaryField(null=True)),
                ("sheets", models.BinaryField(null=True)),
                ("roll", models.BinaryField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("batch", "row_no"), name="certificates_batchpart_row"),
                    models.CheckConstraint(
                        condition=Q(state="done", finished_at__isnull=False)
                        | Q(state__in=["waiting", "failed"], cards=0),
                        name="certificates_batchpart_state",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            enable_rls("certificates_batch", "school") + enable_rls("certificates_batchpart", "school") + KEPT,
            migrations.RunSQL.noop,
        ),
    ]
