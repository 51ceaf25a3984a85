"""Uploaded rosters and their corrections. Nothing of a pupil stands in clear (design §3 "Sensitive fields").

The workbook, the rows, their canonical values and the findings are sealed under a data key of the upload's own;
in clear are counts, codes of the state, and who did what when.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class UploadKind(models.TextChoices):
    """What the workbook is for."""

    OPENING = "opening", "建档"
    ENTRANTS = "entrants", "新生入学"
    INTO_CITY = "into_city", "外地转入"
    LATE = "late", "补建学籍"


class UploadState(models.TextChoices):
    """How far an upload has come."""

    WAITING = "waiting", "等待检查"
    CHECKING = "checking", "正在检查"
    CHECKED = "checked", "已检查"
    UNREADABLE = "unreadable", "无法读取"
    LODGED = "lodged", "已申报"
    DISCARDED = "discarded", "已作废"


class Upload(models.Model):
    """One workbook of a school. The same file again is the same upload."""

    id = models.UUIDField(primary_key=True)
    school = models.UUIDField()
    kind = models.CharField(max_length=16, choices=UploadKind.choices)
    state = models.CharField(max_length=16, choices=UploadState.choices, default=UploadState.WAITING)
    progress = models.PositiveSmallIntegerField(default=0)  # per cent
    file_digest = models.CharField(max_length=64)
    file_name = models.BinaryField()  # sealed: people write children's names into it
    raw = models.BinaryField()  # sealed: the workbook as it came
    source = models.BinaryField(null=True)  # sealed: its rows as read
    result = models.BinaryField(null=True)  # sealed: canonical values and findings
    rows = models.PositiveIntegerField(default=0)
    clean_rows = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    queries = models.PositiveIntegerField(default=0)
    notes = models.PositiveIntegerField(default=0)
    answer = models.CharField(max_length=40, blank=True)  # code of the answer to an unreadable file
    answer_detail = models.BinaryField(null=True)  # sealed: what the answer mentions (names of sheets)
    rulebook_version = models.CharField(max_length=64, blank=True)
    revision = models.PositiveIntegerField(default=0)  # counts corrections
    application = models.UUIDField(null=True)
    uploaded_by = models.UUIDField()
    uploaded_post = models.UUIDField()
    uploaded_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "intake_upload"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=UploadState.values), name="upload_state"),
            models.CheckConstraint(condition=Q(progress__lte=100), name="upload_progress"),
            models.CheckConstraint(
                condition=Q(state="lodged", application__isnull=False) | ~Q(state="lodged"),
                name="upload_lodged_as_an_application",
            ),
            models.UniqueConstraint(
                fields=["school", "kind", "file_digest"],
                condition=~Q(state="discarded"),
                name="upload_one_a_file",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["school", "-uploaded_at"], name="upload_school")]


class CellEdit(models.Model):
    """A cell corrected in the page. ``version`` counts its changes: the later editor is shown the other's."""

    id = models.UUIDField(primary_key=True)
    upload = models.ForeignKey(Upload, models.CASCADE, related_name="edits")
    school = models.UUIDField()  # the upload's, for the policies
    row = models.PositiveIntegerField()
    field = models.CharField(max_length=60)
    value = models.BinaryField()  # sealed
    version = models.PositiveIntegerField(default=1)
    editor = models.UUIDField()
    edited_at = models.DateTimeField()

    class Meta:
        db_table = "intake_cell_edit"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["upload", "row", "field"], name="cell_edit_one_a_cell"),
        ]
