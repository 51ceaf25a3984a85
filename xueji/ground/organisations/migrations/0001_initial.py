import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

from xueji.ground.organisations.guards import CODE_GUARD, UNDO


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("journals", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Mention",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organisation", "entry", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation", models.UUIDField()),
                ("entry", models.UUIDField()),
            ],
            options={
                "db_table": "organisations_mention",
            },
        ),
        migrations.CreateModel(
            name="Organisation",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("level", models.CharField(max_length=16)),
                ("kind", models.CharField(max_length=32)),
                ("code", models.CharField(max_length=16, unique=True)),
                (
                    "code_state",
                    models.CharField(
                        choices=[("drafted", "拟编"), ("confirmed", "确定"), ("void", "作废")], max_length=16
                    ),
                ),
                ("name", models.TextField()),
                ("short_name", models.TextField(blank=True)),
                ("fields", models.JSONField(default=dict)),
                ("opened_on", models.DateField()),
                ("closed_on", models.DateField(null=True)),
                ("parent", models.UUIDField(null=True)),
                ("last_entry", models.UUIDField()),
            ],
            options={
                "db_table": "organisations_organisation",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("level__in", ["school", "district", "city"])), name="organisation_level"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("code_state__in", ["drafted", "confirmed", "void"])),
                        name="organisation_code_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closed_on__isnull", True), ("closed_on__gte", models.F("opened_on")), _connector="OR"
                        ),
                        name="organisation_closed_after",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Site",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("code_no", models.PositiveSmallIntegerField()),
                ("kind", models.CharField(max_length=16)),
                ("entry", models.UUIDField()),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sites",
                        to="organisations.organisation",
                    ),
                ),
            ],
            options={
                "db_table": "organisations_site",
            },
        ),
        migrations.CreateModel(
            name="ClassGroup",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("stage", models.CharField(choices=[("primary", "小学"), ("junior", "初中")], max_length=16)),
                ("intake_year", models.PositiveSmallIntegerField()),
                ("class_no", models.PositiveSmallIntegerField()),
                ("fields", models.JSONField(default=dict)),
                ("entry", models.UUIDField()),
                (
                    "school",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="class_groups",
                        to="organisations.organisation",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="class_groups",
                        to="organisations.site",
                    ),
                ),
            ],
            options={
                "db_table": "organisations_classgroup",
            },
        ),
        migrations.CreateModel(
            name="CohortPromotion",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("stage", models.CharField(choices=[("primary", "小学"), ("junior", "初中")], max_length=16)),
                ("intake_year", models.PositiveSmallIntegerField()),
                ("school_year", models.PositiveSmallIntegerField()),
                ("entry", models.UUIDField()),
                (
                    "school",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promotions",
                        to="organisations.organisation",
                    ),
                ),
            ],
            options={
                "db_table": "organisations_cohortpromotion",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("school", "stage", "intake_year", "school_year"), name="cohort_promoted_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OrganisationRelation",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("competent_bureau", "主管教育局"),
                            ("district", "所在区县"),
                            ("central_school", "中心校"),
                            ("host", "代管学校"),
                        ],
                        max_length=24,
                    ),
                ),
                ("started_on", models.DateField()),
                ("ended_on", models.DateField(null=True)),
                (
                    "during",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func(
                            models.F("started_on"),
                            models.F("ended_on"),
                            models.Value("[)"),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                    ),
                ),
                ("entry", models.UUIDField()),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="relations",
                        to="organisations.organisation",
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="inverse_relations",
                        to="organisations.organisation",
                    ),
                ),
            ],
            options={
                "db_table": "organisations_relation",
                "indexes": [models.Index(fields=["other", "relation"], name="relation_other")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("organisation", models.F("other")), _negated=True),
                        name="relation_not_to_itself",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("relation__in", ["competent_bureau", "district", "central_school", "host"])
                        ),
                        name="relation_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_on__isnull", True), ("ended_on__gt", models.F("started_on")), _connector="OR"
                        ),
                        name="relation_lasts",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("organisation", "="), ("relation", "="), ("during", "&&")],
                        name="relation_one_at_a_time",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="site",
            constraint=models.UniqueConstraint(fields=("school", "code_no"), name="site_code_no_once"),
        ),
        migrations.AddConstraint(
            model_name="site",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "main")), fields=("school",), name="site_one_main"
            ),
        ),
        migrations.AddConstraint(
            model_name="site",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["main", "teaching_point"])), name="site_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="classgroup",
            constraint=models.UniqueConstraint(
                fields=("school", "site", "stage", "intake_year", "class_no"), name="class_group_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="classgroup",
            constraint=models.CheckConstraint(
                condition=models.Q(("stage__in", ["primary", "junior"])), name="class_group_stage"
            ),
        ),
        migrations.RunSQL(CODE_GUARD, UNDO),
    ]
