"""Dossiers exported, changed and signed by strangers, for the tests of this room."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from xueji.duties.dossiers import services
from xueji.duties.dossiers.services import Dossier
from xueji.duties.dossiers.signing import Issuer
from xueji.duties.exchange.models import Peer, PeerKey
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.disclosure.services import ground_for
from xueji.pure.kernel.dossier import JSON, PDF
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Actor

GROUND = "学生转往外地，移交档案"


def export(actor: Actor, student: UUID, *, archive: bool = True) -> Dossier:
    """A dossier, as a ZIP unless told otherwise."""
    with acting(actor):
        return services.export_dossier(actor=actor, student=student, ground=ground_for(GROUND), archive=archive)


def files_of(archive: bytes) -> dict[str, bytes]:
    """The files of a ZIP by name."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


_PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


class Stranger(Issuer):
    """Another city's bureau with a key of its own."""

    def sign(self, message: bytes) -> bytes:
        return b"\x01" + bytes.fromhex(self.key) + _PRIVATE.sign(message)

    def trusted(self, **more: Any) -> None:
        """As ``xueji keys trust`` leaves it."""
        now = environment().now()
        with acting_system():
            peer = Peer.objects.create(code=self.code, level="city", name=self.name, trusted_at=now)
            PeerKey.objects.create(
                key_id=self.key, peer=peer, serial=1, created_at=now.isoformat(), signing_algorithm="Ed25519",
                signing=self.public, encryption_algorithm="X25519", encryption=bytes(32), learnt_at=now, **more,
            )  # fmt: skip


def stranger(code: str = "340100", name: str = "合肥市教育局") -> Stranger:
    return Stranger(code, name, _PRIVATE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def signed_elsewhere(archive: bytes, by: Stranger, change: Callable[[dict[str, Any]], None] = lambda _: None) -> bytes:
    """The PDF of a dossier whose content was changed and that a stranger signed."""
    content = json.loads(files_of(archive)[JSON])
    content["issuer"] = {"code": by.code, "name": by.name}
    change(content)
    return services._signed_files(content, by)[0][PDF]
