"""电子印章: a seal's picture, proposed by whose seal it is, approved by the competent bureau for a period and kinds.

What was proposed is never changed, and no seal is ever deleted: a trigger lets it be decided once and, approved,
withdrawn once (migration 0009). Papers name the seal that they bear by its ``digest``.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q


class SealState(models.TextChoices):
    """How far a seal has come."""

    PROPOSED = "proposed", "待批准"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "不予批准"
    RETRACTED = "retracted", "已撤回"
    WITHDRAWN = "withdrawn", "已停用"


class DaysFromTo(Func):
    """The period as a range of days, its last day included."""

    function = "daterange"
    output_field = models.TextField()


_PERIOD = DaysFromTo("starts_on", "ends_on", RangeBoundary(inclusive_lower=True, inclusive_upper=True))


class Seal(models.Model):
    """One electronic seal. ``named``: what its organisation was called, as the picture says it: after a renaming it is
    not used. ``digest``: SHA-256 (hex) of the PNG; the file itself is the document ``document`` with the sealed file
    ``sealed``, under the seal's own data key. ``entry``, ``withdrawal``: the decision and the withdrawal in a journal.
    """

    id = models.UUIDField(primary_key=True)
    organisation = models.UUIDField()
    bureau = models.UUIDField()
    named = models.TextField()
    use = models.CharField(max_length=40)
    kinds = models.JSONField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    reason = models.TextField()
    digest = models.CharField(max_length=64)
    document = models.UUIDField()
    sealed = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=SealState.choices, default=SealState.PROPOSED)
    proposed_by = models.UUIDField()
    proposed_at = models.DateTimeField()
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    entry = models.UUIDField(null=True)
    withdrawn_by = models.UUIDField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdraw_reason = models.TextField(default="", blank=True)
    withdrawal = models.UUIDField(null=True)

    class Meta:
        db_table = "certificates_seal"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=SealState.values), name="certificates_seal_state"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="certificates_seal_period"),
            models.CheckConstraint(condition=~Q(kinds=[]), name="certificates_seal_some_kind"),
            models.CheckConstraint(
                condition=Q(
                    state__in=["approved", "withdrawn"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    entry__isnull=False,
                )
                | Q(
                    state__in=["proposed", "refused", "retracted"],
                    decided_by__isnull=True,
                    decided_at__isnull=True,
                    entry__isnull=True,
                ),
                name="certificates_seal_approved_whole",
            ),
            models.CheckConstraint(
                condition=Q(
                    state="withdrawn", withdrawn_by__isnull=False, withdrawn_at__isnull=False, withdrawal__isnull=False
                )
                & ~Q(withdraw_reason="")
                | ~Q(state="withdrawn")
                & Q(withdrawn_by__isnull=True, withdrawn_at__isnull=True, withdrawal__isnull=True, withdraw_reason=""),
                name="certificates_seal_withdrawn_whole",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="certificates_seal_two_persons",
            ),
            models.UniqueConstraint(
                fields=["organisation", "use"], condition=Q(state="proposed"), name="certificates_seal_one_proposed"
            ),
            ExclusionConstraint(
                name="certificates_seal_one_at_a_time",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    ("use", RangeOperators.EQUAL),
                    (_PERIOD, RangeOperators.OVERLAPS),
                ],
                condition=Q(state="approved"),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "-proposed_at"], name="certificates_seal_newest"),
            models.Index(fields=["bureau", "state"], name="certificates_seal_bureau"),
        ]
