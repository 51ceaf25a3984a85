"""Which photos another node has, by its receipts: the system's own to know."""

from typing import ClassVar

from django.db import migrations, models

from xueji.ground.accounts.policies import SYSTEM, rls


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exchange", "0008_asked_once")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="SentPhoto",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "peer", "digest", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("peer", models.CharField(max_length=16)),
                ("digest", models.CharField(max_length=64)),
                ("package", models.UUIDField()),
                ("acknowledged", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "exchange_sentphoto",
                "indexes": [models.Index(fields=["package"], name="exchange_sentphoto_package")],
            },
        ),
        migrations.RunSQL(rls("exchange_sentphoto", read=SYSTEM, write=SYSTEM), migrations.RunSQL.noop),
    ]
