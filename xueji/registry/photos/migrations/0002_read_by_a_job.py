"""Photos of many are read by a job: until then a picture waits as it came, then for the others of its upload."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q

_STATES = (
    ("waiting", "待读取"), ("prepared", "已读取"), ("ready", "可以采用"), ("crop", "须先裁剪"),
    ("ambiguous", "几名学生相符"), ("unmatched", "没有相符的学生"), ("double", "同一学生不止一张"),
    ("twin", "与别的学生照片相同"), ("faulty", "不合规格"), ("left_out", "不采用"), ("taken", "已采用"),
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies: ClassVar = [("photos", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField("upload", "changed_at", models.DateTimeField(null=True)),
        migrations.AlterField("item", "state", models.CharField(choices=list(_STATES), max_length=12)),
        migrations.RemoveConstraint("item", "photos_item_state"),
        migrations.AddConstraint(
            "item",
            models.CheckConstraint(condition=Q(state__in=[code for code, _ in _STATES]), name="photos_item_state"),
        ),
        migrations.RemoveConstraint("item", "photos_item_whole"),
        migrations.AddConstraint(
            "item",
            models.CheckConstraint(
                condition=~Q(state__in=["prepared", "ready", "crop", "twin", "double"])
                | Q(student__isnull=False, content__isnull=False, box__isnull=False, likeness__isnull=False),
                name="photos_item_whole",
            ),
        ),
    ]
