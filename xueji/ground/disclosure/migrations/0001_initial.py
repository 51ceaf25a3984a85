import django.contrib.postgres.fields
from django.db import migrations, models

from xueji.ground.disclosure.tables import GUARDS, PENDING, POLICIES, UNDO


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="DisclosureBlock",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "sequences",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                ("previous", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
            ],
            options={
                "db_table": "disclosure_block",
            },
        ),
        migrations.CreateModel(
            name="Disclosure",
            fields=[
                ("sequence", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("organisation", models.UUIDField(db_index=True)),
                ("person", models.UUIDField()),
                ("post", models.UUIDField()),
                ("role", models.CharField(max_length=24)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("look", "查看"),
                            ("reveal", "显示完整信息"),
                            ("export", "导出"),
                            ("print", "打印"),
                            ("search", "检索"),
                            ("exact_lookup", "精确查找外校学生"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "subjects",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
                ("count", models.PositiveIntegerField()),
                ("ground", models.TextField(blank=True)),
                ("work", models.UUIDField(null=True)),
            ],
            options={
                "db_table": "disclosure_disclosure",
                "indexes": [models.Index(fields=["person", "kind", "at"], name="disclosure_person_kind")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["look", "reveal", "export", "print", "search", "exact_lookup"])
                        ),
                        name="disclosure_kind",
                    )
                ],
            },
        ),
        migrations.RunSQL(PENDING + GUARDS + POLICIES, UNDO),
    ]
