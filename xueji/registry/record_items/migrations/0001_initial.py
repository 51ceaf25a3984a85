"""Workbooks that wait to be confirmed stand in their school."""

from typing import ClassVar

from django.db import migrations, models

from xueji.ground.accounts.policies import enable_rls


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar = [("accounts", "0001_initial")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="ItemUpload",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("school", models.UUIDField()),
                ("class_group", models.UUIDField()),
                ("kind", models.CharField(max_length=64)),
                ("said_on", models.CharField(max_length=16)),
                ("content", models.BinaryField()),
                ("uploaded_by", models.UUIDField()),
                ("uploaded_at", models.DateTimeField()),
            ],
            options={
                "db_table": "record_items_upload",
                "indexes": [models.Index(fields=["school", "-uploaded_at"], name="record_items_upload_newest")],
            },
        ),
        migrations.RunSQL(
            enable_rls("record_items_upload", "school", writes=("INSERT", "DELETE")), migrations.RunSQL.noop
        ),
    ]
