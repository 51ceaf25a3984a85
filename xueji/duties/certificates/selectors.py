"""Reads of issued papers. Row-level security of the caller applies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import QuerySet

from xueji.duties.certificates.models import Certificate
from xueji.ground.journals.types import Entry


def issued(schools: Iterable[UUID] | None) -> QuerySet[Certificate]:
    """Papers of these schools (None: of all in reach), the newest first; the sealed statement is left out."""
    found = Certificate.objects.defer("statement").order_by("-issued_at", "-number")
    return found if schools is None else found.filter(school__in=set(schools))


def certificate(wanted: UUID) -> Certificate | None:
    """One paper, or None where there is none in reach."""
    return Certificate.objects.defer("statement").filter(pk=wanted).first()


def resting(closing: Mapping[UUID, Entry]) -> dict[UUID, str]:
    """By student the paper, not voided, that was issued since his registration was ended."""
    issued_since = Certificate.objects.filter(student__in=list(closing), voided_at__isnull=True)
    found = {}
    for student, number, issued_at in issued_since.values_list("student", "number", "issued_at"):
        if issued_at >= closing[student].recorded_at:
            found[student] = f"已凭此出具证书或证明（{number}），请先作废"
    return found
