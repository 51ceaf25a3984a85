"""The list of stored documents; what they hold lies sealed in ``files/`` of the home."""

from typing import ClassVar

from django.db import models


class Document(models.Model):
    """One evidence file or photo.

    ``subject`` is the application or student it belongs to, under whose data key it is sealed; ``organisation`` the one
    that handed it in; ``digest`` SHA-256 (hex) of the sealed file, by which it is named; ``size`` bytes in clear;
    ``details`` the sealed JSON ``{"name", "content", "pages"}`` with the file's name, SHA-256 of what it holds, and
    how many pages it has. ``ahead``: kept before anything was lodged with it; the room that keeps it so takes it away
    again where nothing ever is.
    """

    id = models.UUIDField(primary_key=True)
    subject = models.UUIDField(db_index=True)
    organisation = models.UUIDField()
    digest = models.TextField(unique=True)
    media_type = models.TextField()
    size = models.BigIntegerField()
    details = models.BinaryField()
    uploaded_by = models.UUIDField()
    uploaded_at = models.DateTimeField()
    ahead = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "documents_document"
        indexes: ClassVar = [
            models.Index(fields=["uploaded_at"], condition=models.Q(ahead=True), name="documents_document_ahead")
        ]

    def __str__(self) -> str:
        return str(self.id)
