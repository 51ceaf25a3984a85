"""Findings across nodes: pupils whose entries do not fit together yet, and document numbers borne twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from uuid import UUID

from xueji.duties.exchange.models import Finding
from xueji.pure.kernel.environment import environment
from xueji.registry.register.services import CarriedFold

WAITING, DOUBLE = "waiting", "document_twice"


def waiting_students() -> list[UUID]:
    """Pupils whose state waits for entries that another node has not sent yet."""
    open_ones = Finding.objects.filter(kind=WAITING, settled_at__isnull=True)
    return list(open_ones.values_list("student", flat=True))


def note_findings(folded: CarriedFold, *, package: str) -> None:
    """Keep what does not fit, and settle what fits by now. ``package``: the digest of what brought it."""
    now, source = environment().now(), UUID(bytes=hashlib.sha256(package.encode()).digest()[:16])
    open_ones = Finding.objects.filter(kind=WAITING, settled_at__isnull=True)
    open_ones.exclude(student__in=list(folded.waiting)).update(settled_at=now)
    known = set(open_ones.values_list("student", flat=True))
    _add(((WAITING, student, None) for student in folded.waiting if student not in known), source)
    _add(((DOUBLE, student, other) for student, other in folded.doubles), source)


def _add(found: Iterable[tuple[str, UUID, UUID | None]], source: UUID) -> None:
    world = environment()
    Finding.objects.bulk_create(
        [
            Finding(id=world.new_id(), kind=kind, student=student, other=other, package=source, found_at=world.now())
            for kind, student, other in found
        ]
    )
