"""One request at most is under way for a pupil of another node: the number's blind index, where it was asked."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exchange", "0007_duties")]
    operations: ClassVar = [
        migrations.AddField("nodetransfer", "asked_for", models.BinaryField(null=True)),
        migrations.AddConstraint(
            "nodetransfer",
            models.UniqueConstraint(
                fields=["asked_for"],
                condition=models.Q(state__in=["asked", "in_transit"]),
                name="exchange_transfer_asked_once",
            ),
        ),
    ]
