"""The state tables of the register, with what the database itself holds (invariants 1 and 2)."""

from typing import ClassVar

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.constraints
import django.db.models.deletion
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar = []

    operations: ClassVar = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("prefix", models.TextField(db_collation="C", primary_key=True, serialize=False)),
                ("school", models.UUIDField()),
                ("last", models.IntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["school"], name="register_counter_school")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("last__gte", 0)), name="register_counter_last")
                ],
            },
        ),
        migrations.CreateModel(
            name="Number",
            fields=[
                ("number", models.TextField(db_collation="C", primary_key=True, serialize=False)),
                ("school", models.UUIDField()),
                ("state", models.TextField()),
                ("registration", models.UUIDField(null=True)),
                ("reserved_for", models.UUIDField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["school"], name="register_number_school")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["reserved", "given", "retired"])),
                        name="register_number_state",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SharedNumber",
            fields=[
                ("student", models.UUIDField(primary_key=True, serialize=False)),
                ("other", models.UUIDField()),
                ("bureau", models.UUIDField()),
                ("bureau_entry", models.UUIDField()),
                ("other_bureau", models.UUIDField()),
                ("other_bureau_entry", models.UUIDField()),
            ],
            options={
                "db_table": "register_shared_number",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("student", models.F("other")), _negated=True),
                        name="register_shared_number_two_students",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Student",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.TextField(db_collation="C")),
                ("name_given", models.TextField(db_collation="C")),
                ("name_length", models.SmallIntegerField()),
                ("name_initials", models.TextField(db_collation="C")),
                ("name_pinyin", models.TextField(db_collation="C")),
                ("gender", models.TextField()),
                ("birth_date", models.DateField(null=True)),
                ("id_document_type", models.TextField()),
                ("fields", models.JSONField()),
                ("sensitive", models.BinaryField(null=True)),
                ("id_index", models.BinaryField(null=True)),
                ("id_exempt", models.BooleanField(default=False)),
                ("living", models.BooleanField(default=True)),
                ("established", models.BooleanField()),
                ("holder", models.UUIDField()),
                ("attends", models.UUIDField(null=True)),
                ("fields_from", models.DateField()),
                ("last_entry", models.UUIDField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["holder", "name_pinyin", "id"], name="register_student_list"),
                    models.Index(fields=["name_pinyin", "id"], name="register_student_order"),
                    models.Index(fields=["holder", "name"], name="register_student_name"),
                    models.Index(fields=["holder", "name_given"], name="register_student_given"),
                    models.Index(fields=["holder", "name_initials"], name="register_student_initials"),
                    models.Index(
                        condition=models.Q(("name_length__gte", 4)),
                        fields=["holder"],
                        name="register_student_long_name",
                    ),
                    models.Index(fields=["birth_date", "name"], name="register_student_same"),
                    models.Index(
                        condition=models.Q(("id_index__isnull", False)),
                        fields=["id_index"],
                        name="register_student_document",
                    ),
                    models.Index(
                        condition=models.Q(("attends__isnull", False)),
                        fields=["attends"],
                        name="register_student_guest",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("id_exempt", False), ("id_index__isnull", False), ("living", True)),
                        fields=("id_index",),
                        name="register_student_one_living_id",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Registration",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("holder", models.UUIDField()),
                ("school", models.UUIDField()),
                ("stage", models.TextField()),
                ("number", models.TextField(db_collation="C")),
                ("student_number", models.TextField(db_collation="C")),
                ("scheme", models.TextField()),
                ("started_on", models.DateField()),
                ("ended_on", models.DateField(null=True)),
                (
                    "during",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(models.F("started_on"), models.F("ended_on"), function="daterange"),
                        output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                    ),
                ),
                ("voided", models.BooleanField(default=False)),
                ("how_started", models.TextField()),
                ("how_ended", models.TextField(null=True)),
                ("opened_by_entry", models.UUIDField()),
                ("closed_by_entry", models.UUIDField(null=True)),
                (
                    "student",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="register.student"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EarlierFields",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("holder", models.UUIDField()),
                ("name", models.TextField()),
                ("gender", models.TextField()),
                ("birth_date", models.DateField(null=True)),
                ("id_document_type", models.TextField()),
                ("fields", models.JSONField()),
                ("started_on", models.DateField()),
                ("ended_on", models.DateField()),
                ("entry", models.UUIDField()),
                (
                    "student",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="register.student"
                    ),
                ),
            ],
            options={
                "db_table": "register_earlier_fields",
            },
        ),
        migrations.CreateModel(
            name="Spell",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("student", models.UUIDField()),
                ("holder", models.UUIDField()),
                ("school", models.UUIDField()),
                ("dimension", models.TextField(db_collation="C")),
                ("value", models.TextField(db_collation="C", null=True)),
                ("started_on", models.DateField()),
                ("ended_on", models.DateField(null=True)),
                ("entry", models.UUIDField()),
                (
                    "registration",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="register.registration"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["student"], name="register_spell_student"),
                    models.Index(fields=["value", "dimension"], name="register_spell_value"),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="registration",
            index=models.Index(fields=["student", "started_on"], name="register_registration_chain"),
        ),
        migrations.AddIndex(
            model_name="registration",
            index=models.Index(fields=["school", "started_on"], name="register_registration_school"),
        ),
        migrations.AddIndex(
            model_name="registration",
            index=models.Index(fields=["number"], name="register_registration_number"),
        ),
        migrations.AddIndex(
            model_name="registration",
            index=models.Index(fields=["student_number", "school"], name="register_registration_short"),
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("voided", False)),
                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                expressions=[("student_id", "="), ("during", "&&")],
                name="register_registration_one_in_force",
            ),
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_on__isnull", True), ("ended_on__gte", models.F("started_on")), _connector="OR"
                ),
                name="register_registration_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="registration",
            constraint=models.CheckConstraint(
                condition=models.Q(("number", ""), ("number__endswith", models.F("student_number")), _connector="OR"),
                name="register_registration_last_eight",
            ),
        ),
        migrations.AddConstraint(
            model_name="earlierfields",
            constraint=models.UniqueConstraint(
                fields=("student", "started_on"), name="register_earlier_fields_one_a_day"
            ),
        ),
    ]
