"""Nodes are kept and transfers between them handled on pages.

Schools see the transfers that concern them; whoever sees a transfer reads what was asked (name and number, sealed in the
message) and nothing else of the messages. Keys are the security administrator's to keep. Findings of a node above come
down and bear who found them.
"""

from typing import ClassVar

from django.db import migrations, models

from xueji.ground.accounts.policies import ROLE, SYSTEM, VISIBLE, policy, rls

_BUREAU = f"({SYSTEM} OR {ROLE} IN ('clerk', 'head'))"
_KEEPER = f"({SYSTEM} OR {ROLE} = 'security_admin')"
_SEEN = f"({SYSTEM} OR {ROLE} IN ('clerk', 'head') OR school IN {VISIBLE} OR from_school IN {VISIBLE})"
_ASK = (
    f"({SYSTEM} OR (kind = 'transfer_ask' AND EXISTS (SELECT FROM exchange_transfer t"
    ' WHERE t.id = exchange_message."case")))'
)
_WHO = f"({SYSTEM} OR {ROLE} IN ('clerk', 'head', 'security_admin'))"
_READERS = f"({SYSTEM} OR {ROLE} IN ('clerk', 'head', 'security_admin', 'audit_admin', 'system_admin'))"


def _replaced(table: str, command: str, condition: str) -> str:
    both = {"using": condition, "check": condition}
    given = {"SELECT": {"using": condition}, "INSERT": {"check": condition}, "UPDATE": both}[command]
    return f"DROP POLICY {table}_{command.lower()} ON {table};\n" + policy(table, command, **given)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exchange", "0010_superseded")]
    operations: ClassVar = [
        migrations.AddField("peer", "public", models.JSONField(null=True)),
        migrations.AddField("package", "news", models.CharField(max_length=64, default="")),
        migrations.AddField("finding", "origin", models.CharField(max_length=16, default="")),
        migrations.AddField("finding", "elsewhere", models.TextField(default="")),
        migrations.RemoveConstraint("finding", "exchange_finding_open_once"),
        migrations.AddConstraint(
            "finding",
            models.UniqueConstraint(
                fields=["kind", "student", "origin"],
                condition=models.Q(settled_at__isnull=True),
                name="exchange_finding_open_once",
            ),
        ),
        migrations.AddField("nodetransfer", "from_school", models.UUIDField(null=True)),
        migrations.AddField("nodetransfer", "from_school_name", models.TextField(default="")),
        migrations.AddField("nodetransfer", "answer", models.TextField(default="")),
        migrations.CreateModel(
            name="NodeAct",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("organisation", models.UUIDField()),
                ("person", models.UUIDField()),
                ("role", models.CharField(max_length=24)),
                ("act", models.CharField(max_length=24)),
                ("about", models.CharField(max_length=64)),
                ("detail", models.TextField(default="")),
            ],
            options={
                "db_table": "exchange_nodeact",
                "indexes": [models.Index(fields=["-at"], name="exchange_nodeact_latest")],
            },
        ),
        migrations.CreateModel(
            name="Introduced",
            fields=[
                ("code", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("public", models.JSONField()),
                ("by", models.CharField(max_length=16)),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "exchange_introduced"},
        ),
        migrations.RunSQL(
            rls("exchange_introduced", read=_READERS, write=SYSTEM)
            + rls("exchange_nodeact", read=_READERS, write=_WHO, writes=("INSERT",))
            + "REVOKE UPDATE, DELETE, TRUNCATE ON exchange_nodeact FROM xueji_application;\n"
            + _replaced("exchange_transfer", "SELECT", _SEEN)
            + _replaced("exchange_message", "SELECT", _ASK)
            + "".join(
                _replaced(table, command, _KEEPER)
                for table in ("exchange_peer", "exchange_peerkey")
                for command in ("INSERT", "UPDATE")
            ),
            migrations.RunSQL.noop,
        ),
    ]
