"""Reads of preprinted blanks and printers. Row-level security of the caller applies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from xueji.duties.certificates.models import Blank, BlankState, Printer


@dataclass(frozen=True, slots=True)
class BlankCounts:
    """How many blanks of a kind a school received, and what became of them; ``next`` the lowest serial in stock."""

    received: int = 0
    in_stock: int = 0
    used: int = 0
    spoilt: int = 0
    next: str = ""


def blanks(schools: Iterable[UUID] | None, *, kind: str = "", state: str = "") -> QuerySet[Blank]:
    """The ledger of these schools (None: of all in reach), by kind and serial."""
    found = Blank.objects.select_related("certificate").defer("certificate__statement").order_by("kind", "serial")
    found = found if schools is None else found.filter(school__in=set(schools))
    found = found.filter(kind=kind) if kind else found
    return found.filter(state=state) if state else found


def blank_counts(schools: Iterable[UUID] | None) -> dict[str, BlankCounts]:
    """By kind, of these schools (None: of all in reach); one query."""
    stock = Q(state=BlankState.IN_STOCK)
    there = Blank.objects.all() if schools is None else Blank.objects.filter(school__in=set(schools))
    rows = there.values("kind").annotate(
        received=Count("id"),
        in_stock=Count("id", filter=stock),
        used=Count("id", filter=Q(state=BlankState.USED)),
        spoilt=Count("id", filter=Q(state=BlankState.SPOILT)),
        next=Min("serial", filter=stock),
    )
    return {
        row["kind"]: BlankCounts(row["received"], row["in_stock"], row["used"], row["spoilt"], row["next"] or "")
        for row in rows
    }


def serials_of(certificates: Iterable[UUID]) -> dict[UUID, str]:
    """By paper the serial of the blank that it stands on."""
    found = Blank.objects.filter(certificate__in=list(certificates), state=BlankState.USED)
    return {paper: serial for paper, serial in found.values_list("certificate", "serial") if paper is not None}


def printers(school: UUID) -> list[Printer]:
    """The printers of a school with their offsets."""
    return list(Printer.objects.filter(school=school).order_by("name"))
