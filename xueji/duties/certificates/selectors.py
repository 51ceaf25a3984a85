"""Reads of issued papers. Row-level security of the caller applies."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from xueji.duties.certificates.models import Certificate


def issued(schools: Iterable[UUID] | None) -> QuerySet[Certificate]:
    """Papers of these schools (None: of all in reach), the newest first; the sealed statement is left out."""
    found = Certificate.objects.defer("statement").order_by("-issued_at", "-number")
    return found if schools is None else found.filter(school__in=set(schools))


def certificate(wanted: UUID) -> Certificate | None:
    """One paper, or None where there is none in reach."""
    return Certificate.objects.defer("statement").filter(pk=wanted).first()
