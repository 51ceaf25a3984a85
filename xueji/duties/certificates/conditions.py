"""Conditions that ask beyond record and register: a photo that is there, a card that is not out already (clause B2).

Of many pupils they are answered at once: ``beside_of`` reads what is asked of all of them in two queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from xueji.duties.certificates.models import Certificate
from xueji.pure.kernel.fold import RegistrationState
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Refused
from xueji.registry.photos import selectors as photos
from xueji.registry.photos.models import Photo
from xueji.registry.register.selectors import StudentRecord

PHOTO, ONE_VALID = "photo", "one_valid"


@dataclass(frozen=True, slots=True)
class Beside:
    """Photos by digest, and by registration the number of the paper of the kind that is not voided."""

    photos: Mapping[str, Photo] = field(default_factory=dict)
    held: Mapping[UUID, str] = field(default_factory=dict)


def beside_of(records: Iterable[StudentRecord], registrations: Iterable[UUID], kind: CertificateKind) -> Beside:
    """What these conditions ask, of many pupils."""
    found = photos.photos(photos.digest_of(one) for one in records) if PHOTO in kind.conditions else {}
    held: dict[UUID, str] = {}
    if ONE_VALID in kind.conditions:
        papers = Certificate.objects.filter(
            registration__in=list(registrations), kind=kind.kind, voided_at__isnull=True
        )
        held = dict(papers.values_list("registration", "number"))
    return Beside(found, held)


def unmet(
    record: StudentRecord, about: RegistrationState | None, kind: CertificateKind, beside: Beside | None
) -> Iterator[Refused]:
    """Which of these conditions do not hold for a pupil; ``beside`` None: they are asked of him alone."""
    asked = {PHOTO, ONE_VALID} & set(kind.conditions)
    if not asked:
        return
    known = beside or beside_of([record], [about.registration] if about else [], kind)
    digest = photos.digest_of(record)
    if PHOTO in asked and not digest:
        message = f"该生还没有照片，不能办理{kind.title}。请先在“照片采集”中采集。"
        yield Refused("certificate.no_photo", message, kind.basis)
    elif PHOTO in asked and digest not in known.photos:
        message = f"该生的照片不在本机（档案由别的节点传来），不能印制{kind.title}。请重新采集照片。"
        yield Refused("certificate.no_photo", message, kind.basis)
    if ONE_VALID in asked and about is not None and about.registration in known.held:
        message = f"该生已有{kind.title}（{known.held[about.registration]}）。遗失、损坏的请作废原证后补办。"
        yield Refused("certificate.held", message, kind.basis)
