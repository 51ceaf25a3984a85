import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Acknowledged",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "peer", "organisation", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("peer", models.CharField(max_length=16)),
                ("organisation", models.UUIDField()),
                ("block_no", models.BigIntegerField()),
            ],
            options={
                "db_table": "exchange_acknowledged",
            },
        ),
        migrations.CreateModel(
            name="Peer",
            fields=[
                ("code", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("level", models.CharField(max_length=8)),
                ("name", models.TextField()),
                ("address", models.TextField(default="")),
                ("trusted_at", models.DateTimeField()),
            ],
            options={
                "db_table": "exchange_peer",
            },
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=40)),
                ("student", models.UUIDField()),
                ("other", models.UUIDField(null=True)),
                ("package", models.UUIDField()),
                ("found_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "exchange_finding",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("settled_at__isnull", True)),
                        fields=("kind", "student"),
                        name="exchange_finding_open_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Package",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("direction", models.CharField(max_length=12)),
                ("peer", models.CharField(max_length=16)),
                ("number", models.IntegerField()),
                ("kind", models.CharField(max_length=16)),
                ("digest", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[("made", "已生成，未回执"), ("accepted", "已接收"), ("refused", "已拒收")],
                        max_length=12,
                    ),
                ),
                ("reason", models.CharField(default="", max_length=40)),
                ("message", models.TextField(default="")),
                ("size", models.BigIntegerField()),
                ("contents", models.JSONField(default=dict)),
                ("heads", models.JSONField(default=dict)),
                ("receipt", models.JSONField(null=True)),
                ("at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("next_attempt", models.DateTimeField(null=True)),
                ("trouble", models.TextField(default="")),
            ],
            options={
                "db_table": "exchange_package",
                "indexes": [models.Index(fields=["direction", "-at"], name="exchange_package_latest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("direction__in", ["in", "out"])), name="exchange_package_direction"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["made", "accepted", "refused"])),
                        name="exchange_package_state",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("direction", "out")),
                        fields=("peer", "number"),
                        name="exchange_package_numbered",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("direction", "in"), ("state", "accepted")),
                        fields=("peer", "number"),
                        name="exchange_package_accepted_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PeerKey",
            fields=[
                ("key_id", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("serial", models.PositiveIntegerField()),
                ("created_at", models.CharField(max_length=40)),
                ("signing_algorithm", models.CharField(max_length=32)),
                ("signing", models.BinaryField()),
                ("encryption_algorithm", models.CharField(max_length=32)),
                ("encryption", models.BinaryField()),
                ("endorsed_by", models.CharField(default="", max_length=16)),
                ("learnt_at", models.DateTimeField()),
                ("revoked_on", models.DateField(null=True)),
                ("reason", models.TextField(default="")),
                (
                    "peer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="keys", to="exchange.peer"
                    ),
                ),
            ],
            options={
                "db_table": "exchange_peerkey",
            },
        ),
    ]
