"""Taking a package in: checked from the outside inwards, all or nothing, answered with a signed receipt (design §5).

Nothing is opened before the signature is right; nothing is kept where any part is not as it must be. What pupils'
entries say to each other is not judged here: rules give findings, they never refuse a well-signed block.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import DataError, IntegrityError, InterfaceError, OperationalError, ProgrammingError, connection

from xueji.duties.exchange import (
    carried_duties,
    carried_photos,
    carried_remarks,
    carried_returns,
    envelope,
    findings,
    messages,
    receipts,
    transfers,
    trust,
)
from xueji.duties.exchange.contents import Reader
from xueji.duties.exchange.envelope import Opened, altered
from xueji.duties.exchange.findings import note_findings, waiting_students
from xueji.duties.exchange.models import Package, PackageState, Peer, PeerKey
from xueji.duties.exchange.services.exporting import ACROSS, UP, kind_towards
from xueji.duties.exchange.writers import own_of, writers_of
from xueji.ground.accounts.context import acting_system
from xueji.ground.journals import carrying
from xueji.ground.journals.carrying import TakenIn
from xueji.ground.keys import data_keys, node_keys, sm2
from xueji.ground.keys.node_keys import NodeKeys
from xueji.ground.organisations import carried as carried_organisations
from xueji.ground.parameters import carried as carried_parameters
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Refused
from xueji.registry.register.services import refold_carried

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a file. ``again``: it had been taken in before and changed nothing. ``receipt`` is None where no
    believable sender is named; ``counts``: entries that were new, pupils refolded, pupils that wait."""

    accepted: bool
    again: bool
    sender: str
    number: int
    digest: str
    reason: str
    message: str
    receipt: Mapping[str, Any] | None
    counts: Mapping[str, int] = field(default_factory=dict)


def receive(path: Path) -> Answer:
    """Take a package in, in transactions of its own; a refusal is written down with its reason and answered.

    Raises ``Refused`` only where this home is no node; ``OSError``, ``OperationalError`` and ``InterfaceError`` where
    the file cannot be read, the disk is full or the database fails, ``sm2.Unavailable`` where no receipt can be signed:
    then nothing is known of the package, and it can be given again. Anything unforeseen is a refusal too, or the
    package would stand before all that come after it.
    """
    with acting_system():
        keys = node_keys.load()
    opened: Opened | None = None
    try:
        opened = envelope.open_head(path)
        with acting_system():
            return _take_in(keys, opened)
    except (OSError, OperationalError, InterfaceError, sm2.Unavailable):
        raise
    except Refused as refused:
        with acting_system():
            return _refuse(keys, path, opened, refused)
    except Exception as error:
        logger.exception("package %s cannot be taken in", opened.digest if opened else path.name)
        with acting_system():
            return _refuse(keys, path, opened, _unforeseen(error))


def _unforeseen(error: Exception) -> Refused:
    name = type(error).__name__
    message = f"接收时程序出错（{name}），整包没有写入。请接收方的软件维护员查看日志并升级程序；系统会自动重送。"
    return Refused("exchange.unforeseen", message)


def _take_in(keys: NodeKeys, opened: Opened) -> Answer:
    head = opened.head
    if head.receiver != keys.code:
        raise Refused("exchange.not_for_us", f"这个数据包是给节点 {head.receiver} 的，不是给本节点的，已拒收。")
    peer = Peer.objects.select_for_update().filter(code=head.sender).first()
    if peer is None:
        raise Refused("exchange.unknown_sender", f"发送方 {head.sender} 不在本节点信任的节点之中，已拒收。")
    _check_signature(opened, peer)
    pair = keys.by_id(head.sealed_for)
    if pair is None:
        raise Refused(
            "exchange.unknown_key", "数据包是用本节点没有的密钥封装的，已拒收。请把现在的公开身份文件交给对方。"
        )
    envelope.check_body(opened)
    before = _before(keys, opened, peer)
    if before is not None:
        return before
    reader = Reader(envelope.body_lines(opened, pair))
    try:
        counts = _apply(keys, peer, reader, opened)
    except (
        IntegrityError,
        DataError,
        ProgrammingError,
    ) as error:  # well signed, yet nothing that this house would write
        raise Refused("exchange.forged", "包里的内容与数据库的约束不符，整包拒收。请发送方核验后重新导出。") from error
    receipt = receipts.write(keys, to=peer.code, number=head.number, digest=opened.digest, accepted=True)
    _write_down(opened, PackageState.ACCEPTED, contents=reader.counts, receipt=receipt)
    return Answer(True, False, peer.code, head.number, opened.digest, "", "", receipt, counts)


