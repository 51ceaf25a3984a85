"""Packages that other machines put down at the door: judged by the signed head before anything of the body is kept.

What is put down (``arrive``) is taken in by a job (``take_arrived``); the sender asks for the receipt. What the door
itself turned away is told to who stands there, and written down for this side's page by the same job.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from xueji.duties.exchange import envelope, receipts, trust
from xueji.duties.exchange.envelope import Opened
from xueji.duties.exchange.models import Package, PackageState, Peer
from xueji.duties.exchange.services import LARGEST_RECEIPT, take_receipt
from xueji.duties.exchange.services.receiving import receive
from xueji.ground.accounts.context import acting_system
from xueji.ground.keys import node_keys, sm2
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Refused

logger = logging.getLogger(__name__)

FULL = 200  # files that wait in the inbox; more are turned away until the job has caught up
SPARE = 1 << 30  # bytes of disk that stay free whatever is announced
DRAINED = 256 << 20  # bytes that are read and thrown away, so that the sender hears why
_LARGEST_HEAD = len(envelope.MAGIC) + 4 + envelope.LARGEST_HEAD + node_keys.SIGNATURE
_LARGEST_NOTES = 64 << 10  # bytes of what is noted of those turned away between two jobs
_SAID_AGAIN = timedelta(hours=1)  # the same sender and reason are written down once in this time


def _folder() -> Path:
    return Path(settings.XUEJI_HOME) / "exchange"


def inbox() -> Path:
    """Where files that came through the door wait for the job."""
    return _folder() / "inbox"


def arrive(parts: Iterator[bytes]) -> str:
    """Put a file down for the job; its digest.

    Raises ``Refused`` for what is no package of a trusted node for this one, or is not of the size that it announces:
    of the body nothing is kept before the head is believed, and never more than the head says.
    """
    folder = inbox()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".arriving.")
    opened: Opened | None = None
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(_head_of(parts))
            stream.flush()
            opened = envelope.open_head(Path(temporary))
            _check(opened, folder)
            if _accepted(opened.digest):
                Path(temporary).unlink()
                return opened.digest
            _keep(stream, parts, opened)
        Path(temporary).replace(folder / f"{opened.digest}.xjp")
    except Refused as refused:
        Path(temporary).unlink(missing_ok=True)
        _note(opened, refused)
        _drain(parts)
        raise
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return opened.digest


def _head_of(parts: Iterator[bytes]) -> bytes:
    """The first parts, until a whole head must be among them."""
    found = bytearray()
    for part in parts:
        found += part
        if len(found) >= _LARGEST_HEAD:
            break
    return bytes(found)


def _check(opened: Opened, folder: Path) -> None:
    head = opened.head
    if head.receiver != node_keys.load().code:
        raise Refused("exchange.not_for_us", f"这个数据包是给节点 {head.receiver[:16]} 的，不是给本节点的，已拒收。")
    trust.check_at_door(opened)
    if not 0 < head.body_bytes <= envelope.LARGEST_BODY:
        raise envelope.bloated()
    if sum(1 for _ in folder.glob("*.xjp")) >= FULL:
        raise Refused("exchange.busy", "待接收的数据包太多，请稍后再送。")
    if shutil.disk_usage(folder).free < head.body_bytes + SPARE:
        raise Refused("exchange.busy", "接收方的磁盘空间不足，没有接收。请接收方清理磁盘，系统会自动重送。")


def _keep(stream: Any, parts: Iterator[bytes], opened: Opened) -> None:
    whole = opened.body_at + opened.head.body_bytes
    if stream.tell() > whole:
        raise envelope.bloated()
    for part in parts:
        if stream.tell() + len(part) > whole:
            raise envelope.bloated()
        stream.write(part)
    if stream.tell() < whole:
        raise envelope.truncated()


def _drain(parts: Iterator[bytes]) -> None:
    """Who is interrupted while he sends does not hear the answer."""
    seen = 0
    with suppress(OSError):
        for part in parts:
            seen += len(part)
            if seen > DRAINED:
                return


def _accepted(digest: str) -> bool:
    """Whether it was taken in before: then its receipt waits, and its body is not needed again."""
    receipt = receipt_of(digest)
    return bool(receipt and receipt.get("accepted"))


def receipt_of(digest: str) -> Any:
    """The signed answer to a package, None while there is none; for whoever asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT exchange_receipt(%s)::text", [digest])
        row = cursor.fetchone()
    return json.loads(row[0]) if row and row[0] else None


