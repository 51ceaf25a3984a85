"""Who this node is: its organisation, its keys, and the public file by which other nodes know it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xueji.ground.keys import node_keys
from xueji.ground.keys.node_keys import NodeKeys, PublicPair
from xueji.ground.keys.sealing import canonical_json
from xueji.ground.keys.signatures import ED25519, Algorithm
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.types import Level, Refused

FORMAT = "xueji-node-public-1"
LARGEST = 256 * 1024  # bytes of a public file
#: Levels that can have a node of their own, from below; a school's node sees nobody but itself.
LEVELS = (Level.SCHOOL, Level.DISTRICT, Level.CITY)


@dataclass(frozen=True, slots=True)
class PublicNode:
    """What a public file says: organisation, its pairs of keys from the oldest, and which of them it revoked.

    ``content``: the file itself.
    """

    level: str
    code: str
    name: str
    address: str
    pairs: tuple[PublicPair, ...]
    revoked: Mapping[str, tuple[str, str]]
    content: Mapping[str, Any]

    @property
    def current(self) -> PublicPair:
        return self.pairs[-1]


def init(*, level: str, code: str, signing: Algorithm = ED25519) -> NodeKeys:
    """Make this home the node of an organisation, whose keys sign by ``signing``.

    Raises ``Refused`` where it is one already, or where the register knows the code as another level's.
    """
    if level not in LEVELS:
        raise Refused("node.level", "节点的级别只能是 school、district 或 city。")
    width = 11 if level == Level.SCHOOL else 6
    if len(code) != width or not code.isdigit():
        raise Refused("node.code", f"代码 {code} 不对：学校为 11 位学校代码，教育局为 6 位区划代码。")
    known = Organisation.objects.filter(code=code).first()
    if known is not None and known.level != level:
        raise Refused("node.level", f"{known.name}不是这一级的单位，请核对 --level 和 --org。")
    return node_keys.create(level, code, signing=signing)


def name_of(code: str) -> str:
    """The organisation's name where the register knows it, else its code."""
    return Organisation.objects.filter(code=code).values_list("name", flat=True).first() or code


def public_file(keys: NodeKeys, *, address: str = "") -> dict[str, Any]:
    """The public file's content, signed with the current key."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "level": keys.level,
        "code": keys.code,
        "name": name_of(keys.code),
        "address": address,
        "keys": [pair.public.to_json() for pair in keys.pairs],
        "revoked": [{"key": key, "on": on, "reason": why} for key, (on, why) in sorted(keys.revoked.items())],
    }
    content["signature"] = base64.b64encode(keys.current.sign(_message(content))).decode()
    return content


def read_public(content: Any) -> PublicNode:
    """A public file that holds together: its own signature is right. Whether it is trusted is ``trust``'s matter."""
    try:
        if content["format"] != FORMAT or not content["keys"]:
            raise ValueError("not a public file")
        pairs = tuple(node_keys.public_pair(one) for one in content["keys"])
        revoked = {str(one["key"]): (str(one["on"]), str(one["reason"])) for one in content["revoked"]}
        made = PublicNode(
            str(content["level"]), str(content["code"]), str(content["name"]), str(content["address"]), pairs, revoked,
            content,
        )  # fmt: skip
        signature = base64.b64decode(content["signature"], validate=True)
    except (KeyError, TypeError, ValueError):
        raise Refused("keys.not_public", "这不是节点的公开身份文件，或其中有本版本不认识的算法。") from None
    if not node_keys.verify(made.current.signing, _message(content), signature):
        raise Refused("keys.not_public", "公开身份文件的签名不符，文件可能被改动过，请向对方重新索取。")
    return made


def read_public_file(path: Path) -> Any:
    """The JSON of a public file. Raises ``Refused`` where it cannot be read."""
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError("too large")
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Refused("keys.not_public", f"读不出公开身份文件：{path}") from None


def _message(content: Mapping[str, Any]) -> bytes:
    return canonical_json({name: value for name, value in content.items() if name != "signature"})
