"""机构调整: an act of a bureau on schools or districts, from the clerk's proposal to the day on which it is true."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q


class ReorganisationState(models.TextChoices):
    """How far an act has come. A decided one whose day has not come waits for it."""

    PREPARED = "prepared", "待负责人决定"
    SENT_BACK = "sent_back", "退回修改"
    DECIDED = "decided", "已决定，待生效"
    IN_FORCE = "in_force", "已生效"
    REFUSED = "refused", "不予批准"
    RETRACTED = "retracted", "已撤回"

    @classmethod
    def under_way(cls) -> tuple[str, ...]:
        return (cls.PREPARED, cls.SENT_BACK, cls.DECIDED)


class Reorganisation(models.Model):
    """One act. ``plan`` names organisations and class groups by id, never a pupil (``plans``).

    ``organisation`` prepares and decides it; ``concerned`` are all that it names and their bureaus.
    ``counts`` is what it moved, ``hindered`` why it could not be carried out on its day (sentences).
    """

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=32)
    organisation = models.UUIDField()
    title = models.TextField()
    plan = models.JSONField()
    concerned = models.JSONField(default=list)
    effective_on = models.DateField()
    document_number = models.TextField()
    document = models.UUIDField()
    state = models.CharField(max_length=16, choices=ReorganisationState.choices, default=ReorganisationState.PREPARED)
    prepared_by = models.UUIDField()
    prepared_at = models.DateTimeField()
    decided_by = models.UUIDField(null=True)
    decided_post = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    carried_on = models.DateField(null=True)
    transaction_id = models.UUIDField(null=True)
    counts = models.JSONField(default=dict)
    hindered = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=ReorganisationState.values), name="reorganisation_state"),
            models.CheckConstraint(
                condition=~Q(state="in_force") | Q(carried_on__isnull=False, transaction_id__isnull=False),
                name="reorganisation_in_force_whole",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("prepared_by")),
                name="reorganisation_two_persons",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-prepared_at"], name="reorganisation_newest"),
            models.Index(fields=["effective_on"], condition=Q(state="decided"), name="reorganisation_due"),
        ]
