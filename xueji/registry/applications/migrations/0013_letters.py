from django.db import migrations, models
from django.db.models import F, Q

from xueji.ground.accounts.policies import enable_rls


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0012_second_student"),
    ]

    operations = [
        migrations.CreateModel(
            name="Letter",
            fields=[
                (
                    "application",
                    models.OneToOneField(
                        on_delete=models.deletion.CASCADE,
                        primary_key=True,
                        related_name="letter",
                        serialize=False,
                        to="applications.application",
                    ),
                ),
                ("school", models.UUIDField()),
                ("student", models.UUIDField()),
                ("made_on", models.DateField()),
                ("sent_on", models.DateField(null=True)),
                ("sent_by", models.UUIDField(null=True)),
            ],
            options={
                "db_table": "applications_letter",
                "indexes": [models.Index(condition=Q(("sent_on", None)), fields=["school"], name="letter_unsent")],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(("sent_by__isnull", True), ("sent_on__isnull", True))
                        | Q(("sent_by__isnull", False), ("sent_on__gte", F("made_on"))),
                        name="letter_sent",
                    )
                ],
            },
        ),
        migrations.RunSQL(enable_rls("applications_letter", "school"), migrations.RunSQL.noop),
    ]
