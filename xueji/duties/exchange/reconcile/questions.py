"""A question to a node at a distance, and its answer, as they are written (issue 4 "Reconciliation").

A question is JSON signed by the asking node; the answer is an envelope sealed for it, whose ``previous`` names the
question. UUIDs stand as ``{"$": …}``; nothing else has two forms.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from xueji.duties.exchange.models import PeerKey
from xueji.duties.exchange.reconcile.digests import QUESTIONS
from xueji.duties.exchange.reconcile.entries import Row
from xueji.ground.keys import node_keys
from xueji.ground.keys.node_keys import NodeKeys
from xueji.ground.keys.sealing import canonical_json
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Refused

FORMAT = "xueji-question-1"
ANSWER = "answer"  # kind of the envelope
LARGEST = 4 << 20  # bytes of a question
OPENED, OPENED_FIELDS = "opened", "opened_fields"
#: What may be asked; sealed parts are opened where they are and answered as digests.
ASKABLE = frozenset(QUESTIONS) - {"sealed", "photos", "sealed_state", "sealed_state_of"} | {OPENED, OPENED_FIELDS}
_PARTS = {"organisation": UUID, "sequences": int, "students": UUID}


@dataclass(frozen=True, slots=True)
class Question:
    """``digest`` names it; ``sender``, ``receiver``: codes of nodes."""

    digest: str
    sender: str
    receiver: str
    name: str
    values: Mapping[str, Any]


def write(keys: NodeKeys, *, to: str, name: str, values: Mapping[str, Any]) -> bytes:
    """A question signed by this node. ``asked`` makes it another than the same of before, whose answer lies there."""
    content = {
        "format": FORMAT,
        "from": keys.code,
        "to": to,
        "asked": str(environment().new_id()),
        "question": name,
        "values": _plain(dict(values)),
    }
    signature = base64.b64encode(keys.current.sign(canonical_json(content))).decode()
    return canonical_json({**content, "signature": signature})


def digest_of(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def read(raw: bytes) -> Question:
    """A question whose form is right; who signed it is ``check_signed``'s matter."""
    try:
        value = json.loads(raw, object_hook=_uuids)
        if value["format"] != FORMAT or value["question"] not in ASKABLE:
            raise ValueError("not a question")
        for name, given in value["values"].items():
            for one in given if isinstance(given, list) else [given]:
                if type(one) is not _PARTS[name]:
                    raise TypeError(name)
        return Question(digest_of(raw), str(value["from"]), str(value["to"]), value["question"], dict(value["values"]))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise Refused("exchange.question", "这不是本版本认识的核对问题，没有回答。请双方升级到同一版本。") from None


def check_signed(raw: bytes, question: Question) -> None:
    """The question must be signed by a known, unrevoked key of its sender. In the system's own name."""
    try:
        value = json.loads(raw)
        signature = base64.b64decode(value.pop("signature"), validate=True)
    except (KeyError, TypeError, ValueError, AttributeError):
        signature, value = b"", {}
    key = PeerKey.objects.filter(
        peer_id=question.sender, key_id=node_keys.signer(signature), revoked_on__isnull=True
    ).first()
    if key is None or not node_keys.verify(bytes(key.signing), canonical_json(value), signature):
        raise Refused("exchange.bad_signature", "核对问题不是由受信任节点签名的，没有回答。请双方核对密钥。")


def lines(rows: Iterable[Row]) -> Iterator[bytes]:
    """Rows of an answer: their number, then a line each."""
    held = list(rows)
    yield str(len(held)).encode()
    for row in held:
        yield json.dumps(_plain(list(row)), ensure_ascii=False).encode()


def rows_of(found: Iterator[bytes]) -> list[Row]:
    """What ``lines`` wrote. Raises ``ValueError`` where it is not whole."""
    count = int(next(found))
    rows = [tuple(json.loads(line, object_hook=_uuids)) for line in found]
    if len(rows) != count:
        raise ValueError("not whole")
    return rows


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return {"$": str(value)}
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def _uuids(value: dict[str, Any]) -> Any:
    return UUID(value["$"]) if value.keys() == {"$"} else value
