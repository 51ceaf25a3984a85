"""更正 of a closed roll-call: beside the list, proposed by one person, decided by another, changed by nobody after."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

from xueji.ground.accounts.policies import enable_rls

KEPT = """
CREATE FUNCTION rollcall_keep_supplement() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'proposed' OR NOT EXISTS (
      SELECT FROM rollcall_rollline l JOIN rollcall_termregistration t ON t.id = l.roll_id
      WHERE l.id = NEW.line_id AND t.id = NEW.roll_id AND t.state = 'closed'
        AND l.student = NEW.student AND t.school = NEW.school) THEN
      RAISE EXCEPTION 'a supplement is proposed to a line of a closed roll-call'
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' OR OLD.state <> 'proposed' OR NEW.state = 'proposed' OR
     (OLD.id, OLD.roll_id, OLD.line_id, OLD.school, OLD.student, OLD.number, OLD.presence, OLD.came_on, OLD.outcome,
      OLD.outcome_on, OLD.application, OLD.told, OLD.proposed_at, OLD.proposed_by) IS DISTINCT FROM
     (NEW.id, NEW.roll_id, NEW.line_id, NEW.school, NEW.student, NEW.number, NEW.presence, NEW.came_on, NEW.outcome,
      NEW.outcome_on, NEW.application, NEW.told, NEW.proposed_at, NEW.proposed_by) THEN
    RAISE EXCEPTION 'a supplement is decided once and never changed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION rollcall_keep_supplement() FROM PUBLIC;
CREATE TRIGGER rollcall_keep_supplement BEFORE INSERT OR UPDATE OR DELETE ON rollcall_supplement
  FOR EACH ROW EXECUTE FUNCTION rollcall_keep_supplement();
"""
UNDO = """
DROP TRIGGER rollcall_keep_supplement ON rollcall_supplement;
DROP FUNCTION rollcall_keep_supplement();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("rollcall", "0002_row_level_security")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Supplement",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("school", models.UUIDField()),
                ("student", models.UUIDField()),
                ("number", models.PositiveIntegerField()),
                (
                    "presence",
                    models.CharField(
                        choices=[("here", "到"), ("excused", "未到，有事由"), ("absent", "未到，无事由")], max_length=8
                    ),
                ),
                ("came_on", models.DateField(null=True)),
                ("outcome", models.CharField(blank=True, default="", max_length=24)),
                ("outcome_on", models.DateField(null=True)),
                ("application", models.UUIDField(null=True)),
                ("told", models.BinaryField()),
                (
                    "state",
                    models.CharField(
                        choices=[("proposed", "待分管校长审核"), ("agreed", "已更正"), ("refused", "不予更正")],
                        default="proposed",
                        max_length=8,
                    ),
                ),
                ("proposed_at", models.DateTimeField()),
                ("proposed_by", models.UUIDField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.UUIDField(null=True)),
                ("remark", models.BinaryField(null=True)),
                (
                    "line",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="supplements",
                        to="rollcall.rollline",
                    ),
                ),
                (
                    "roll",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="supplements",
                        to="rollcall.termregistration",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "agreed")),
                        fields=["line", "-number"],
                        name="rollcall_supplement_agreed",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("roll", "number"), name="rollcall_supplement_number"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")),
                        fields=("line",),
                        name="rollcall_supplement_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_by__isnull", True), ("state", "proposed")),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("state__in", ["refused", "agreed"]),
                            ),
                            _connector="OR",
                        ),
                        name="rollcall_supplement_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by__isnull", True),
                            models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="rollcall_supplement_two_persons",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("presence__in", ["excused", "absent"]),
                            models.Q(("came_on__isnull", False), ("presence", "here")),
                            _connector="OR",
                        ),
                        name="rollcall_supplement_presence",
                    ),
                ],
            },
        ),
        migrations.RunSQL(enable_rls("rollcall_supplement", "school") + KEPT, UNDO),
    ]
