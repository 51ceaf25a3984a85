"""The parts of the rulebook that entries brought into force, as they stand in the journals."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class RulebookPart(models.Model):
    """One version of one part of one layer; append-only, the newest ``number`` of a (layer, part) holds.

    ``value`` is the part as written in its file, ``version`` its digest;
    ``rulebook_version`` the digest over all parts of all layers after this load.
    """

    number = models.BigAutoField(primary_key=True)
    entry = models.UUIDField(unique=True)
    organisation = models.UUIDField()
    layer = models.TextField()
    part = models.TextField()
    version = models.TextField()
    value = models.JSONField()
    effective_on = models.DateField()
    rulebook_version = models.TextField()

    class Meta:
        db_table = "parameters_part"
        indexes: ClassVar = [models.Index(fields=["layer", "part", "-number"], name="parameters_part_newest")]

    def __str__(self) -> str:
        return f"{self.layer}/{self.part} {self.version[:12]}"
