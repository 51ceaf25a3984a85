"""Photos of pupils (照片, clause B3): which document each is, and uploads that nobody has confirmed yet.

The record knows its photo by the field ``photo``: the digest of the sealed file, set by an entry of the school's
journal (ADR 0019). A row of ``Photo`` says which document that is; it is never changed, earlier ones stay.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Photo(models.Model):
    """A photo that was taken into a record on ``taken_on``. ``digest``: of the sealed file (hex), what the entry says.

    ``likeness``: a perceptual digest of 64 bits, so that one picture for two pupils is noticed; it shows nobody.
    """

    id = models.UUIDField(primary_key=True)
    student = models.UUIDField()
    school = models.UUIDField()
    document = models.UUIDField(unique=True)
    digest = models.CharField(max_length=64, unique=True)
    likeness = models.BigIntegerField()
    taken_on = models.DateField()
    taken_by = models.UUIDField()
    taken_at = models.DateTimeField()
    entry = models.UUIDField(unique=True)

    class Meta:
        db_table = "photos_photo"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["student", "-taken_at"], name="photos_photo_newest"),
            models.Index(fields=["school"], name="photos_photo_school"),
        ]


class Upload(models.Model):
    """Photos of a school that came together: one, a folder or an archive. Swept away when nobody confirms them.

    ``changed_at``: when the last of them was read or cut; ``taking_since``: those that are ready are being taken.
    """

    id = models.UUIDField(primary_key=True)
    school = models.UUIDField()
    uploaded_by = models.UUIDField()
    uploaded_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)
    taking_since = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "photos_upload"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["school", "-uploaded_at"], name="photos_upload_newest"),
        ]


class ItemState(models.TextChoices):
    """What is to become of one picture of an upload."""

    WAITING = "waiting", "待读取"
    PREPARED = "prepared", "已读取"
    READY = "ready", "可以采用"
    CROP = "crop", "须先裁剪"
    AMBIGUOUS = "ambiguous", "几名学生相符"
    UNMATCHED = "unmatched", "没有相符的学生"
    DOUBLE = "double", "同一学生不止一张"
    TWIN = "twin", "与别的学生照片相同"
    FAULTY = "faulty", "不合规格"
    LEFT_OUT = "left_out", "不采用"
    TAKEN = "taken", "已采用"


class Item(models.Model):
    """One picture of an upload. ``details`` (sealed under the upload's data key): ``{"name", "why", "candidates"}``;
    ``content`` (sealed): the picture as it was made anew, until it is taken or left out; while it is ``waiting`` the
    file as it came, which no page shows. ``box``: the crop, in its pixels. ``confirmed_twin``: somebody looked and says
    that these are two pupils."""

    id = models.UUIDField(primary_key=True)
    upload = models.ForeignKey(Upload, models.CASCADE, related_name="items", db_index=False)
    school = models.UUIDField()
    row_no = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=ItemState.choices)
    student = models.UUIDField(null=True)
    details = models.BinaryField()
    content = models.BinaryField(null=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    box = models.JSONField(null=True)
    likeness = models.BigIntegerField(null=True)
    cropped = models.BooleanField(default=False)
    confirmed_twin = models.BooleanField(default=False)

    class Meta:
        db_table = "photos_item"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["upload", "row_no"], name="photos_item_row"),
            models.CheckConstraint(condition=Q(state__in=ItemState.values), name="photos_item_state"),
            models.CheckConstraint(
                condition=~Q(state__in=["prepared", "ready", "crop", "twin", "double"])
                | Q(student__isnull=False, content__isnull=False, box__isnull=False, likeness__isnull=False),
                name="photos_item_whole",
            ),
            models.UniqueConstraint(
                fields=["upload", "student"], condition=Q(state__in=["ready", "crop"]), name="photos_item_one_a_pupil"
            ),
        ]
