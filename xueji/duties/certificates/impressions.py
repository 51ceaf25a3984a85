"""印模: which electronic seals a paper bears.

Of a new paper those in force for its issuer, kind and day; of one that was issued those that its own record names,
whatever became of the seal since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from xueji.duties.certificates.models import Certificate
from xueji.duties.certificates.seal_models import Seal, SealState
from xueji.ground.documents import services as documents
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.rulebook import CertificateKind, Rulebook
from xueji.pure.kernel.types import Refused


@dataclass(frozen=True, slots=True)
class Impression:
    """One seal on a paper: its picture (PNG), its digest, and how wide it is printed (mm)."""

    use: str
    seal: UUID
    digest: str
    picture: bytes
    width: float


Impressions = tuple[Impression, ...]


def impressions(
    book: Rulebook, kind: CertificateKind, day: date, *, issuer: UUID, bureau: UUID | None = None
) -> Impressions:
    """The seals that a paper issued on a day bears: the issuer's own, and of what is attested the bureau's.

    Raises ``Refused`` where the file of one is missing: a paper without it would not be what was approved.
    """
    owners = {use: bureau if book.seals[use].of_bureau else issuer for use in kind.electronic_uses if use in book.seals}
    wanted = {owner for owner in owners.values() if owner is not None}
    if not wanted:
        return ()
    rows = Seal.objects.filter(
        organisation__in=wanted, use__in=list(owners), state=SealState.APPROVED, starts_on__lte=day, ends_on__gte=day
    )
    found = [one for one in rows if owners[one.use] == one.organisation and kind.kind in one.kinds]
    called = organisations.names({one.organisation for one in found}, day) if found else {}
    return _opened(book, [one for one in found if called.get(one.organisation) == one.named])


def recorded(book: Rulebook, papers: Sequence[Certificate]) -> dict[UUID, Impressions]:
    """By paper the seals that its record names. Raises ``Refused`` where one is out of reach or its file missing."""
    wanted = {UUID(one["seal"]) for paper in papers for one in paper.seals}
    if not wanted:
        return {}
    rows = {one.id: one for one in Seal.objects.filter(pk__in=wanted)}
    if wanted - set(rows):
        raise _missing("印章")
    opened = {one.seal: one for one in _opened(book, list(rows.values()))}
    return {paper.id: tuple(opened[UUID(one["seal"])] for one in paper.seals) for paper in papers if paper.seals}


def picture_of(book: Rulebook, seal: Seal) -> Impression:
    """One seal's picture, whatever its state. Raises ``Refused`` where its file is missing or was changed."""
    return _opened(book, [seal])[0]


def as_recorded(borne: Impressions) -> list[dict[str, str]]:
    """What a paper's row says of the seals that it bears."""
    return [{"use": one.use, "seal": str(one.seal), "digest": one.digest} for one in borne]


def digests(borne: Iterable[Impression]) -> dict[str, str]:
    """By use the digest of the seal: what the statement binds."""
    return {one.use: one.digest for one in borne}


def _opened(book: Rulebook, seals: Sequence[Seal]) -> Impressions:
    files = documents.open_many((one.document, one.id, one.sealed) for one in seals)
    made = []
    for one in seals:
        picture = files.get(one.document)
        if picture is None or hashlib.sha256(picture).hexdigest() != one.digest:
            raise _missing(title_of(book.seals, one.use))
        made.append(Impression(one.use, one.id, one.digest, picture, _width(book, one.use)))
    return tuple(made)


def _width(book: Rulebook, use: str) -> float:
    return book.seals[use].width if use in book.seals else 42


def title_of(seals: Mapping[str, Any], use: str) -> str:
    """The words of a use; the use itself where the rulebook does not know it any more."""
    return str(seals[use].title) if use in seals else use


def _missing(what: str) -> Refused:
    message = f"电子的{what}的图片文件缺失或被改动过，不能打印。请联系系统管理员从备份恢复，或停用这枚电子印章。"
    return Refused("seal.file", message, "通知一.6")
