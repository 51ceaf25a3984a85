"""Packages by HTTPS: the same file, the same receipt as by hand (design §5). Tried again at growing intervals.

What cannot be delivered is pushed again, what was refused is made anew with all that it held; each refusal or failure
doubles the wait, up to an hour. The other side of the door is ``arriving``.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from json import JSONDecodeError
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from django.db import connection, transaction
from django.db.models import Count, Max

from xueji.duties.exchange import carried_duties, carried_photos, receipts
from xueji.duties.exchange.models import Acknowledged, Package, PackageState, Peer
from xueji.duties.exchange.services.exporting import (
    UP,
    duties_towards,
    export,
    file_of,
    journals_towards,
    kind_towards,
    news_towards,
    remarks_towards,
)
from xueji.ground.accounts.context import acting_system
from xueji.ground.keys import node_keys
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Refused

PACKAGES = "/api/exchange/packages"
TIMEOUT = 30  # seconds without an answer
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(hours=1)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LATER = ("exchange.busy", "exchange.unreachable")  # the same package is pushed again


def make_due(*, now: bool = False) -> int:
    """Make packages for connected nodes that lack something and have none under way; how many.

    After a refusal the next one waits, longer each time until one is accepted; ``now``: not this time.
    """
    made = 0
    with acting_system():
        if not node_keys.exists():
            return 0
        keys = node_keys.load()
        for peer in Peer.objects.exclude(address="").order_by("code"):
            under_way = Package.objects.filter(direction="out", peer=peer.code, state=PackageState.MADE).exists()
            rests = under_way or (not now and environment().now() < next_after_refusals(peer.code))
            if not rests and _lacks(peer, kind_towards(keys, peer)):
                export(to=peer.code)
                made += 1
    return made


def next_after_refusals(peer: str) -> datetime:
    """When the next package may be made for a node that refused the latest ones; in the past where it did not."""
    sent = Package.objects.filter(direction="out", peer=peer)
    accepted = sent.filter(state=PackageState.ACCEPTED).aggregate(last=Max("number"))["last"] or 0
    refused = sent.filter(state=PackageState.REFUSED, number__gt=accepted).aggregate(
        count=Count("id"), last=Max("answered_at")
    )
    if not refused["count"]:
        return datetime.min.replace(tzinfo=UTC)
    last: datetime = refused["last"]
    return last + wait_after(refused["count"])


def wait_after(attempts: int) -> timedelta:
    """How long the next attempt waits after so many that failed."""
    wait: timedelta = FIRST_WAIT * 2 ** min(attempts - 1, 12)
    return min(wait, LONGEST_WAIT)


def _lacks(peer: Peer, kind: str) -> bool:
    """Whether a journal, filing, course, problem, reopening, finding or key went on since the node acknowledged, or a
    message, photo, explanation or note waits."""
    from xueji.duties.exchange.messages import waiting_for

    if waiting_for(peer.code):
        return True
    keys = node_keys.load()
    taken = Package.objects.filter(direction="out", peer=peer.code, state=PackageState.ACCEPTED).order_by("-number")
    known_duties, known_news = taken.values_list("duties", "news").first() or ("", "")
    if carried_duties.digest_of(duties_towards(keys, peer.code, kind)) != known_duties:
        return True
    if news_towards(peer.code, kind).digest() != known_news or remarks_towards(keys, peer.code, kind).exists():
        return True
    wanted = journals_towards(keys, peer.code, kind)
    known = dict(Acknowledged.objects.filter(peer=peer.code).values_list("organisation", "block_no"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation, block_no FROM journals_heads(%s::uuid[])", [wanted])
        if any(block > known.get(organisation, 0) for organisation, block in cursor.fetchall()):
            return True
    return kind == UP and carried_photos.waits(peer.code, wanted)


def push_due(*, now: bool = False) -> tuple[int, int]:
    """Push every package whose time has come, and ask for receipts; (answered, tried again later).

    ``now``: also those whose time has not come.
    """
    answered, later = 0, 0
    with acting_system():
        due = Package.objects.filter(direction="out", state=PackageState.MADE, next_attempt__isnull=False)
        if not now:
            due = due.filter(next_attempt__lte=environment().now())
        waiting = list(due.order_by("peer", "number").values_list("id", flat=True))
    for package in waiting:
        if push(package):
            answered += 1
        else:
            later += 1
    return answered, later


def push(package: Any) -> bool:
    """Push one package now, or ask for its receipt where it was put down before; whether it is answered.

    What goes wrong is noted at the package with the time of the next attempt, never raised. What the other side's door
    turned away is refused: the next package holds all that this one did.
    """
    with acting_system():
        row = Package.objects.get(id=package)
        address = Peer.objects.get(code=row.peer).address
    receipt, turned_away = None, None
    try:
        receipt = _ask(address, row.digest)
        if receipt is None:
            _send(address, file_of(row), row.digest)
            receipt = _ask(address, row.digest)
        trouble = "" if receipt is not None else "已送达，等待对方接收。"
    except HTTPError as error:
        said = refusal_of(error)
        trouble = f"没有送达：{said.message}"[:300]
        turned_away = said if said.code not in _LATER else None
    except (OSError, URLError, ValueError) as error:
        trouble = f"没有送达：{why_not(error)}"[:300]
    with acting_system(), transaction.atomic():
        if receipt is not None:
            try:
                receipts.take(receipt)
                return True
            except Refused as refused:
                trouble = refused.message
        fresh = Package.objects.select_for_update().get(id=package)
        fresh.attempts += 1
        fresh.next_attempt, fresh.trouble = environment().now() + wait_after(fresh.attempts), trouble
        if turned_away is not None:
            fresh.state, fresh.reason, fresh.message = PackageState.REFUSED, turned_away.code[:40], turned_away.message
            fresh.answered_at, fresh.next_attempt, fresh.trouble = environment().now(), None, ""
        fresh.save()
    return turned_away is not None


def why_not(error: Exception) -> str:
    """Why another node was not reached, in a sentence that names the remedy."""
    if isinstance(error, HTTPError):
        return refusal_of(error).message
    if isinstance(error, (OSError, JSONDecodeError, UnicodeDecodeError)):
        return "对方没有应答。请核对网址和网络，确认对方正在运行。"
    return str(error)


def refusal_of(error: HTTPError) -> Refused:
    """The other node's own sentence where it gave one; else that it failed (``exchange.unreachable``)."""
    with suppress(OSError, KeyError, TypeError, ValueError):
        value = json.loads(error.read(1 << 16))
        return Refused(str(value["code"])[:40], str(value["message"])[:500])
    return Refused("exchange.unreachable", f"对方节点出错（{error.code}），没有接收。请对方的软件维护员查看日志。")


def url_at(address: str, rest: str) -> str:
    """Only TLS leaves this machine."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ValueError("对方网址必须以 https:// 开头。")
    return address.rstrip("/") + rest


def _ask(address: str, digest: str) -> Any:
    request = Request(url_at(address, f"{PACKAGES}/{digest}"))  # noqa: S310  (scheme checked)
    with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
        value = json.loads(answer.read(1 << 20))
    return value.get("receipt") if isinstance(value, dict) else None


def _send(address: str, file: Path, digest: str) -> None:
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(file.stat().st_size)}
    with file.open("rb") as stream:
        request = Request(url_at(address, PACKAGES), data=stream, headers=headers, method="POST")  # noqa: S310
        with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            value = json.loads(answer.read(1 << 16))
    if value.get("package") != digest:
        raise ValueError("对方没有确认收到的是同一个数据包。")
