"""Comparisons that were run, for the bureaus to see: internal numbers of pupils and names of fields, no values."""

from typing import ClassVar

from django.db import migrations, models

from xueji.ground.accounts.policies import ROLE, SYSTEM, rls

_BUREAU = f"({SYSTEM} OR {ROLE} IN ('clerk', 'head'))"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exchange", "0004_receipt_for_whoever_asks")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("other", models.CharField(max_length=16)),
                ("way", models.CharField(max_length=12)),
                ("deep", models.BooleanField()),
                ("compared", models.JSONField()),
                ("found", models.IntegerField()),
                ("differences", models.JSONField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "exchange_reconciliation",
                "indexes": [models.Index(fields=["-at"], name="exchange_reconciled_latest")],
            },
        ),
        migrations.RunSQL(
            rls("exchange_reconciliation", read=_BUREAU, write=SYSTEM, writes=("INSERT",))
            + "REVOKE UPDATE, DELETE, TRUNCATE ON exchange_reconciliation FROM xueji_application;\n",
            migrations.RunSQL.noop,
        ),
    ]