def _check_signature(opened: Opened, peer: Peer) -> None:
    """The key that signed must be the sender's and unrevoked; a new one may be learnt if an earlier one endorsed it."""
    if not PeerKey.objects.filter(key_id=opened.head.signed_with).exists():
        try:
            trust.learn(json.loads(opened.head.identity), code=peer.code)
        except (ValueError, RecursionError):
            raise altered() from None
    trust.check_signed(opened)
    if peer.public is None:  # trusted before public files were kept: to be passed on to nodes below
        with suppress(ValueError, RecursionError, Refused):
            trust.learn(json.loads(opened.head.identity), code=peer.code)


def _before(keys: NodeKeys, opened: Opened, peer: Peer) -> Answer | None:
    """The answer that this very package got before. Raises ``Refused`` for an old one, or one whose forerunner is not
    known here."""
    head = opened.head
    accepted = Package.objects.filter(direction="in", peer=peer.code, state=PackageState.ACCEPTED)
    same = accepted.filter(digest=opened.digest).first()
    if same is not None:
        return Answer(True, True, peer.code, head.number, opened.digest, "", "", same.receipt)
    if accepted.filter(number__gte=head.number).exists():
        raise Refused(
            "exchange.replay", f"这是较早的数据包（第 {head.number} 号），本节点已经接收过更新的，已拒收。不影响数据。"
        )
    if head.previous and not accepted.filter(digest=head.previous).exists():
        raise Refused("exchange.previous", "发送方所说本节点已确认的前一包，本节点没有，已拒收。请双方核对后重新导出。")
    return None


def _apply(keys: NodeKeys, peer: Peer, reader: Reader, opened: Opened) -> dict[str, int]:
    _plan_anew()
    reader.begin()
    above = kind_towards(keys, peer) == UP
    for one in reader.objects("peers"):
        if above:
            trust.introduce(one, by=peer.code)
    for part in reader.data_keys():
        if not data_keys.adopt(part):
            raise Refused("exchange.forged", "包里的数据密钥与本节点已有的不一致，整包拒收。请双方核对。")
    from_below = kind_towards(keys, peer) != ACROSS and opened.head.kind == UP
    taken = _take_entries(peer, reader, from_below=from_below)
    carried_organisations.take_in(taken.of_organisations)
    carried_parameters.take_in(taken.of_organisations)
    writers = writers_of(peer.code)
    _check_writers(peer, taken, writers if from_below else writers & own_of(peer.code))
    carried_returns.take_cuts(reader.objects("cuts"))
    if from_below:
        returns = carried_returns.take_upward(reader.objects("returns"), writers=writers)
    else:
        returns = carried_returns.take_downward(reader.objects("returns"))
    arrived = messages.take(reader.objects("messages"), own=keys.code, via=peer, above=above)
    for one in reader.objects("receipts"):
        _note_receipt(one)
    duties = carried_duties.take(
        reader.objects("duties"), sender=peer.code, writers=writers, own=writers_of(keys.code), from_below=from_below
    )
    photos = carried_photos.take(reader.objects("photos"), writers=writers if from_below else frozenset())
    told = list(reader.objects("findings"))
    remarks = _take_remarks(keys, peer, reader, writers=writers, from_below=from_below)
    reader.end()
    if above:
        findings.take(told, origin=peer.code, own=keys.code)
    folded = refold_carried([*taken.students, *waiting_students()])
    note_findings(folded, package=opened.digest, own=keys.code)
    for message in arrived:
        transfers.take(message)
    return {
        "entries": taken.entries,
        "known": taken.known,
        "students": folded.folded,
        "waiting": len(folded.waiting),
        "returns": returns,
        "duties": duties,
        "photos": photos,
        "remarks": remarks,
    }


