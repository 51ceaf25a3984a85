"""A bureau orders the print of its schools' diplomas: a batch is an organisation's, of a year's leavers."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("certificates", "0008_replaced")]

    operations: ClassVar = [
        migrations.RemoveConstraint("batch", "certificates_batch_one_open"),
        migrations.RemoveIndex("batch", "certificates_batch_newest"),
        migrations.RenameField("batch", "school", "organisation"),
        migrations.AddField("batch", "leaving_year", models.PositiveSmallIntegerField(null=True)),
        migrations.AddField("batch", "printer", models.UUIDField(null=True)),
        migrations.AddConstraint(
            "batch",
            models.UniqueConstraint(
                condition=~models.Q(state="done"),
                fields=("organisation", "kind"),
                name="certificates_batch_one_open",
            ),
        ),
        migrations.AddIndex(
            "batch", models.Index(fields=["organisation", "-ordered_at"], name="certificates_batch_newest")
        ),
    ]
