"""Cuts under their digests, and what snapshots were made of them (design §3 "Two clocks and a cut")."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Cut(models.Model):
    """A cut through the journals: ``heads`` organisation → sequence, as text → number."""

    digest = models.CharField(primary_key=True, max_length=64)
    heads = models.JSONField()
    taken_at = models.DateTimeField()

    class Meta:
        db_table = "snapshots_cut"

    def __str__(self) -> str:
        return self.digest


class Snapshot(models.Model):
    """A snapshot that was made: state as of a date and a cut, of some schools or of all.

    The files may be deleted at any time: they can be made again from the journals, with the same ``digest``
    (invariant 6). ``folder`` is relative to the home's snapshots.
    """

    id = models.UUIDField(primary_key=True)
    cut = models.ForeignKey(Cut, models.PROTECT, related_name="snapshots")
    on = models.DateField()
    scope = models.CharField(max_length=64)  # SHA-256 of the schools' ids; '' for all
    digest = models.CharField(max_length=64)
    pupils = models.IntegerField()
    folder = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "snapshots_snapshot"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["cut", "on", "scope"], name="snapshots_snapshot_once"),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.digest}"
