"""Reads of the disclosure log, for the audit page and for ``verify``. Row-level security applies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, QuerySet

from xueji.ground.disclosure.models import Disclosure, DisclosureBlock
from xueji.ground.disclosure.services import FIRST_DIGEST, block_digest


def lines(
    *,
    organisations: Iterable[UUID] | None = None,
    person: UUID | None = None,
    student: UUID | None = None,
    kinds: Iterable[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Disclosure]:
    """Lines of the log, newest first, narrowed as asked; those that the viewer's post may read."""
    found = Disclosure.objects.order_by("-sequence")
    if organisations is not None:
        found = found.filter(organisation__in=set(organisations))
    if person is not None:
        found = found.filter(person=person)
    if student is not None:
        found = found.filter(subjects__contains=[student])
    if kinds:
        found = found.filter(kind__in=list(kinds))
    if since is not None:
        found = found.filter(at__gte=since)
    return found if until is None else found.filter(at__lt=until)


def counts_by_person(found: QuerySet[Disclosure]) -> list[tuple[UUID, str, int]]:
    """(person, kind, lines) of a selection, most lines first: who opened unusually much."""
    grouped = found.order_by().values("person", "kind").annotate(lines=Count("sequence")).order_by("-lines", "person")
    return [(row["person"], row["kind"], row["lines"]) for row in grouped]


@dataclass(frozen=True, slots=True)
class ChainFault:
    """A block of the log that is not as it was chained."""

    block: int
    reason: str


# A line waits for the worker or stands in a block: where it does neither, the last blocks were cut off.
_NOWHERE = """
SELECT count(*) FROM disclosure_disclosure d
WHERE NOT EXISTS (SELECT FROM disclosure_pending p WHERE p.sequence = d.sequence)
  AND d.sequence NOT IN (SELECT unnest(b.sequences) FROM disclosure_block b)
"""


def verify_chain() -> list[ChainFault]:
    """Every block against its lines and the block before; empty where all agree.

    As the system or audit administrator of the whole: a viewer who does not see all lines would find them missing.
    """
    faults, previous, expected = [], FIRST_DIGEST, 1
    for block in DisclosureBlock.objects.order_by("number").iterator():
        if block.number != expected:
            faults.append(ChainFault(expected, "缺少这一批"))
        elif block.previous != previous:
            faults.append(ChainFault(block.number, "与上一批不相接"))
        elif block.digest != block_digest(block.number, block.previous, block.sequences):
            faults.append(ChainFault(block.number, "内容与摘要不符，或有记录缺失"))
        previous, expected = block.digest, block.number + 1
    with connection.cursor() as cursor:
        cursor.execute(_NOWHERE)
        row = cursor.fetchone()
    if row is not None and row[0]:
        faults.append(ChainFault(expected, f"有 {row[0]} 条记录没有列入任何一批，可能缺少最后的批次"))
    return faults
