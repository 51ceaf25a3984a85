"""Which filings, courses and problems a package brought, by their digest: what the receiver has by its receipt."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exchange", "0006_signing_key")]
    operations: ClassVar = [
        migrations.AddField("package", "duties", models.CharField(max_length=64, default="")),
    ]
