"""Returns between nodes: upward what bureaus below submitted, with all it is made of; downward what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError

from xueji.duties.exchange.envelope import altered
from xueji.duties.exchange.plain import as_json
from xueji.duties.returns.models import Return, ReturnState
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.types import Refused
from xueji.registry.snapshots.models import Cut
from xueji.registry.snapshots.services import keep_cut

#: What a return was counted on and says; the snapshot's files stay where they were made.
_CARRIED = tuple(
    field.attname for field in Return._meta.concrete_fields if field.attname not in ("state", "reason", "snapshot")
)
#: What a node of an earlier version does not send yet.
_LATER = frozenset({"information"})
_ASKED = frozenset({*_CARRIED, "state", "reason"}) - _LATER
_FIELDS = {field.attname: field for field in Return._meta.concrete_fields}
_COURSE = ("state", "reason", "submitted_at", "submitted_by", "reviewed_at", "reviewed_by")
#: States of a return that was told to the node above.
CLOSED = (ReturnState.SUBMITTED, ReturnState.ACCEPTED, ReturnState.SENT_BACK)
#: How a return may go on when news of it arrives.
_NEXT = {
    ReturnState.SUBMITTED: (ReturnState.ACCEPTED, ReturnState.SENT_BACK),
    ReturnState.ACCEPTED: (ReturnState.SENT_BACK,),
}


def upward() -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The cuts and the returns that were submitted here, of all rounds."""
    rows = list(
        Return.objects.filter(state__in=CLOSED).exclude(certified_at=None).order_by("round", "organisation", "version")
    )
    cuts = Cut.objects.filter(digest__in={row.cut for row in rows}).order_by("digest")
    return [{"heads": cut.heads} for cut in cuts], [as_json(row, (*_CARRIED, "state", "reason")) for row in rows]


def downward(code: str) -> list[Mapping[str, Any]]:
    """What became of the returns of the bureau whose node it is."""
    whose = Organisation.objects.filter(code=code).values_list("id", flat=True)
    rows = Return.objects.filter(organisation__in=list(whose), state__in=CLOSED).order_by("round", "version")
    return [as_json(row, ("id", *_COURSE)) for row in rows]


def take_cuts(cuts: Iterable[Mapping[str, Any]]) -> None:
    """Keep the cuts that the returns were counted on, each under its own digest."""
    for one in cuts:
        try:
            keep_cut({UUID(key): int(value) for key, value in one["heads"].items()})
        except (KeyError, AttributeError, TypeError, ValueError):
            raise altered() from None


def take_upward(rows: Iterable[Mapping[str, Any]], *, writers: frozenset[UUID]) -> int:
    """Returns of organisations that the sender's node writes; figures never move once they are here."""
    told = 0
    for one in rows:
        made = _row(one)
        if made.organisation not in writers:
            raise Refused("exchange.not_writer", "包里有不归发送方管辖的上报数据，已拒收。请与发送方核对。")
        known = Return.objects.select_for_update().filter(id=made.id).first()
        if known is None:
            made.save(force_insert=True)
            told += 1
        elif known.digest != made.digest:
            raise Refused("exchange.fork", "包里的上报数据与已收到的同一版不一致，已拒收。请双方核对。")
        else:
            told += _go_on(known, made, _COURSE)
    return told


def take_downward(rows: Iterable[Mapping[str, Any]]) -> int:
    """What the bureau above decided about this node's returns."""
    told = 0
    for one in rows:
        if set(one) != {"id", *_COURSE}:
            raise altered()
        known = Return.objects.select_for_update().filter(id=one["id"]).first()
        if known is not None:
            course = Return(**{**_values(one), "round": known.round})
            told += _go_on(known, course, _COURSE)
    return told


def _go_on(known: Return, news: Return, names: Sequence[str]) -> int:
    """Follow the other side where its news are newer; what this side decided itself stands."""
    if news.state not in _NEXT.get(ReturnState(known.state), ()):
        return 0
    for name in names:
        setattr(known, name, getattr(news, name))
    known.save(update_fields=list(names))
    return 1


def _row(one: Mapping[str, Any]) -> Return:
    if not _ASKED <= set(one) <= _ASKED | _LATER or one["state"] not in CLOSED:
        raise altered()
    return Return(**_values(one))


def _values(one: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {name: _FIELDS[name].to_python(value) for name, value in one.items()}
    except (KeyError, TypeError, ValueError, ValidationError):
        raise altered() from None
