"""Why something is sent back or refused: a line of the rulebook's list, and free text beside it.

The code stands in clear, so that it can be counted; the words are sealed: what an official writes may name a number
or an address (invariant 13).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import open_, seal
from xueji.ground.parameters.selectors import rulebook
from xueji.pure.kernel.types import Refused

_PLACE = b"reason"
#: The code tables that hold the lists, by act.
TABLES = {"send_back": "send_back_reason", "refuse": "refusal_reason"}
#: A line that ends so says nothing by itself.
_ASKS_TEXT = "（请写明）"


def reasons(act: str, on: date) -> tuple[tuple[str, str], ...]:
    """The list of an act on a day: (code, words). Empty where the rulebook has none."""
    table = rulebook(on).codes.get(TABLES.get(act, ""))
    return tuple((row.code, row.name) for row in table.rows if not row.retired) if table else ()


def worded(act: str, code: str, text: str, on: date) -> str:
    """The reason as it is kept and read: the line of the list, and what was written beside it.

    Raises ``Refused`` for a line that is not on the list, and for one that asks for words without any.
    """
    said = text.strip()
    if not code:
        return said
    name = dict(reasons(act, on)).get(code)
    if name is None:
        raise Refused("reason_unknown", "所选的原因不在列表中，请重新选择。", "通知四.2")
    if name.endswith(_ASKS_TEXT) and not said:
        raise Refused("reason_missing", f"选择“{name}”时，请在旁边写明原因。", "通知四.2")
    name = name.removesuffix(_ASKS_TEXT)
    return f"{name}：{said}" if said else name


def seal_reason(subject: UUID, reason: str) -> bytes | None:
    """A reason under the data key of its case's subject; None for an empty one."""
    text = reason.strip()
    return seal(data_keys.ensure([subject])[subject], text.encode(), _PLACE + subject.bytes) if text else None


def open_reasons(sealed: Iterable[tuple[UUID, bytes | memoryview | None]]) -> list[str]:
    """The texts of (subject, sealed reason), in order; '' where there is none."""
    found = list(sealed)
    keys = data_keys.get({subject for subject, blob in found if blob})
    return [
        open_(keys[subject], bytes(blob), _PLACE + subject.bytes).decode() if blob else "" for subject, blob in found
    ]
