"""Papers are seen and written where their school is in reach."""

from typing import ClassVar

from django.db import migrations

from xueji.ground.accounts.policies import enable_rls


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("certificates", "0001_initial"),
        ("accounts", "0001_initial"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(enable_rls("certificates_certificate", "school"), migrations.RunSQL.noop),
        migrations.RunSQL(enable_rls("certificates_certificatecounter", "school"), migrations.RunSQL.noop),
    ]
