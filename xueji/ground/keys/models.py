"""Data keys, wrapped (design §3: one a student; one a file or application for what has no student yet)."""

from django.db import models


class DataKey(models.Model):
    """The data key of a subject, wrapped by a master key that stands outside the database.

    ``subject`` is a student's UUID, else an application's or file's; ``wrapped`` is
    ``algorithm (1) ‖ nonce (12) ‖ ciphertext ‖ tag``, authenticated with the subject. Rotation re-wraps rows
    of this table and touches nothing else.
    """

    subject = models.UUIDField(primary_key=True)
    wrapped = models.BinaryField()
    master_key = models.TextField()

    class Meta:
        db_table = "keys_datakey"

    def __str__(self) -> str:
        return str(self.subject)
