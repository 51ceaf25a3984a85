"""Explanations of findings and notes of reviewers: only added, seen where the organisation is in reach."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import F, Q

from xueji.ground.accounts.policies import append_only, enable_rls


class Migration(migrations.Migration):
    dependencies: ClassVar = [("returns", "0003_frozen_for_ever"), ("accounts", "0001_initial")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Remark",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("round", models.CharField(max_length=16)),
                ("organisation", models.UUIDField()),
                ("version", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(choices=[("explanation", "学校说明"), ("note", "审核意见")], max_length=12),
                ),
                ("line", models.CharField(blank=True, max_length=64)),
                ("text", models.BinaryField()),
                ("author", models.UUIDField()),
                ("person", models.UUIDField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["organisation", "round", "at"], name="returns_remark_of_round")],
                "constraints": [
                    models.CheckConstraint(condition=Q(kind__in=["explanation", "note"]), name="returns_remark_kind"),
                    models.CheckConstraint(
                        condition=Q(kind="explanation", author=F("organisation"))
                        | (Q(kind="note") & ~Q(author=F("organisation"))),
                        name="returns_remark_author",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            enable_rls("returns_remark", "organisation", writes=("INSERT",)) + append_only("returns_remark"),
            migrations.RunSQL.noop,
        ),
    ]
