"""Reads of issued papers. Row-level security of the caller applies."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from xueji.duties.certificates.models import Certificate
from xueji.duties.certificates.statement import decode, sealed_place
from xueji.ground.journals.types import Entry
from xueji.ground.keys import services as keys
from xueji.registry.register.selectors import numbers_in_use


def issued(schools: Iterable[UUID] | None) -> QuerySet[Certificate]:
    """Papers of these schools (None: of all in reach), the newest first; the sealed statement is left out."""
    found = Certificate.objects.select_related("line").order_by("-issued_at", "-number")
    found = found.defer("statement", "line__claim", "line__reason")
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


@dataclass(frozen=True, slots=True)
class ToExchange:
    """A paper in the holder's hands that bears a registration number which is not his any more."""

    certificate: Certificate
    registration_number: str


def papers_under(numbers: Collection[str], students: Collection[UUID] = ()) -> list[ToExchange]:
    """Papers not voided that show one of these registration numbers, the oldest first: to be called in and exchanged.

    Numbers that were corrected lead to their pupils; ``students`` names others whose papers may bear them (two pupils
    who were swapped: each paper stands under the number that is now the other's). The statements are opened for it.
    """
    known = numbers_in_use(numbers)
    pupils = {one.student for one in known.values() if one.student is not None} | set(students)
    papers = list(
        Certificate.objects.filter(student__in=pupils, voided_at__isnull=True).order_by("issued_at", "number")
    )
    opened = keys.data_keys.get({one.student for one in papers})
    found = []
    for paper in papers:
        text = keys.open_(opened[paper.student], bytes(paper.statement), sealed_place(paper.id)).decode()
        number = decode(text).registration
        if number in set(numbers):
            found.append(ToExchange(paper, number))
    return found
