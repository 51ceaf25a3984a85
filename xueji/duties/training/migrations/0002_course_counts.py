"""How many a course was entered for that another node held: its results stay there."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("training", "0001_initial")]
    operations: ClassVar = [migrations.AddField("course", "counts", models.JSONField(null=True))]
