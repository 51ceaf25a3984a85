"""The table of wrapped data keys."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar = []

    operations: ClassVar = [
        migrations.CreateModel(
            name="DataKey",
            fields=[
                ("subject", models.UUIDField(primary_key=True, serialize=False)),
                ("wrapped", models.BinaryField()),
                ("master_key", models.TextField()),
            ],
            options={"db_table": "keys_datakey"},
        ),
        # A lost data key is lost data: rows are re-wrapped, never removed.
        migrations.RunSQL("REVOKE DELETE ON keys_datakey FROM xueji_application", migrations.RunSQL.noop),
    ]
