"""What a node above tells those below beside journals and outcomes: findings, and news of other nodes' keys.

All of it stands in every package, few lines as it is; one is made when it is not what the receiver last acknowledged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xueji.duties.exchange import findings
from xueji.duties.exchange.models import Peer, PeerKey
from xueji.duties.exchange.trust import REVOCATION
from xueji.duties.exchange.writers import writers_of
from xueji.ground.keys.sealing import canonical_json


@dataclass(frozen=True, slots=True)
class News:
    """``peers``: public files of other nodes, and keys revoked here; ``findings``: of the receiver's pupils."""

    peers: Sequence[Mapping[str, Any]] = ()
    findings: Sequence[Mapping[str, Any]] = ()

    def digest(self) -> str:
        """SHA-256 (hex); '' where there is none."""
        lines = [*self.peers, *self.findings]
        return hashlib.sha256(b"\n".join(map(canonical_json, lines))).hexdigest() if lines else ""


def downward(peer: str) -> News:
    """The news for a node below."""
    others = list(Peer.objects.exclude(code=peer).order_by("code"))
    files: list[Mapping[str, Any]] = [one.public for one in others if one.public]
    revoked = PeerKey.objects.filter(peer__in=others, revoked_on__isnull=False)  # whoever can check its file or not
    revocations = [
        {"format": REVOCATION, "code": one.peer_id, "key": one.key_id, "on": str(one.revoked_on), "reason": one.reason}
        for one in revoked.order_by("peer_id", "serial")
    ]
    return News([*files, *revocations], findings.downward(writers_of(peer)))
