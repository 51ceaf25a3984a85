"""Filings (备案), documents of the regime, undertakings (clauses A2, A3, A6, B1).

References to accounts, organisations and documents are plain UUIDs.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class FilingState(models.TextChoices):
    """Of a filing; nothing made yet has no row."""

    MADE = "made", "已生成，待负责人报备"
    FILED = "filed", "已报备，待市局确认"
    SENT_BACK = "sent_back", "退回修改"
    ACKNOWLEDGED = "acknowledged", "市局已确认"


class Filing(models.Model):
    """One kind of a year of one bureau. ``content``: the rows as filed, frozen by a trigger from then on."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=24)
    year = models.PositiveSmallIntegerField()
    bureau = models.UUIDField(db_index=True)
    state = models.CharField(max_length=16, choices=FilingState.choices)
    content = models.JSONField(default=list)  # [{column: text}]
    digest = models.CharField(max_length=64)
    reason = models.TextField(blank=True)  # why it was sent back
    made_by = models.UUIDField()
    made_at = models.DateTimeField()
    filed_by = models.UUIDField(null=True)
    filed_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "filings_filing"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "year", "bureau"], name="filing_once_a_year"),
            models.CheckConstraint(condition=Q(state__in=FilingState.values), name="filing_state"),
            models.CheckConstraint(
                condition=Q(filed_by__isnull=True) | ~Q(filed_by=F("made_by")), name="filing_made_and_filed_by_two"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("filed_by")), name="filing_not_decided_by_filer"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["filed", "acknowledged"]) | Q(filed_by__isnull=False),
                name="filing_filed_by_somebody",
            ),
        ]


class EarlierFiling(models.Model):
    """What of a filing was sent back, as it was filed: kept by a trigger when the filing is made anew, only added."""

    id = models.BigAutoField(primary_key=True)
    filing = models.UUIDField(db_index=True)
    bureau = models.UUIDField()
    content = models.JSONField(default=list)
    digest = models.CharField(max_length=64)
    reason = models.TextField(blank=True)
    made_by = models.UUIDField()
    made_at = models.DateTimeField()
    filed_by = models.UUIDField(null=True)
    filed_at = models.DateTimeField(null=True)
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "filings_earlierfiling"


class RegimeDocument(models.Model):
    """A document of the regime (制度) of an organisation; versions are only added, the last one is in force."""

    id = models.UUIDField(primary_key=True)
    organisation = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=32)
    version = models.TextField()
    dated_on = models.DateField()
    file = models.UUIDField(null=True)  # of the documents' room
    recorded_by = models.UUIDField()
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "filings_regimedocument"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "kind", "version"], name="regime_document_version_once"),
        ]


class Undertaking(models.Model):
    """承诺书 of a holder: which text, signed on which day; only added."""

    id = models.UUIDField(primary_key=True)
    organisation = models.UUIDField(db_index=True)
    person = models.UUIDField(db_index=True)
    undertaking = models.CharField(max_length=32)
    version = models.TextField()
    signed_on = models.DateField()
    recorded_by = models.UUIDField()
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "filings_undertaking"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "person", "undertaking", "version"], name="undertaking_once_a_version"
            ),
            models.CheckConstraint(condition=~Q(recorded_by=F("person")), name="undertaking_not_recorded_by_oneself"),
        ]
