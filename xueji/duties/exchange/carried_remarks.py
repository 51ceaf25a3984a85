"""Explanations and reviewers' notes on returns in a package (section ``remarks``), each with the return that it is on.

Only added, and many: they are acknowledged one by one (``exchange_sentremark``), like photos. What is explained of a
version goes once that version was submitted, as the return does. The text is sealed anew where it arrives, under that
node's own key of organisation and round.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from xueji.duties.exchange.carried_returns import CLOSED
from xueji.duties.exchange.envelope import altered
from xueji.duties.exchange.models import SentRemark
from xueji.duties.exchange.plain import as_json, values
from xueji.duties.exchange.writers import own_of, writers_of
from xueji.duties.returns.models import Remark, RemarkKind, Return
from xueji.duties.returns.remarks import seal_texts, texts_of
from xueji.pure.kernel.types import Refused

#: Lines in one package; what is beyond goes with the next.
MOST = 20_000
_AT_A_TIME = 1_000
_NAMES = ("id", "round", "organisation", "version", "kind", "line", "author", "person", "at")


def upward(own: str, peer: str) -> QuerySet[Remark]:
    """What was explained and noted here about the returns of this bureau and its schools, and the node lacks."""
    here = writers_of(own)
    return _lacking(peer, Remark.objects.filter(organisation__in=here, author__in=here))


def downward(own: str, peer: str) -> QuerySet[Remark]:
    """What this bureau noted on returns of the node below, and the node lacks."""
    return _lacking(peer, Remark.objects.filter(organisation__in=writers_of(peer), author__in=own_of(own)))


def _lacking(peer: str, found: QuerySet[Remark]) -> QuerySet[Remark]:
    had = SentRemark.objects.filter(peer=peer, remark=OuterRef("id"), acknowledged=True)
    told = Return.objects.filter(
        round=OuterRef("round"), organisation=OuterRef("organisation"), version__gte=OuterRef("version"),
        state__in=CLOSED, certified_at__isnull=False,
    )  # fmt: skip
    return found.filter(~Exists(had), Exists(told)).order_by("at", "id")


def lines(remarks: Sequence[Remark]) -> Iterator[Mapping[str, Any]]:
    """The remarks as they stand in a package (which is sealed as a whole)."""
    for row, text in zip(remarks, texts_of(remarks), strict=True):
        yield {**as_json(row, _NAMES), "text": text}


def note_sent(peer: str, package: UUID, remarks: Sequence[Remark]) -> None:
    """A package holds these remarks: its receipt acknowledges them."""
    SentRemark.objects.bulk_create(
        [SentRemark(peer=peer, remark=one.id, package=package) for one in remarks],
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=["peer", "remark"],
        update_fields=["package"],
    )


def acknowledge(peer: str, package: UUID) -> None:
    """The node has the remarks of a package."""
    SentRemark.objects.filter(peer=peer, package=package).update(acknowledged=True)


def take(rows: Iterable[Mapping[str, Any]], *, concerned: Collection[UUID], authors: Collection[UUID]) -> int:
    """Keep the remarks of a package, each once; how many were new.

    ``concerned``: the organisations about whose returns the sender may speak; ``authors``: who of its people may.
    Raises ``Refused`` ``exchange.not_writer`` for others, ``exchange.fork`` for another content under a known name.
    """
    told, left = 0, iter(rows)
    while part := list(islice(left, _AT_A_TIME)):
        made = {one.id: one for one in map(_row, part)}
        if not all(one.organisation in concerned and one.author in authors for one in made.values()):
            raise Refused("exchange.not_writer", "包里有不归发送方写的上报说明或审核意见，已拒收。请与发送方核对。")
        for known in Remark.objects.filter(pk__in=list(made)):
            if as_json(known, _NAMES) != as_json(made.pop(known.id), _NAMES):
                raise Refused("exchange.fork", "包里的上报说明与已收到的同一条不一致，已拒收。请双方核对。")
        texts = {UUID(one["id"]): one["text"] for one in part}
        seal_texts(list(made.values()), [texts[key] for key in made])
        Remark.objects.bulk_create(made.values())
        told += len(made)
    return told


def _row(one: Mapping[str, Any]) -> Remark:
    row = Remark(**values(Remark, one, _NAMES, also=("text",)))
    if not isinstance(one["text"], str) or row.kind not in RemarkKind.values:
        raise altered()
    return row
