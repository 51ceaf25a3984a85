"""Reads of requests for attestation. Row-level security of the caller applies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from xueji.duties.certificates.models import Certificate, LineState, Order, OrderLine, OrderState
from xueji.duties.certificates.sealed import open_claims, open_reasons
from xueji.duties.certificates.selectors.blanks import serials_of


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of an order as pages show it. ``number``: of the paper that was made of it; ``blank``: its serial."""

    row_no: int
    student: UUID
    archive: bool
    facts: Mapping[str, Any]
    state: str
    reason: str
    certificate: UUID | None = None
    number: str = ""
    blank: str = ""
    voided: bool = False


def orders(schools: Iterable[UUID] | None, *, state: str = "") -> QuerySet[Order]:
    """The requests of these schools (None: of all in reach), the newest first."""
    found = Order.objects.order_by("-requested_at", "id")
    found = found if schools is None else found.filter(school__in=set(schools))
    return found.filter(state=state) if state else found


def order(wanted: UUID) -> Order | None:
    """One request, or None where there is none in reach."""
    return Order.objects.filter(pk=wanted).first()


def which_are_orders(subjects: Iterable[UUID]) -> set[UUID]:
    """Which of these subjects of cases are requests in reach."""
    return set(Order.objects.filter(pk__in=set(subjects)).values_list("pk", flat=True))


def orders_of_rolls(certificates: Iterable[UUID]) -> dict[UUID, Order]:
    """By paper the order that it lists, of those that are rolls; two queries."""
    papers = Certificate.objects.filter(pk__in=list(certificates), line__isnull=True)
    listed = dict(papers.values_list("pk", "registration"))
    found = Order.objects.in_bulk(set(listed.values())) if listed else {}
    return {paper: found[order] for paper, order in listed.items() if order in found}


def rolls_of(order: UUID) -> list[Certificate]:
    """The rolls that were issued of an order, the newest first, the voided ones too."""
    found = Certificate.objects.filter(registration=order, line__isnull=True).defer("statement")
    return list(found.order_by("-issued_at"))


def attested_order_of(registration: UUID) -> UUID | None:
    """The last order in which a paper of a registration was attested."""
    found = OrderLine.objects.filter(registration=registration, state=LineState.ATTESTED)
    return found.order_by("-order__attested_at").values_list("order", flat=True).first()


def lines(wanted: UUID) -> list[LineView]:
    """The lines of a request, in order, with what was claimed and what became of it."""
    found = list(OrderLine.objects.filter(order=wanted).select_related("certificate").order_by("row_no"))
    reasons = open_reasons(found)
    papers = {line.pk: line.certificate for line in found if line.state == LineState.ATTESTED}
    serials = serials_of(one.pk for one in papers.values())
    views = []
    for line, facts in zip(found, open_claims(found), strict=True):
        paper = papers.get(line.pk)
        made = (paper.pk, paper.number, serials.get(paper.pk, ""), paper.voided_at is not None) if paper else ()
        views.append(
            LineView(line.row_no, line.student, line.archive, facts, line.state, reasons.get(line.pk, ""), *made)
        )
    return views


def open_order_of(registration: UUID) -> UUID | None:
    """The request that is under way in which a registration stands."""
    found = OrderLine.objects.filter(
        registration=registration,
        state=LineState.CLAIMED,
        order__state__in=[OrderState.REQUESTED, OrderState.SENT_BACK],
    )
    return found.order_by("-order__requested_at").values_list("order", flat=True).first()
