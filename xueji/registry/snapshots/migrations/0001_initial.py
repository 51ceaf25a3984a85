"""Cuts and what was made of them. They hold UUIDs, numbers and digests: whoever acts may keep and read them."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

from xueji.ground.accounts.policies import SIGNED_IN, rls


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar = [("accounts", "0001_initial")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Cut",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("heads", models.JSONField()),
                ("taken_at", models.DateTimeField()),
            ],
            options={
                "db_table": "snapshots_cut",
            },
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("on", models.DateField()),
                ("scope", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
                ("pupils", models.IntegerField()),
                ("folder", models.TextField()),
                ("made_at", models.DateTimeField()),
                (
                    "cut",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="snapshots", to="snapshots.cut"
                    ),
                ),
            ],
            options={
                "db_table": "snapshots_snapshot",
                "constraints": [models.UniqueConstraint(fields=("cut", "on", "scope"), name="snapshots_snapshot_once")],
            },
        ),
        migrations.RunSQL(
            rls("snapshots_cut", read=SIGNED_IN, write=SIGNED_IN, writes=("INSERT",))
            + rls("snapshots_snapshot", read=SIGNED_IN, write=SIGNED_IN, writes=("INSERT",)),
            migrations.RunSQL.noop,
        ),
    ]