def _plan_anew() -> None:
    """Let PostgreSQL plan each statement anew until the end of the transaction.

    A session that goes on with a plan made while a table was small stays with it while this package makes the table
    large: autovacuum, which would discard the plan, sees nothing before the commit, and the receipt is quadratic.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")


def _take_remarks(keys: NodeKeys, peer: Peer, reader: Reader, *, writers: frozenset[UUID], from_below: bool) -> int:
    """From below about the sender's own returns, from above its bureau's notes on this node's."""
    rows = reader.objects("remarks")
    if from_below:
        return carried_remarks.take(rows, concerned=writers, authors=writers)
    above = kind_towards(keys, peer) == UP
    concerned = writers_of(keys.code) if above else frozenset[UUID]()
    return carried_remarks.take(rows, concerned=concerned, authors=own_of(peer.code))


def _note_receipt(content: Mapping[str, Any]) -> None:
    """A receipt that is not to be believed (signed by a key revoked since) says nothing, and hinders nothing."""
    try:
        receipts.take(content)
    except Refused:
        return


def _take_entries(peer: Peer, reader: Reader, *, from_below: bool) -> TakenIn:
    blocks = reader.blocks()
    expected = sum(one.last_sequence - one.first_sequence + 1 for one in blocks)
    if expected != reader.counts["entries"]:
        raise altered()
    lines = reader.raw("entries")
    if not blocks:
        if next(lines, None) is not None:
            raise altered()
        return TakenIn(0, 0, (), (), ())
    return carrying.take_in(lines, blocks, carrier=peer.code, opens=from_below)


def _check_writers(peer: Peer, taken: TakenIn, allowed: frozenset[UUID]) -> None:
    if not set(taken.organisations) <= allowed:
        raise Refused(
            "exchange.not_writer", f"包里有不归节点 {peer.code} 管辖的学校或教育局的学籍簿，已拒收。请核对管辖范围。"
        )


def _write_down(
    opened: Opened, state: PackageState, *, contents: Mapping[str, int], receipt: Mapping[str, Any] | None
) -> None:
    head = opened.head
    Package.objects.create(
        id=environment().new_id(),
        direction="in",
        peer=head.sender,
        number=head.number,
        kind=head.kind[:16],
        digest=opened.digest,
        state=state,
        size=opened.path.stat().st_size,
        contents=dict(contents),
        receipt=receipt,
        at=environment().now(),
        answered_at=environment().now(),
    )


def _refuse(keys: NodeKeys, path: Path, opened: Opened | None, refused: Refused) -> Answer:
    """Write the refusal down, once for a file; a receipt for whoever is named as sender and trusted."""
    sender, number, kind, digest = "", 0, "", ""
    if opened is not None:
        known = Peer.objects.filter(code=opened.head.sender).exists()
        sender = opened.head.sender if known else ""
        number, kind, digest = opened.head.number % (1 << 31), opened.head.kind[:16], opened.digest
    receipt = None
    if sender:
        receipt = receipts.write(
            keys, to=sender, number=number, digest=digest, accepted=False, reason=refused.code, message=refused.message
        )
    Package.objects.create(
        id=environment().new_id(),
        direction="in",
        peer=sender,
        number=number,
        kind=kind,
        digest=digest or _digest_of(path),
        state=PackageState.REFUSED,
        reason=refused.code[:40],
        message=refused.message,
        size=path.stat().st_size,
        receipt=receipt,
        at=environment().now(),
        answered_at=environment().now(),
    )
    return Answer(False, False, sender, number, digest, refused.code, refused.message, receipt)


def _digest_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while part := stream.read(envelope.CHUNK):
            digest.update(part)
    return digest.hexdigest()


__all__ = ["Answer", "receive", "writers_of"]