def _note(opened: Opened | None, refused: Refused) -> None:
    """Note who was turned away, for the job to write down: whoever stands at the door may not write in the database."""
    logger.warning("a package was turned away at the door: %s", refused.code)
    line: dict[str, Any] = {"reason": refused.code, "message": refused.message[:300]}
    if opened is not None:
        head = opened.head
        line |= {"sender": head.sender, "number": head.number, "kind": head.kind, "digest": opened.digest}
        line["size"] = opened.body_at + max(0, min(head.body_bytes, envelope.LARGEST_BODY))
    notes = _folder() / "turned-away.jsonl"
    with suppress(OSError):
        if not notes.exists() or notes.stat().st_size < _LARGEST_NOTES:
            with notes.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")


def arrive_receipt(raw: bytes) -> None:
    """Put a receipt that came as a file down for the job. Raises ``Refused`` for what is none for this node."""
    try:
        value = json.loads(raw)
        fits = len(raw) <= LARGEST_RECEIPT and value["format"] == receipts.FORMAT
    except (KeyError, TypeError, ValueError, RecursionError):
        fits = False
    if not fits:
        raise Refused("exchange.receipt", "这不是数据包，也不是回执。请核对文件。")
    if value.get("to") != node_keys.load().code:
        raise Refused("exchange.receipt", "这不是给本节点的回执。")
    folder = _receipts()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if sum(1 for _ in folder.glob("*.json")) >= FULL:
        raise Refused("exchange.busy", "待登记的回执太多，请稍后再交。")
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".arriving.")
    with os.fdopen(handle, "wb") as stream:
        stream.write(raw)
    Path(temporary).replace(folder / f"{hashlib.sha256(raw).hexdigest()}.json")


def _receipts() -> Path:
    return _folder() / "receipts"


def _take_receipts() -> None:
    for path in sorted(_receipts().glob("*.json")) if _receipts().exists() else []:
        try:
            with acting_system():
                take_receipt(path)
        except sm2.Unavailable as error:  # it stays for the next time
            logger.warning("receipt %s cannot be checked now: %s", path.name, error)
            continue
        except Refused as refused:
            _note(None, refused)
        path.unlink(missing_ok=True)


def take_arrived() -> int:
    """Take in what waits in the inbox, in the order of arrival; how many files. Receipts that came as files first.

    A file that cannot be taken in now (disk, database or openssl fail) stays for the next time and holds up no other.
    """
    _take_receipts()
    _write_down_turned_away()
    files = sorted(inbox().glob("*.xjp"), key=_arrived_at) if inbox().exists() else []
    taken = 0
    for path in files:
        try:
            receive(path)
            path.unlink(missing_ok=True)
        except (OSError, OperationalError, InterfaceError, sm2.Unavailable):
            logger.exception("package %s cannot be taken in now; it stays in the inbox", path.name)
        else:
            taken += 1
    return taken


def _arrived_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # another job took it
        return 0


def _lines(notes: Path) -> Iterator[dict[str, Any]]:
    for line in notes.read_text(encoding="utf-8", errors="replace").splitlines():
        with suppress(ValueError):  # a process ended while it wrote
            yield json.loads(line)


def _write_down_turned_away() -> None:
    """A line a sender and reason, so that a stranger at the door cannot fill the page."""
    notes, taken = _folder() / "turned-away.jsonl", _folder() / ".turned-away"
    with suppress(FileNotFoundError):
        notes.replace(taken)
    if not taken.exists():
        return
    with acting_system():
        known = set(Peer.objects.values_list("code", flat=True))
        now = environment().now()
        recent = Package.objects.filter(direction="in", state=PackageState.REFUSED, at__gt=now - _SAID_AGAIN)
        said = set(recent.values_list("peer", "reason"))
        for one in _lines(taken):
            sender = one.get("sender", "") if one.get("sender") in known else ""
            if (sender, one["reason"]) in said:
                continue
            said.add((sender, one["reason"]))
            Package.objects.create(
                id=environment().new_id(), direction="in", peer=sender, number=int(one.get("number", 0)) % (1 << 31),
                kind=str(one.get("kind", ""))[:16], digest=one.get("digest", ""), state=PackageState.REFUSED,
                reason=one["reason"][:40], message=one["message"], size=one.get("size", 0), at=now, answered_at=now,
            )  # fmt: skip
    taken.unlink()
