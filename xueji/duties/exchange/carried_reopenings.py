"""Reopenings of accepted returns between nodes: asked for below, examined and decided above, and what became of them.

Lines of ``carried_duties`` (``part`` ``reopening``). Who reviews a return (``Return.bureau``) writes what was found and
decided; the other side writes that it asks. The decision to open is the return's own course (``carried_returns``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from xueji.duties.exchange.plain import as_json, values
from xueji.duties.exchange.writers import own_of, writers_of
from xueji.duties.returns.models import Reopening, ReopeningOutcome, Return
from xueji.pure.kernel.types import Refused

Line = Mapping[str, Any]
_ASKED = ("id", "return_id", "organisation", "asked_for", "reason", "asked_at", "asked_by")
_EXAMINED = ("opinion", "examined_at", "examined_by")
_DECIDED = ("outcome", "answer", "decided_at", "decided_by")


def upward(own: str) -> Iterable[Line]:
    """All requests about the returns of this bureau and its schools."""
    return _lines(Reopening.objects.filter(organisation__in=writers_of(own)))


def downward(own: str, writers: Collection[UUID]) -> Iterable[Line]:
    """The requests about returns of the node below (``writers``) that this bureau reviews."""
    reviewed = Return.objects.filter(bureau__in=own_of(own), organisation__in=writers).values("id")
    return _lines(Reopening.objects.filter(return_id__in=reviewed))


def _lines(found: Any) -> Iterable[Line]:
    for one in found.order_by("asked_at", "id"):
        yield {"part": "reopening", **as_json(one, (*_ASKED, *_EXAMINED, *_DECIDED))}


def take(line: Line, *, bureaus: Collection[UUID], concerned: Collection[UUID], from_below: bool) -> int:
    """Follow what the other node says of a request; how many rows were written.

    ``bureaus``: the sender's; ``concerned``: the organisations of which it may speak. Raises ``Refused``
    ``exchange.not_writer`` for a decision that is not the sender's, ``exchange.fork`` where another thing was asked.
    """
    made = Reopening(**values(Reopening, line, (*_ASKED, *_EXAMINED, *_DECIDED)))
    _require(made.organisation in concerned)
    returned = Return.objects.filter(id=made.return_id, organisation=made.organisation).first()
    if returned is None:
        return 0
    decides = returned.bureau in bureaus
    _require(decides or from_below)
    known = Reopening.objects.select_for_update().filter(pk=made.pk).first()
    if known is not None:
        if any(getattr(known, name) != getattr(made, name) for name in _ASKED):
            raise Refused("exchange.fork", "包里的重新打开申请与已收到的同一份不一致，已拒收。请双方核对。")
        return _go_on(known, made) if decides else 0
    _require(decides or (made.examined_by is None and not made.outcome))
    return _begin(made, decides=decides)


def _begin(made: Reopening, *, decides: bool) -> int:
    """A request that is new here. While another one is open it waits for a later package, which brings it again; where
    the return was opened meanwhile it is answered by that decision."""
    others = Reopening.objects.filter(return_id=made.return_id)
    if not made.outcome and others.filter(outcome="").exists():
        return 0
    opened = None if decides else others.filter(outcome=ReopeningOutcome.AGREED).first()
    if opened is not None:
        for name in (*_EXAMINED, *_DECIDED):
            setattr(made, name, getattr(opened, name))
    made.save(force_insert=True)
    return 1


def _go_on(known: Reopening, news: Reopening) -> int:
    """The next step, by the side that decides; what is decided stands."""
    if known.outcome or news.examined_by is None or (known.examined_by is not None and not news.outcome):
        return 0
    for name in (*_EXAMINED, *_DECIDED):
        setattr(known, name, getattr(news, name))
    known.save(update_fields=[*_EXAMINED, *_DECIDED])
    return 1


def _require(right: bool) -> None:
    if not right:
        raise Refused("exchange.not_writer", "包里有不归发送方办理的重新打开申请，已拒收。请与发送方核对。")
