"""An unanswered package whose content a later one holds as well is superseded: pushed no more, its file goes."""

from typing import ClassVar

from django.db import migrations, models

_STATES = ["made", "accepted", "refused", "superseded"]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exchange", "0009_photos")]
    operations: ClassVar = [
        migrations.AlterField(
            "package",
            "state",
            models.CharField(
                choices=[
                    ("made", "已生成，未回执"),
                    ("accepted", "已接收"),
                    ("refused", "已拒收"),
                    ("superseded", "已由后一包代替"),
                ],
                max_length=12,
            ),
        ),
        migrations.RemoveConstraint("package", "exchange_package_state"),
        migrations.AddConstraint(
            "package", models.CheckConstraint(condition=models.Q(state__in=_STATES), name="exchange_package_state")
        ),
    ]
