"""The tables of the journals; written only by ``services.append``, chained by the trigger of the first migration."""

from typing import ClassVar

from django.db import models


class CanonicalJSONField(models.TextField):  # type: ignore[type-arg]
    """JSON kept as the text that was written (type ``json``), since the content digest vouches for its bytes."""

    def db_type(self, connection: object) -> str:
        return "json"


class JournalEntry(models.Model):
    """One entry (变动记录) of the journal of one organisation. Never edited, never deleted.

    ``sensitive`` is a blob under the data key of ``data_key``; ``commitment`` is SHA-256(salt ‖ canonical
    sensitive JSON), the salt inside the blob; ``content_digest`` is SHA-256(canonical clear part ‖ commitment).
    """

    organisation = models.UUIDField()
    sequence = models.BigIntegerField()
    block_no = models.BigIntegerField()
    entry_id = models.UUIDField(primary_key=True)
    transaction_id = models.UUIDField()
    kind = models.TextField()
    student = models.UUIDField(null=True)
    student_seq = models.IntegerField(null=True)
    effective_on = models.DateField()
    recorded_at = models.DateTimeField()
    operations = CanonicalJSONField()
    op_version = models.SmallIntegerField()
    basis = CanonicalJSONField()
    rulebook_version = models.TextField()
    actor = CanonicalJSONField()
    corrects = models.UUIDField(null=True)
    data_key = models.UUIDField(null=True)
    sensitive = models.BinaryField(null=True)
    commitment = models.BinaryField(null=True)
    content_digest = models.BinaryField()

    class Meta:
        db_table = "journals_entry"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "sequence"], name="journals_entry_sequence"),
            models.UniqueConstraint(fields=["student", "student_seq"], name="journals_entry_student_seq"),
            models.UniqueConstraint(
                fields=["corrects"], name="journals_entry_corrected_once", condition=models.Q(corrects__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.sequence}"


class JournalBlock(models.Model):
    """What one transaction appended to one journal, chained to the block before; inserted by the trigger alone."""

    pk = models.CompositePrimaryKey("organisation", "block_no")
    organisation = models.UUIDField()
    block_no = models.BigIntegerField()
    first_sequence = models.BigIntegerField()
    last_sequence = models.BigIntegerField()
    previous_digest = models.BinaryField()
    digest = models.BinaryField()

    class Meta:
        db_table = "journals_block"

    def __str__(self) -> str:
        return f"{self.organisation} {self.block_no}"


class Carried(models.Model):
    """A journal that another node writes (``carrier``: its code); ``opens`` whether its data keys came with it."""

    organisation = models.UUIDField(primary_key=True)
    carrier = models.CharField(max_length=16)
    opens = models.BooleanField()

    class Meta:
        db_table = "journals_carried"

    def __str__(self) -> str:
        return f"{self.organisation} {self.carrier}"


class StudentBase(models.Model):
    """A pupil's own sequence up to here stands in journals of other nodes; the next entry here counts on from it."""

    pk = models.CompositePrimaryKey("student", "student_seq")
    student = models.UUIDField()
    student_seq = models.IntegerField()

    class Meta:
        db_table = "journals_studentbase"

    def __str__(self) -> str:
        return f"{self.student} {self.student_seq}"
