"""Claim and register side by side: what an order asks for, and what the register says now (clause C2)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xueji.duties.certificates.claims import claims_of, differences
from xueji.duties.certificates.models import LineState, Order, OrderLine
from xueji.duties.certificates.sealed import open_claims
from xueji.ground.keys import services as keys
from xueji.pure.kernel.environment import today
from xueji.registry.applications.services.lodging import school_rulebook


@dataclass(frozen=True, slots=True)
class Compared:
    """The open claims of an order, by row. ``claims``: what is to be printed; ``register``: what it would be now ({} of
    a leaver known from paper alone); ``why``: of those that cannot be attested what differs or lacks, in a sentence."""

    lines: tuple[OrderLine, ...]
    claims: Mapping[int, Mapping[str, Any]]
    register: Mapping[int, Mapping[str, str]]
    why: Mapping[int, str]
    digest: str


def compare(order: Order) -> Compared:
    """Hold the open claims of an order against the register of today: some ten queries, however many lines."""
    day = today()
    kind = school_rulebook(order.school, day).certificates[order.kind]
    lines = tuple(order.lines.filter(state=LineState.CLAIMED).order_by("row_no"))
    claimed = dict(zip((line.row_no for line in lines), open_claims(lines), strict=True))
    now = claims_of([line.student for line in lines if not line.archive], kind, order.school, day)
    register: dict[int, Mapping[str, str]] = {}
    why = {}
    for line in lines:
        if line.archive:
            register[line.row_no] = {}
            continue
        found = now[line.student]
        register[line.row_no] = found.facts
        if found.refusals:
            why[line.row_no] = "".join(one.message for one in found.refusals)
        elif found.digest != line.claim_digest or found.registration != line.registration:
            differing = "、".join(differences(claimed[line.row_no], found.facts))
            why[line.row_no] = f"申请以后学籍记录有了变化，与学籍库不一致：{differing}。请学校核对后重新申请。"
    told = [[line.row_no, line.claim_digest, why.get(line.row_no, "")] for line in lines]
    digest = hashlib.sha256(keys.canonical_json(told)).hexdigest()
    return Compared(lines, claimed, register, why, digest)
