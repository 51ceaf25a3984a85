"""Workbooks of record items (档案项目) that wait to be confirmed. The items themselves stand in the journals alone."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class ItemUpload(models.Model):
    """A class's workbook of one kind and time, sealed under its own data key. It is read and checked each time that it
    is looked at; gone once it was recorded, given up, or left unconfirmed too long."""

    id = models.UUIDField(primary_key=True)
    school = models.UUIDField()
    class_group = models.UUIDField()
    kind = models.CharField(max_length=64)
    said_on = models.CharField(max_length=16)
    content = models.BinaryField()
    uploaded_by = models.UUIDField()
    uploaded_at = models.DateTimeField()

    class Meta:
        db_table = "record_items_upload"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["school", "-uploaded_at"], name="record_items_upload_newest"),
        ]
