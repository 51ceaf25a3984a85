"""What a bureau decides at once: the requests that wait for it, each held against the register, exceptions named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from xueji.duties.certificates.comparing import Compared, compare_all
from xueji.duties.certificates.models import Order
from xueji.pure.kernel.types import Actor
from xueji.registry.cases import selectors as cases

_GONE = "已由他人办理，或已不在您这一步。"
_NOBODY = "没有一人可以验印，请打开后退回修改或不予验印。"
_ARCHIVE = "有凭纸质档案的申请，请打开后核对原件。"


@dataclass(frozen=True, slots=True)
class Looked:
    """One request: the act that waits, what the comparison found (None where it is another's), and why it cannot be
    decided with others ('' where it can)."""

    order: Order
    act: str
    compared: Compared | None
    why: str

    @property
    def good(self) -> int:
        """How many claims the register bears out."""
        return len(self.compared.lines) - len(self.compared.why) if self.compared else 0

    @property
    def seen(self) -> str:
        """What was seen, for whoever decides by it."""
        return self.compared.digest if self.compared else ""


def look_at(actor: Actor, orders: Iterable[UUID]) -> list[Looked]:
    """Requests of many schools, in this order; some twenty queries, however many. Those out of reach are left out."""
    wanted = list(dict.fromkeys(orders))
    found = Order.objects.in_bulk(wanted)
    views, hindered = cases.cases_of(found), cases.hindrances(actor, found)
    steps = {key: view.current for key, view in views.items() if hindered[key] is None}
    open_ones = [found[key] for key in wanted if steps.get(key) is not None]
    compared = compare_all(open_ones)
    made = []
    for key in wanted:
        step, refused = steps.get(key), hindered.get(key)
        if key not in found:
            continue
        if step is None:
            made.append(Looked(found[key], "", None, refused.message if refused else _GONE))
        else:
            made.append(Looked(found[key], step.act, compared[key], _hindrance(compared[key])))
    return made


def _hindrance(compared: Compared) -> str:
    if len(compared.why) == len(compared.lines):
        return _NOBODY
    return _ARCHIVE if any(line.archive and not line.paper_seen for line in compared.lines) else ""
