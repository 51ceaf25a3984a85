"""Row-level security of the room ``intake``: an upload is seen in its school and above it (design §4)."""

from typing import ClassVar

from django.db import migrations

from xueji.ground.accounts.policies import enable_rls


class Migration(migrations.Migration):
    dependencies: ClassVar = [("intake", "0001_initial"), ("accounts", "0001_initial")]

    operations: ClassVar = [
        migrations.RunSQL(
            enable_rls("intake_upload", "school")
            + enable_rls("intake_cell_edit", "school", writes=("INSERT", "UPDATE", "DELETE")),
            migrations.RunSQL.noop,
        ),
    ]
