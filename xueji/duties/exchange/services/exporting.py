"""Making a package: everything that the other node has not acknowledged yet, so that a lost one heals itself."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, QuerySet

from xueji.duties.exchange import (
    carried_duties,
    carried_photos,
    carried_remarks,
    carried_returns,
    contents,
    envelope,
    identity,
    messages,
    news,
    trust,
)
from xueji.duties.exchange.contents import Contents
from xueji.duties.exchange.identity import LEVELS
from xueji.duties.exchange.models import Acknowledged, Package, PackageState, Peer
from xueji.duties.exchange.news import News
from xueji.duties.exchange.writers import writers_of
from xueji.duties.returns.models import Remark
from xueji.ground.keys import node_keys
from xueji.ground.keys.node_keys import NodeKeys
from xueji.ground.keys.sealing import canonical_json
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Refused

UP, DOWN, ACROSS = "up", "down", "across"
SUFFIX = ".xjp"
_RECEIPTS = 200  # the latest answers are told again and again: a lost package may have held them


def outbox() -> Path:
    """Where packages that were made here stand until they are answered."""
    return Path(settings.XUEJI_HOME) / "exchange" / "outbox"


def file_of(package: Package) -> Path:
    """The file of a package that was made here."""
    return outbox() / f"{package.peer}-{package.number:06d}{SUFFIX}"


def kind_towards(keys: NodeKeys, peer: Peer) -> str:
    """Which way a package to this node goes."""
    own, other = LEVELS.index(keys.level), LEVELS.index(peer.level)
    return UP if own < other else DOWN if own > other else ACROSS


def export(*, to: str, target: Path | None = None) -> Package:
    """Make the next package for a node, and leave a copy at ``target``.

    To be called in the system's own name. Raises ``Refused`` where this home is no node, or the other is not trusted.
    """
    keys = node_keys.load()
    with transaction.atomic():
        peer = Peer.objects.select_for_update().filter(code=to).first()
        if peer is None:
            raise Refused("exchange.no_peer", f"还没有信任节点 {to}，请先用 keys trust 载入其公开身份文件。")
        key = trust.receiving_key(to)
        sent = Package.objects.filter(direction="out", peer=to)
        number = (sent.aggregate(last=Max("number"))["last"] or 0) + 1
        acknowledged = sent.filter(state=PackageState.ACCEPTED).order_by("-number").first()
        told = news_towards(peer.code, kind_towards(keys, peer))
        made = _contents(keys, peer, told)
        package = Package(
            id=environment().new_id(), direction="out", peer=to, number=number, kind=kind_towards(keys, peer),
            state=PackageState.MADE, contents=made.counts(), heads=made.heads(),
            messages=made.message_ids(), duties=carried_duties.digest_of(made.duties), news=told.digest(),
            at=environment().now(),
            next_attempt=environment().now() if peer.address else None,
        )  # fmt: skip
        opened = envelope.write(
            file_of(package),
            made.lines(),
            kind=package.kind,
            sender=keys.code,
            receiver=to,
            number=number,
            previous=acknowledged.digest if acknowledged else "",
            made_at=package.at.isoformat(timespec="seconds"),
            pair=keys.current,
            sealed_for=key.key_id,
            encryption=bytes(key.encryption),
            identity=canonical_json(identity.public_file(keys)).decode(),
        )
        package.digest, package.size = opened.digest, opened.path.stat().st_size
        package.save(force_insert=True)
        sent.filter(state=PackageState.MADE, number__lt=number).update(state=PackageState.SUPERSEDED, next_attempt=None)
        carried_photos.note_sent(to, package.id, made.photos)
        carried_remarks.note_sent(to, package.id, made.remarks)
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(opened.path, target)
    return package


def _contents(keys: NodeKeys, peer: Peer, told: News) -> Contents:
    kind = kind_towards(keys, peer)
    known = dict(Acknowledged.objects.filter(peer=peer.code).values_list("organisation", "block_no"))
    wanted = journals_towards(keys, peer.code, kind)
    made = contents.of_journals(((one, known.get(one, 0)) for one in wanted), with_keys=kind == UP)
    if kind == UP:
        made.cuts, made.returns = carried_returns.upward()
        made.photos = carried_photos.to_send(peer.code, wanted)
        made.subjects = sorted({*made.subjects, *(one.student for one in made.photos)})
    elif kind == DOWN:
        made.returns = carried_returns.downward(peer.code)
    made.messages = [messages.as_json(one) for one in messages.waiting_for(peer.code)]
    made.receipts = _receipts(peer.code)
    made.duties = duties_towards(keys, peer.code, kind)
    made.remarks = list(remarks_towards(keys, peer.code, kind)[: carried_remarks.MOST])
    made.peers, made.findings = told.peers, told.findings
    return made


def news_towards(peer: str, kind: str) -> News:
    """Findings and news of keys for a node below; none to any other."""
    return news.downward(peer) if kind == DOWN else News()


def duties_towards(keys: NodeKeys, peer: str, kind: str) -> list[Mapping[str, Any]]:
    """Filings, courses, problems and reopenings for a node above or below; none to a neighbour."""
    if kind == UP:
        return carried_duties.upward(keys.code)
    return carried_duties.downward(keys.code, writers_of(peer)) if kind == DOWN else []


def remarks_towards(keys: NodeKeys, peer: str, kind: str) -> QuerySet[Remark]:
    """Explanations and notes on returns that a node above or below lacks; none for a neighbour."""
    if kind == UP:
        return carried_remarks.upward(keys.code, peer)
    return carried_remarks.downward(keys.code, peer) if kind == DOWN else Remark.objects.none()


def journals_towards(keys: NodeKeys, peer: str, kind: str) -> list[UUID]:
    """Upward every journal that does not come from there; downward the bureau's own alone; none to a neighbour."""
    if kind == ACROSS:
        return []
    if kind == DOWN:
        return list(Organisation.objects.filter(code=keys.code).values_list("id", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.organisation FROM journals_block AS b LEFT JOIN journals_carried AS c"
            " ON c.organisation = b.organisation WHERE b.block_no = 1 AND c.carrier IS DISTINCT FROM %s ORDER BY 1",
            [peer],
        )
        return [row[0] for row in cursor.fetchall()]


def _receipts(peer: str) -> list[Mapping[str, Any]]:
    """The latest answers to the other side's packages, oldest first."""
    answered = Package.objects.filter(direction="in", peer=peer, receipt__isnull=False).order_by("-at")[:_RECEIPTS]
    return [one.receipt for one in reversed(answered) if one.receipt is not None]
