"""The county of each pupil's hukou place, for counting by area; what stands already gets it by ``xueji journal rebuild``."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("register", "0005_carried_doubles")]

    operations: ClassVar = [
        migrations.AddField("student", "hukou_area", models.TextField(default="")),
        migrations.AddField("earlierfields", "hukou_area", models.TextField(default="")),
    ]
