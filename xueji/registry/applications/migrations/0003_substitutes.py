"""Whoever acts in a post for a period completes what waits for it."""

from typing import ClassVar

from django.db import migrations

from xueji.registry.applications.substitutes import SQL


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("applications", "0002_change_of_one_pupil"),
        ("accounts", "0002_substitution"),
    ]

    operations: ClassVar = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
