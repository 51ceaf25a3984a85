"""Counts of the standing list: written by the job alone, seen where the organisation is in reach."""

from typing import ClassVar

from django.db import migrations, models

from xueji.ground.accounts.policies import SYSTEM, in_reach, rls


class Migration(migrations.Migration):
    dependencies: ClassVar = [("returns", "0004_remarks")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Standing",
            fields=[
                ("organisation", models.UUIDField(primary_key=True, serialize=False)),
                ("on", models.DateField()),
                ("head", models.BigIntegerField()),
                ("errors", models.IntegerField()),
                ("queries", models.IntegerField()),
                ("codes", models.JSONField(default=dict)),
                ("counted_at", models.DateTimeField()),
            ],
            options={"db_table": "returns_standing"},
        ),
        migrations.RunSQL(
            rls("returns_standing", read=in_reach("organisation"), write=SYSTEM, writes=("INSERT", "UPDATE")),
            migrations.RunSQL.noop,
        ),
    ]
