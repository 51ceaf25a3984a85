"""A search for a pupil's files asks for the second one of a swap or a merging too."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("applications", "0011_pending_second")]

    operations: ClassVar = [
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(("second_student__isnull", False)),
                fields=["second_student"],
                name="application_second",
            ),
        ),
    ]
