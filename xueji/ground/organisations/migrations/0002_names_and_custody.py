"""What organisations were called over time; who keeps the records of a closed one."""

import django.db.models.deletion
from django.db import migrations, models

# Names known so far: those of now. The next refold of an organisation puts its earlier ones beside them.
FILL = """
INSERT INTO organisations_name (id, organisation_id, name, started_on, ended_on, entry)
SELECT gen_random_uuid(), id, name, opened_on, NULL, last_entry FROM organisations_organisation
"""


class Migration(migrations.Migration):
    dependencies = [("organisations", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="OrganisationName",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("started_on", models.DateField()),
                ("ended_on", models.DateField(null=True)),
                ("entry", models.UUIDField()),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="names",
                        to="organisations.organisation",
                    ),
                ),
            ],
            options={
                "db_table": "organisations_name",
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "started_on"), name="organisation_name_one_a_day"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_on__isnull", True), ("ended_on__gt", models.F("started_on")), _connector="OR"
                        ),
                        name="organisation_name_lasts",
                    ),
                ],
            },
        ),
        migrations.AlterField(
            model_name="organisationrelation",
            name="relation",
            field=models.CharField(
                choices=[
                    ("competent_bureau", "主管教育局"),
                    ("district", "所在区县"),
                    ("central_school", "中心校"),
                    ("host", "代管学校"),
                    ("custodian", "档案保管单位"),
                ],
                max_length=24,
            ),
        ),
        migrations.RemoveConstraint(model_name="organisationrelation", name="relation_kind"),
        migrations.AddConstraint(
            model_name="organisationrelation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("relation__in", ["competent_bureau", "district", "central_school", "host", "custodian"])
                ),
                name="relation_kind",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
