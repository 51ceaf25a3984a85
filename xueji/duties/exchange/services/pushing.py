"""Packages by HTTPS: the same file, the same receipt as by hand (design §5). Tried again at growing intervals.

What arrives through the door is only put down (``arrive``): a job takes it in, and the sender asks for the receipt. The
signature inside says who sent it; whoever puts down nonsense is answered like anybody with a bad file.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from json import JSONDecodeError
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from django.conf import settings
from django.db import connection, transaction

from xueji.duties.exchange import carried_duties, carried_photos, envelope, receipts
from xueji.duties.exchange.models import Acknowledged, Package, PackageState, Peer
from xueji.duties.exchange.services.exporting import (
    UP,
    duties_towards,
    export,
    file_of,
    journals_towards,
    kind_towards,
)
from xueji.duties.exchange.services.receiving import receive
from xueji.ground.accounts.context import acting_system
from xueji.ground.keys import node_keys
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Refused

PACKAGES = "/api/exchange/packages"
TIMEOUT = 30  # seconds without an answer
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(hours=1)
FULL = 200  # files that wait in the inbox; more are turned away until the job has caught up
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def inbox() -> Path:
    """Where files that came through the door wait for the job."""
    return Path(settings.XUEJI_HOME) / "exchange" / "inbox"


def arrive(parts: Iterator[bytes]) -> str:
    """Put a file down for the job; its digest. Raises ``Refused`` for what is no package, or not for this node."""
    folder = inbox()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if sum(1 for _ in folder.glob("*.xjp")) >= FULL:
        raise Refused("exchange.busy", "待接收的数据包太多，请稍后再送。")
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".arriving.")
    try:
        with os.fdopen(handle, "wb") as stream:
            size = 0
            for part in parts:
                size += len(part)
                if size > envelope.LARGEST_BODY:
                    raise envelope.bloated()
                stream.write(part)
        opened = envelope.open_head(Path(temporary))
        if opened.head.receiver != node_keys.load().code:
            raise Refused(
                "exchange.not_for_us", f"这个数据包是给节点 {opened.head.receiver} 的，不是给本节点的，已拒收。"
            )
        Path(temporary).replace(folder / f"{opened.digest}.xjp")
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return opened.digest


def take_arrived() -> int:
    """Take in what waits in the inbox, in the order of arrival; how many files."""
    files = sorted(inbox().glob("*.xjp"), key=lambda path: path.stat().st_mtime_ns) if inbox().exists() else []
    for path in files:
        receive(path)
        path.unlink()
    return len(files)


def receipt_of(digest: str) -> Any:
    """The signed answer to a package, None while there is none; for whoever asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT exchange_receipt(%s)::text", [digest])
        row = cursor.fetchone()
    return json.loads(row[0]) if row and row[0] else None


def make_due() -> int:
    """Make packages for connected nodes that lack something and have none under way; how many."""
    made = 0
    with acting_system():
        if not node_keys.exists():
            return 0
        keys = node_keys.load()
        for peer in Peer.objects.exclude(address="").order_by("code"):
            under_way = Package.objects.filter(direction="out", peer=peer.code, state=PackageState.MADE).exists()
            if not under_way and _lacks(peer, kind_towards(keys, peer)):
                export(to=peer.code)
                made += 1
    return made


def _lacks(peer: Peer, kind: str) -> bool:
    """Whether a journal, filing, course or problem went on since the node acknowledged, or a message or photo waits."""
    from xueji.duties.exchange.messages import waiting_for

    if waiting_for(peer.code):
        return True
    keys = node_keys.load()
    taken = Package.objects.filter(direction="out", peer=peer.code, state=PackageState.ACCEPTED).order_by("-number")
    known_duties = taken.values_list("duties", flat=True).first() or ""
    if carried_duties.digest_of(duties_towards(keys, peer.code, kind)) != known_duties:
        return True
    wanted = journals_towards(keys, peer.code, kind)
    known = dict(Acknowledged.objects.filter(peer=peer.code).values_list("organisation", "block_no"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation, block_no FROM journals_heads(%s::uuid[])", [wanted])
        if any(block > known.get(organisation, 0) for organisation, block in cursor.fetchall()):
            return True
    return kind == UP and carried_photos.waits(peer.code, wanted)


def push_due() -> tuple[int, int]:
    """Push every package whose time has come, and ask for receipts; (answered, tried again later)."""
    now, answered, later = environment().now(), 0, 0
    with acting_system():
        due = Package.objects.filter(direction="out", state=PackageState.MADE, next_attempt__lte=now)
        waiting = list(due.order_by("peer", "number").values_list("id", flat=True))
    for package in waiting:
        if push(package):
            answered += 1
        else:
            later += 1
    return answered, later


def push(package: Any) -> bool:
    """Push one package now, or ask for its receipt where it was put down before; whether it is answered.

    What goes wrong is noted at the package with the time of the next attempt, never raised.
    """
    with acting_system():
        row = Package.objects.get(id=package)
        address = Peer.objects.get(code=row.peer).address
    try:
        receipt = _ask(address, row.digest)
        if receipt is None:
            _send(address, file_of(row), row.digest)
            receipt = _ask(address, row.digest)
        trouble = "" if receipt is not None else "已送达，等待对方接收。"
    except (OSError, URLError, ValueError) as error:
        receipt, trouble = None, f"没有送达：{why_not(error)}"[:300]
    with acting_system(), transaction.atomic():
        if receipt is not None:
            try:
                receipts.take(receipt)
                return True
            except Refused as refused:
                trouble = refused.message
        fresh = Package.objects.select_for_update().get(id=package)
        fresh.attempts += 1
        wait = min(FIRST_WAIT * 2 ** min(fresh.attempts - 1, 12), LONGEST_WAIT)
        fresh.next_attempt, fresh.trouble = environment().now() + wait, trouble
        fresh.save(update_fields=["attempts", "next_attempt", "trouble"])
    return False


def why_not(error: Exception) -> str:
    """Why another node was not reached, in a sentence that names the remedy."""
    if isinstance(error, HTTPError):
        return f"对方没有接收（{error.code}）。请对方查看日志。"
    if isinstance(error, (OSError, JSONDecodeError, UnicodeDecodeError)):
        return "对方没有应答。请核对网址和网络，确认对方正在运行。"
    return str(error)


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
