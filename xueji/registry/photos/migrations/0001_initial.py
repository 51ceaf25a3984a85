"""Photos are seen by whoever sees the pupil, written once and kept; uploads stand in their school until confirmed."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from xueji.ground.accounts.policies import append_only, enable_rls, in_reach, rls

_STATES = ("ready", "crop", "ambiguous", "unmatched", "double", "twin", "faulty", "left_out", "taken")
_LABELS = (
    "可以采用", "须先裁剪", "几名学生相符", "没有相符的学生", "同一学生不止一张", "与别的学生照片相同", "不合规格",
    "不采用", "已采用",
)  # fmt: skip
POLICIES = (
    # Who sees the row of the pupil sees his photos: the policies of that table decide.
    rls(
        "photos_photo",
        read=f"{in_reach('school')} OR EXISTS (SELECT FROM register_student s WHERE s.id = photos_photo.student)",
        write=in_reach("school"),
        writes=("INSERT",),
    )
    + append_only("photos_photo")
    + "REVOKE UPDATE, DELETE, TRUNCATE ON photos_photo FROM xueji_application;\n"
    + "CREATE POLICY documents_document_of_photo ON documents_document FOR SELECT USING "
    "(EXISTS (SELECT FROM photos_photo p WHERE p.document = documents_document.id));\n"
    + enable_rls("photos_upload", "school", writes=("INSERT", "UPDATE", "DELETE"))
    + enable_rls("photos_item", "school", writes=("INSERT", "UPDATE", "DELETE"))
)


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar = [
        ("accounts", "0001_initial"),
        ("documents", "0001_initial"),
        ("register", "0002_row_level_security"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Photo",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("student", models.UUIDField()),
                ("school", models.UUIDField()),
                ("document", models.UUIDField(unique=True)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("likeness", models.BigIntegerField()),
                ("taken_on", models.DateField()),
                ("taken_by", models.UUIDField()),
                ("taken_at", models.DateTimeField()),
                ("entry", models.UUIDField(unique=True)),
            ],
            options={
                "db_table": "photos_photo",
                "indexes": [
                    models.Index(fields=["student", "-taken_at"], name="photos_photo_newest"),
                    models.Index(fields=["school"], name="photos_photo_school"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("school", models.UUIDField()),
                ("uploaded_by", models.UUIDField()),
                ("uploaded_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "photos_upload",
                "indexes": [models.Index(fields=["school", "-uploaded_at"], name="photos_upload_newest")],
            },
        ),
        migrations.CreateModel(
            name="Item",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "upload",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="photos.upload",
                    ),
                ),
                ("school", models.UUIDField()),
                ("row_no", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(choices=list(zip(_STATES, _LABELS, strict=True)), max_length=12),
                ),
                ("student", models.UUIDField(null=True)),
                ("details", models.BinaryField()),
                ("content", models.BinaryField(null=True)),
                ("width", models.PositiveIntegerField(default=0)),
                ("height", models.PositiveIntegerField(default=0)),
                ("box", models.JSONField(null=True)),
                ("likeness", models.BigIntegerField(null=True)),
                ("cropped", models.BooleanField(default=False)),
                ("confirmed_twin", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "photos_item",
                "constraints": [
                    models.UniqueConstraint(fields=["upload", "row_no"], name="photos_item_row"),
                    models.CheckConstraint(condition=Q(state__in=list(_STATES)), name="photos_item_state"),
                    models.CheckConstraint(
                        condition=~Q(state__in=["ready", "crop", "twin", "double"])
                        | Q(student__isnull=False, content__isnull=False, box__isnull=False, likeness__isnull=False),
                        name="photos_item_whole",
                    ),
                    models.UniqueConstraint(
                        condition=Q(state__in=["ready", "crop"]),
                        fields=("upload", "student"),
                        name="photos_item_one_a_pupil",
                    ),
                ],
            },
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
    ]
