"""Which explanations and notes on returns another node has, by its receipts: the system's own to know."""

from typing import ClassVar

from django.db import migrations, models

from xueji.ground.accounts.policies import SYSTEM, rls


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exchange", "0011_pages")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="SentRemark",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "peer", "remark", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("peer", models.CharField(max_length=16)),
                ("remark", models.UUIDField()),
                ("package", models.UUIDField()),
                ("acknowledged", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "exchange_sentremark",
                "indexes": [models.Index(fields=["package"], name="exchange_sentremark_package")],
            },
        ),
        migrations.RunSQL(rls("exchange_sentremark", read=SYSTEM, write=SYSTEM), migrations.RunSQL.noop),
    ]
