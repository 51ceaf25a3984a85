"""The list of all files: the newest first, and by file number."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("cases", "0003_inbox_indexes")]

    operations: ClassVar = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["opened_on", "id"], name="case_newest"),
        ),
        migrations.AddIndex(
            model_name="step",
            index=models.Index(
                condition=models.Q(("file_number__isnull", False)), fields=["file_number"], name="step_file_number"
            ),
        ),
    ]
