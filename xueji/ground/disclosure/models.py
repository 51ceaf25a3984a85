"""The disclosure log: who looked at, revealed, exported, printed or searched what (clause A6)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class DisclosureKind(models.TextChoices):
    """What was done with a child's data."""

    LOOK = "look", "查看"
    REVEAL = "reveal", "显示完整信息"
    EXPORT = "export", "导出"
    PRINT = "print", "打印"
    SEARCH = "search", "检索"
    EXACT_LOOKUP = "exact_lookup", "精确查找外校学生"


class Disclosure(models.Model):
    """One line of the log; the application role may add and read, nothing else.

    ``organisation`` is the one the person acted for, ``work`` a piece of work
    for which the ground was asked once. What was typed into a search is never kept.
    """

    sequence = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    organisation = models.UUIDField(db_index=True)
    person = models.UUIDField()
    post = models.UUIDField()
    role = models.CharField(max_length=24)
    kind = models.CharField(max_length=16, choices=DisclosureKind.choices)
    subjects = ArrayField(models.UUIDField(), default=list)
    count = models.PositiveIntegerField()
    ground = models.TextField(blank=True)
    work = models.UUIDField(null=True)

    class Meta:
        db_table = "disclosure_disclosure"
        indexes = [models.Index(fields=["person", "kind", "at"], name="disclosure_person_kind")]
        constraints = [models.CheckConstraint(condition=Q(kind__in=DisclosureKind.values), name="disclosure_kind")]


class DisclosureBlock(models.Model):
    """A batch of lines chained by the worker: digest over the lines and the block before."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    sequences = ArrayField(models.BigIntegerField())
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        db_table = "disclosure_block"
