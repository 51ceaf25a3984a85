"""Reads of issued papers. Row-level security of the caller applies."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from xueji.duties.certificates.models import Certificate
from xueji.duties.certificates.statement import decode, sealed_place
from xueji.ground.journals.types import Entry
from xueji.ground.keys import services as keys
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.registry.register.models import Student
from xueji.registry.register.selectors import numbers_in_use

VALID, VOIDED, EXPIRED = "valid", "voided", "expired"


def issued(
    schools: Iterable[UUID] | None, *, kind: str = "", state: str = "", text: str = "", on: date | None = None
) -> QuerySet[Certificate]:
    """Papers of these schools (None: of all in reach), the newest first; the sealed statement is left out.

    ``state``: ``VALID``, ``VOIDED`` or ``EXPIRED`` on the day ``on``; ``text``: part of the paper's number, or of the
    name of a pupil of the register.
    """
    found = Certificate.objects.select_related("line", "replaces", "replacement").order_by("-issued_at", "-number")
    found = found.defer("statement", "line__claim", "line__reason", "replaces__statement", "replacement__statement")
    found = found if schools is None else found.filter(school__in=set(schools))
    found = found.filter(kind=kind) if kind else found
    if state == VOIDED:
        found = found.filter(voided_at__isnull=False)
    elif state:
        over = Q(valid_until__isnull=False, valid_until__lt=on or today())
        found = found.filter(over if state == EXPIRED else ~over, voided_at__isnull=True)
    if text:
        named = Student.objects.filter(name__contains=text).values("id")
        found = found.filter(Q(number__icontains="".join(text.split())) | Q(student__in=named))
    return found


def certificate(wanted: UUID) -> Certificate | None:
    """One paper, or None where there is none in reach."""
    found = Certificate.objects.select_related("line", "replaces", "replacement")
    deferred = found.defer("statement", "line__claim", "line__reason", "replaces__statement", "replacement__statement")
    return deferred.filter(pk=wanted).first()


def resting(closing: Mapping[UUID, Entry]) -> dict[UUID, str]:
    """By student the paper, not voided, that was issued since his registration was ended."""
    issued_since = Certificate.objects.filter(student__in=list(closing), voided_at__isnull=True)
    found = {}
    for student, number, issued_at in issued_since.values_list("student", "number", "issued_at"):
        if issued_at >= closing[student].recorded_at:
            found[student] = f"已凭此出具证书或证明（{number}），请先作废"
    return found


def sheet_out(registration: UUID) -> str:
    """Which transfer sheet of a registration, not voided, is out: the sentence for who wants to take the transfer
    back; '' for none."""
    kinds = parameters.rulebook(today()).certificates
    sheets = [one.kind for one in kinds.values() if one.receipt]
    found = Certificate.objects.filter(registration=registration, kind__in=sheets, voided_at__isnull=True)
    row = found.values_list("kind", "number").first()
    return f"已出具{kinds[row[0]].title}（{row[1]}），请先作废" if row else ""


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
