"""What people do on the page of nodes and packages: keys by the security administrator, packages by the bureau.

Each act is written down with who did it (``NodeAct``). The same is done by commands in the system's own name by
whoever keeps the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import transaction

from xueji.duties.exchange import identity, trust
from xueji.duties.exchange.models import NodeAct, Package, PackageState, Peer
from xueji.duties.exchange.services import arriving
from xueji.duties.exchange.tasks import make, push_now, take_arrived
from xueji.duties.exchange.trust import Trusted
from xueji.duties.exchange.writers import own_of
from xueji.ground.keys import node_keys
from xueji.ground.keys.node_keys import NodeKeys
from xueji.ground.keys.signatures import ED25519, chosen
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Actor, Refused, Role

KEEPERS = frozenset({Role.SECURITY_ADMIN})
CARRIERS = frozenset({Role.CLERK, Role.HEAD})


@transaction.atomic
def begin_node(*, actor: Actor, signing: str = "") -> NodeKeys:
    """Make this home the node of the actor's bureau, which signs by ``signing``, '' by Ed25519.

    Raises ``Refused`` where it is one already, or cannot sign so.
    """
    _require(actor, KEEPERS, "节点密钥由安全管理员管理", node=False)
    own = organisations.by_id(actor.organisation)
    algorithm = chosen(signing or ED25519.option)
    _write_down(actor, "begin", own.code, algorithm.words)
    return identity.init(level=own.level, code=own.code, signing=algorithm)


@transaction.atomic
def trust_node(*, actor: Actor, content: Any, fingerprint: str, replace: bool = False) -> Trusted:
    """Believe a node's public file whose fingerprint was read out by telephone. Raises ``Refused`` as ``trust``."""
    _require(actor, KEEPERS, "节点密钥由安全管理员管理")
    if not fingerprint.strip():
        raise Refused("keys.fingerprint", "请填写对方电话报来的指纹，逐组核对后再信任。")
    done = trust.trust(content, fingerprint=fingerprint, replace=replace)
    _write_down(actor, "replace" if replace else "trust", done.code, done.fingerprint)
    return done


@transaction.atomic
def rotate_keys(*, actor: Actor, lost: str = "", signing: str = "") -> NodeKeys:
    """A new pair of keys; ``lost``: why the present one is not to be believed any more.

    ``signing``: by which algorithm it signs, '' as before. Raises ``Refused`` where this machine cannot sign so.
    """
    _require(actor, KEEPERS, "节点密钥由安全管理员管理")
    before = node_keys.load().current.public
    algorithm = chosen(signing) if signing else before.algorithm
    said = [lost.strip(), f"签名算法：{algorithm.words}" if algorithm is not before.algorithm else ""]
    _write_down(actor, "lost" if lost.strip() else "rotate", before.key_id, "，".join(filter(None, said)))
    return node_keys.rotate(lost=lost.strip() or None, signing=algorithm)


@transaction.atomic
def revoke_key(*, actor: Actor, key: str, reason: str) -> None:
    """Believe a key of another node no more. Raises ``Refused`` without a reason, or for a key that is not known."""
    _require(actor, KEEPERS, "节点密钥由安全管理员管理")
    if not reason.strip():
        raise Refused("reason_missing", "请写明吊销的原因，对方和下级节点都会看到。")
    trust.revoke(key=key, reason=reason.strip())
    _write_down(actor, "revoke", key, reason.strip())


@transaction.atomic
def export_public(*, actor: Actor, address: str = "") -> dict[str, Any]:
    """This node's public file, to be given to another node; ``address``: where that one may push packages."""
    _require(actor, KEEPERS, "公开身份文件由安全管理员写出")
    keys = node_keys.load()
    _write_down(actor, "public", keys.code, address.strip())
    return identity.public_file(keys, address=address.strip())


@transaction.atomic
def order_package(*, actor: Actor, peer: str) -> None:
    """Have a package made for a trusted node: a job makes it, then it is fetched as a file. Raises ``Refused``."""
    _require(actor, CARRIERS, "数据包由教育局经办人或负责人收发")
    if not Peer.objects.filter(code=peer).exists():
        raise Refused("exchange.no_peer", f"还没有信任节点 {peer}，请先由安全管理员载入其公开身份文件。")
    trust.receiving_key(peer)
    _write_down(actor, "order", peer)
    make.defer(peer=peer)


@transaction.atomic
def order_push(*, actor: Actor) -> None:
    """Have all that waits pushed now."""
    _require(actor, CARRIERS, "数据包由教育局经办人或负责人收发")
    _write_down(actor, "push", node_keys.load().code)
    push_now.defer()


@transaction.atomic
def put_down(*, actor: Actor, parts: Iterator[bytes]) -> str:
    """Put a package or a receipt that came as a file down for the job; ``package`` or ``receipt``.

    It is judged as at the door. Raises ``Refused``.
    """
    _require(actor, CARRIERS, "数据包由教育局经办人或负责人收发")
    first = next(parts, b"")
    if first.lstrip().startswith(b"{"):
        raw = first + b"".join(parts)
        arriving.arrive_receipt(raw)
        kind, about = "receipt", ""
    else:
        kind, about = "package", arriving.arrive(_again(first, parts))
    _write_down(actor, f"upload_{kind}", about)
    take_arrived.defer()
    return kind


def _again(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


@transaction.atomic
def fetch_package(*, actor: Actor, package: UUID) -> Package:
    """A package that was made here and has no answer yet, to be carried as a file. Raises ``Refused``."""
    _require(actor, CARRIERS, "数据包由教育局经办人或负责人收发")
    found = Package.objects.filter(id=package, direction="out", state=PackageState.MADE).first()
    if found is None:
        raise Refused("exchange.no_package", "没有这个待回执的数据包，可能已经有回执，或由后一包代替。请刷新后再看。")
    _write_down(actor, "fetch", found.peer, f"第 {found.number} 号")
    return found


def _require(actor: Actor, roles: frozenset[Role], words: str, *, node: bool = True) -> None:
    if actor.role not in roles:
        raise Refused("not_your_step", f"{words}，您现在的岗位不能办理。")
    if node and actor.organisation not in own_of(node_keys.load().code):
        raise Refused("not_your_step", "由本节点的教育局办理，您现在的岗位不能办理。")


def _write_down(actor: Actor, act: str, about: str, detail: str = "") -> None:
    NodeAct.objects.create(
        id=environment().new_id(), at=environment().now(), organisation=actor.organisation, person=actor.person,
        role=actor.role.value, act=act, about=about[:64], detail=detail[:500],
    )  # fmt: skip
