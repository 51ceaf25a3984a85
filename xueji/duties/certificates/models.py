"""Papers that were issued (clauses B2, B3). A paper is never changed: it is voided, with its reason, and replaced."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Certificate(models.Model):
    """One issued paper. Its name and number stand in the statement, which the row keeps encrypted.

    ``statement`` is sealed under the student's data key, ``statement_digest`` its SHA-256; ``register_digest`` is the
    digest of the facts that were printed: while the register says the same, the paper may be printed again.
    """

    id = models.UUIDField(primary_key=True)
    number = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=40)
    student = models.UUIDField()
    registration = models.UUIDField()
    school = models.UUIDField()
    purpose = models.CharField(max_length=120, default="")
    statement = models.BinaryField()
    statement_digest = models.CharField(max_length=64, default="")
    register_digest = models.CharField(max_length=64)
    issued_on = models.DateField()
    valid_until = models.DateField(null=True)
    issued_at = models.DateTimeField()
    issued_by = models.UUIDField()
    voided_at = models.DateTimeField(null=True)
    voided_by = models.UUIDField(null=True)
    void_reason = models.TextField(default="")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["school", "-issued_at"]),
            models.Index(fields=["student"]),
        ]

    def __str__(self) -> str:
        return self.number


class CertificateCounter(models.Model):
    """The last serial of a school's papers of one kind and year; locked while a number is taken."""

    school = models.UUIDField()
    kind = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["school", "kind", "year"], name="certificates_one_counter")
        ]
