"""Exports: seen and written by the person who asked, and by the system that erases them after a day."""

from typing import ClassVar

import django.db.models
from django.db import migrations, models

from xueji.ground.accounts.policies import ORGANISATION, PERSON, SYSTEM, rls

MINE = f"({SYSTEM} OR (person = {PERSON} AND organisation = {ORGANISATION}))"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("register", "0002_row_level_security")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("organisation", models.UUIDField()),
                ("person", models.UUIDField()),
                ("full", models.BooleanField()),
                ("conditions", models.BinaryField()),
                ("ground", models.TextField()),
                ("work", models.UUIDField()),
                ("state", models.TextField()),
                ("rows", models.IntegerField(default=0)),
                ("answer", models.TextField(default="")),
                ("content", models.BinaryField(null=True)),
                ("asked_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["asked_at"], name="register_export_asked")],
                "constraints": [
                    models.CheckConstraint(
                        condition=django.db.models.Q(("state__in", ["waiting", "ready", "failed"])),
                        name="register_export_state",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            rls("register_export", read=MINE, write=MINE, writes=("INSERT", "UPDATE", "DELETE")), migrations.RunSQL.noop
        ),
    ]
