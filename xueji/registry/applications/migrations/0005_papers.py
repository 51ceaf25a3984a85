"""Papers are added and put in another's place, never changed or taken away."""

from typing import ClassVar

from django.db import migrations, models

APPEND_ONLY = """
DROP POLICY applications_evidence_update ON applications_evidence;
DROP POLICY applications_evidence_delete ON applications_evidence;
REVOKE UPDATE, DELETE, TRUNCATE ON applications_evidence FROM xueji_application;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("applications", "0004_bulk_run")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="evidence",
            name="supersedes",
            field=models.UUIDField(null=True, unique=True),
        ),
        migrations.AddField(
            model_name="evidence",
            name="scanned",
            field=models.BooleanField(default=False),
        ),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),
    ]
