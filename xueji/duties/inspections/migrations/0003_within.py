"""A round says from whose schools it was drawn: the city draws those of districts too."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("inspections", "0002_row_level_security")]
    operations: ClassVar = [migrations.AddField("inspectionround", "within", models.JSONField(default=list))]
