import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from xueji.ground.accounts.tables import DEFINERS_UNDO, HISTORY, NAMES, POLICIES, REFRESH, REFUSE_CHANGE, TABLES


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("organisations", "0001_initial"),
        ("journals", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("login", models.CharField(max_length=64, unique=True)),
                ("name", models.TextField()),
                ("must_change_password", models.BooleanField(default=True)),
                ("deactivated", models.BooleanField(default=False)),
                ("activation_digest", models.CharField(blank=True, max_length=64)),
                ("activation_until", models.DateField(null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "accounts_account",
            },
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("role", models.CharField(max_length=24)),
                (
                    "stage",
                    models.CharField(blank=True, choices=[("primary", "小学"), ("junior", "初中")], max_length=16),
                ),
                ("title", models.TextField()),
                ("closed_on", models.DateField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to="organisations.organisation",
                    ),
                ),
            ],
            options={
                "db_table": "accounts_post",
            },
        ),
        migrations.CreateModel(
            name="PostHolding",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
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
                ("trained_on", models.DateField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holdings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holdings",
                        to="accounts.post",
                    ),
                ),
            ],
            options={
                "db_table": "accounts_postholding",
            },
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "role__in",
                        [
                            "registrar",
                            "proofreader",
                            "deputy_head",
                            "clerk",
                            "head",
                            "research",
                            "security_admin",
                            "audit_admin",
                            "system_admin",
                        ],
                    )
                ),
                name="post_role",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(("stage__in", ["", "primary", "junior"])), name="post_stage"
            ),
        ),
        migrations.AddConstraint(
            model_name="postholding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_on__isnull", True), ("ended_on__gt", models.F("started_on")), _connector="OR"
                ),
                name="holding_lasts",
            ),
        ),
        migrations.AddConstraint(
            model_name="postholding",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[("post", "="), ("during", "&&")], name="holding_one_holder_at_a_time"
            ),
        ),
        migrations.RunSQL(TABLES + REFUSE_CHANGE + REFRESH + HISTORY + NAMES, DEFINERS_UNDO),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
