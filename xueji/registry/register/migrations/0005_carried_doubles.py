"""One document number, two living students, each recorded at a node of its own (design §5, ADR 0016).

Inside a node the unique index forbids it; across nodes a well-signed block is taken in and the double is a finding
until the bureaus settle it. The row lets the second student stand meanwhile.
"""

from typing import ClassVar

from django.db import migrations, models

from xueji.ground.accounts.policies import SIGNED_IN, SYSTEM, rls


class Migration(migrations.Migration):
    dependencies: ClassVar = [("register", "0004_attending_school"), ("accounts", "0001_initial")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="CarriedDouble",
            fields=[
                ("student", models.UUIDField(primary_key=True, serialize=False)),
                ("other", models.UUIDField()),
            ],
            options={"db_table": "register_carried_double"},
        ),
        migrations.RunSQL(
            rls("register_carried_double", read=SIGNED_IN, write=SYSTEM, writes=("INSERT", "DELETE")),
            migrations.RunSQL.noop,
        ),
    ]
