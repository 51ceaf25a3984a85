from django.db import migrations, models

from xueji.ground.accounts.policies import ROLE, SYSTEM, rls

_BUREAU = f"({SYSTEM} OR {ROLE} IN ('clerk', 'head'))"
_HEAD = f"({SYSTEM} OR {ROLE} = 'head')"


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0002_row_level_security"),
    ]

    operations = [
        migrations.CreateModel(
            name="NodeTransfer",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("sender", models.CharField(max_length=16)),
                ("receiver", models.CharField(max_length=16)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "已请求，待转出方办理"),
                            ("refused", "转出方未同意"),
                            ("in_transit", "在途：转出方已办结，转入方尚未接续"),
                            ("opened", "已接续"),
                        ],
                        max_length=12,
                    ),
                ),
                ("school", models.UUIDField()),
                ("class_group", models.UUIDField()),
                ("student", models.UUIDField(null=True)),
                ("closed_on", models.DateField(null=True)),
                ("opened_on", models.DateField(null=True)),
                ("reason", models.TextField(default="")),
                ("asked_by", models.JSONField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "exchange_transfer",
            },
        ),
        migrations.AddField(
            model_name="package",
            name="messages",
            field=models.JSONField(default=list),
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("case", models.UUIDField(db_index=True)),
                ("kind", models.CharField(max_length=24)),
                ("sender", models.CharField(max_length=16)),
                ("receiver", models.CharField(max_length=16)),
                ("hop", models.CharField(default="", max_length=16)),
                ("content", models.BinaryField()),
                ("at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "exchange_message",
                "indexes": [
                    models.Index(condition=models.Q(("done_at", None)), fields=["hop"], name="exchange_message_waiting")
                ],
            },
        ),
        migrations.RunSQL(
            rls("exchange_message", read=SYSTEM, write=_HEAD)
            + rls("exchange_transfer", read=_BUREAU, write=_HEAD)
            + "REVOKE DELETE, TRUNCATE ON exchange_message, exchange_transfer FROM xueji_application;\n",
            migrations.RunSQL.noop,
        ),
    ]
