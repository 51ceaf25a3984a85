"""One transfer sheet, not voided, stands for a registration, and one roll for an order."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [("certificates", "0011_electronic_seals")]
    operations: ClassVar = [
        migrations.AddConstraint(
            "certificate",
            models.UniqueConstraint(
                fields=["registration", "kind"],
                condition=Q(kind__in=("transfer_sheet", "graduate_roll"), voided_at__isnull=True),
                name="certificates_one_single",
            ),
        ),
    ]
