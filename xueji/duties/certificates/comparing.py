"""Claim and register side by side: what an order asks for, and what the register says now (clause C2)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from xueji.duties.certificates.claims import Claim, claims_at, differences
from xueji.duties.certificates.models import LineState, Order, OrderLine
from xueji.duties.certificates.sealed import open_claims
from xueji.ground.keys import services as keys
from xueji.pure.kernel.environment import today
from xueji.registry.applications.books import rulebooks_of

AT_A_TIME = 1000  # pupils whose records are in memory at once


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
    return compare_all([order])[order.pk]


def compare_all(orders: Sequence[Order]) -> dict[UUID, Compared]:
    """The same of many orders of many schools, by order: the queries are those of one."""
    day = today()
    books = rulebooks_of({one.school for one in orders}, day)
    lines: dict[UUID, list[OrderLine]] = {one.pk: [] for one in orders}
    for line in OrderLine.objects.filter(order__in=list(lines), state=LineState.CLAIMED).order_by("order", "row_no"):
        lines[line.order_id].append(line)
    listed = [line for one in orders for line in lines[one.pk]]
    claimed = dict(zip((line.pk for line in listed), open_claims(listed), strict=True))
    now: dict[UUID, Claim] = {}
    for kind in {one.kind for one in orders}:
        kinds = {one.school: books[one.school].certificates[kind] for one in orders if one.kind == kind}
        for some in _apart(line for line in listed if line.kind == kind and not line.archive):
            claims = claims_at({line.student: line.school for line in some}, kinds, day)
            now |= {line.pk: claims[line.student] for line in some}
    return {one.pk: _compared(lines[one.pk], claimed, now) for one in orders}


def _apart(lines: Iterable[OrderLine]) -> Iterator[list[OrderLine]]:
    """Lines so that none of a part is of the same pupil as another, some hundreds a part."""
    waiting = list(lines)
    while waiting:
        taken: dict[UUID, OrderLine] = {}
        later = []
        for line in waiting:
            if len(taken) < AT_A_TIME and line.student not in taken:
                taken[line.student] = line
            else:
                later.append(line)
        yield list(taken.values())
        waiting = later


def _compared(
    lines: Sequence[OrderLine], claimed: Mapping[UUID, Mapping[str, Any]], now: Mapping[UUID, Claim]
) -> Compared:
    register: dict[int, Mapping[str, str]] = {}
    why = {}
    for line in lines:
        if line.archive:
            register[line.row_no] = {}
            continue
        found = now[line.pk]
        register[line.row_no] = found.facts
        if found.refusals:
            why[line.row_no] = "".join(one.message for one in found.refusals)
        elif found.digest != line.claim_digest or found.registration != line.registration:
            differing = "、".join(differences(claimed[line.pk], found.facts))
            why[line.row_no] = f"申请以后学籍记录有了变化，与学籍库不一致：{differing}。请学校核对后重新申请。"
    told = [[line.row_no, line.claim_digest, why.get(line.row_no, "")] for line in lines]
    digest = hashlib.sha256(keys.canonical_json(told)).hexdigest()
    return Compared(tuple(lines), {line.row_no: claimed[line.pk] for line in lines}, register, why, digest)
