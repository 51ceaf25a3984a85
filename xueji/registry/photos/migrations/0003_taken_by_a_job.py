"""Photos of many are taken by a job too: since when."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("photos", "0002_read_by_a_job")]

    operations: ClassVar = [migrations.AddField("upload", "taking_since", models.DateTimeField(null=True))]
