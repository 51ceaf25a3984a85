"""节点与数据包: this node and those that it trusts, what went out and came in, what was refused and why. To be read."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from xueji.doors.web.actors import actor_of
from xueji.doors.web.help import help_for
from xueji.doors.web.manage.reconciling import head
from xueji.doors.web.places import BUREAU_POSTS
from xueji.duties.exchange import selectors, transfers
from xueji.duties.exchange.models import Package, PackageState
from xueji.ground.keys import node_keys

_KINDS = {"up": "上行", "down": "下行", "across": "平行"}
_COLOURS = {PackageState.MADE: "progress", PackageState.ACCEPTED: "done", PackageState.REFUSED: "wrong"}


def exchange(request: HttpRequest) -> HttpResponse:
    """One page: node and keys, the queue, packages of both directions with their answers, comparisons, pupils in
    transit."""
    actor = actor_of(request)
    keys = node_keys.load() if node_keys.exists() else None
    names = selectors.peer_names()
    sent, received = selectors.packages("out"), selectors.packages("in")
    bureau = actor.role in BUREAU_POSTS
    context = {
        "node": {"code": keys.code, "fingerprint": keys.current.public.fingerprint} if keys else None,
        "keys": [{**_key(one), "own": one.own} for one in selectors.known_keys()],
        "queue": [_row(one, names) for one in sent if one.state == PackageState.MADE],
        "sent": [_row(one, names) for one in sent if one.state != PackageState.MADE],
        "received": [_row(one, names) for one in received],
        "reconciled": [head(one, names) for one in selectors.reconciliations()] if bureau else None,
        "in_transit": len(transfers.in_transit()) if bureau else None,
        "help": help_for("exchange"),
    }
    return render(request, "manage/exchange.html", context)


def _key(one: selectors.KnownKey) -> dict[str, Any]:
    if one.revoked_on:
        state = ("wrong", f"已于 {one.revoked_on} 吊销：{one.reason}")
    else:
        state = ("done", "使用中") if one.current else ("open", "已更换，只用于打开旧包")
    return {
        "whose": f"{one.name}（{one.code}）",
        "fingerprint": one.fingerprint,
        "created_at": one.created_at[:10],
        "state": state[0],
        "state_text": state[1],
    }


def _row(one: Package, names: dict[str, str]) -> dict[str, Any]:
    return {
        "peer": names.get(one.peer, one.peer) or "无法确认",
        "number": one.number or "—",
        "kind": _KINDS.get(one.kind, "—"),
        "at": one.at,
        "answered_at": one.answered_at,
        "entries": one.contents.get("entries", 0),
        "size": one.size,
        "state": _COLOURS[PackageState(one.state)],
        "state_text": PackageState(one.state).label,
        "message": one.message or one.trouble,
        "next_attempt": one.next_attempt,
        "digest": one.digest,
    }
