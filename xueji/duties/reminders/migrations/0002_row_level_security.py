"""What was said already is the machinery's own: only the daily run reads and writes it."""

from typing import ClassVar

from django.db import migrations

from xueji.ground.accounts.policies import SYSTEM, rls


class Migration(migrations.Migration):
    dependencies: ClassVar = [("reminders", "0001_initial"), ("accounts", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL(
            rls("reminders_sent", read=SYSTEM, write=SYSTEM, writes=("INSERT", "DELETE")), migrations.RunSQL.noop
        )
    ]
