"""空白证书领用登记: preprinted blanks received, used and spoilt; each serial once, none ever lost from the ledger."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from xueji.duties.certificates.custody import places_of
from xueji.duties.certificates.models import Blank, BlankState, Certificate
from xueji.duties.certificates.services.issuing import require_issuer
from xueji.duties.certificates.services.requesting import attested_kind
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Actor, Refused

#: Blanks that are written down in one go.
MOST: Final = 5000
_SERIAL = re.compile(r"^(?P<prefix>[A-Z0-9-]{0,20}?)(?P<digits>[0-9]{1,10})$")


@dataclass(frozen=True, slots=True)
class Received:
    """Blanks that were written down."""

    count: int
    first: str
    last: str


def with_blank(code: str) -> CertificateKind:
    """A kind that is printed on a preprinted blank; ``Refused`` for one on plain paper."""
    kind = attested_kind(code)
    if not kind.blank:
        raise Refused("certificate.plain_paper", f"{kind.title}用普通纸打印，没有空白证书。", kind.basis)
    return kind


@transaction.atomic
def receive_blanks(*, actor: Actor, kind: str, first: str, last: str = "", received_on: date | None = None) -> Received:
    """Write down a run of blanks that the school received, ``first`` to ``last`` (alone: that one).

    Raises ``Refused``: a serial that is none, a run that goes backwards or is too long, a serial known already.
    """
    require_issuer(actor)
    wanted, day = with_blank(kind), received_on or today()
    if day > today():
        raise Refused("certificate.blank_day", "领入日期不能晚于今天。", wanted.basis)
    serials = _run(first, last or first)
    known = (
        Blank.objects.filter(kind=wanted.kind, serial__in=serials).order_by("serial").values_list("serial", flat=True)
    )
    if known:
        told = "、".join(known[:5]) + (f" 等 {len(known)} 张" if len(known) > 5 else "")
        raise Refused("certificate.blank_known", f"空白证书 {told}已登记过，不能重复登记。请核对编号。", wanted.basis)
    rows = [
        Blank(
            id=environment().new_id(), kind=wanted.kind, serial=serial, school=actor.organisation,
            received_on=day, received_by=actor.person,
        )
        for serial in serials
    ]  # fmt: skip
    try:
        with transaction.atomic():
            Blank.objects.bulk_create(rows, batch_size=1000)
    except IntegrityError:  # another school has one of them, out of sight
        message = "其中有的编号已由别的学校登记。请核对编号，仍不清楚的请联系主管教育局。"
        raise Refused("certificate.blank_known", message, wanted.basis) from None
    return Received(len(rows), serials[0], serials[-1])


def _run(first: str, last: str) -> list[str]:
    begin, end = (_SERIAL.match("".join(text.split()).upper()) for text in (first, last))
    if begin is None or end is None:
        raise Refused("certificate.blank_serial", "空白证书编号由字母、数字组成，末尾是数字，例如 JS2008000123。", "")
    prefix, width = begin["prefix"], len(begin["digits"])
    low, high = int(begin["digits"]), int(end["digits"])
    if end["prefix"] != prefix or len(end["digits"]) != width or high < low:
        raise Refused("certificate.blank_run", "起止编号前面的字母、数字要相同，位数要一样，止号不能小于起号。", "")
    if high - low >= MOST:
        raise Refused("certificate.blank_many", f"一次最多登记 {MOST} 张，请分次登记。", "")
    return [f"{prefix}{serial:0{width}d}" for serial in range(low, high + 1)]


def own_blank(actor: Actor, blank: UUID) -> Blank:
    """A blank of the actor's school, or of a closed one whose records it keeps, locked; ``Refused`` for another."""
    found = Blank.objects.select_for_update().filter(pk=blank, school__in=places_of(actor.organisation)).first()
    if found is None:
        raise Refused("certificate.no_blank", "本单位没有登记过这张空白证书。请核对编号。", "通知四.2")
    return found


@transaction.atomic
def spoil_blank(*, actor: Actor, blank: UUID, reason: str) -> Blank:
    """Write a blank off, unused or spoilt in the printer; its paper may be printed on another. Raises ``Refused``."""
    require_issuer(actor)
    if not reason.strip():
        raise Refused("certificate.reason", "请写明作废原因，例如“卡纸”“打偏”。", "通知四.2")
    found = own_blank(actor, blank)
    if found.state == BlankState.SPOILT:
        raise Refused("certificate.blank_spoilt", f"空白证书 {found.serial} 已经作废。", "通知四.2")
    settle([found], actor, BlankState.SPOILT, reason.strip())
    return found


def settle(blanks: Sequence[Blank], actor: Actor, state: BlankState, reason: str = "") -> None:
    """Say what became of blanks, by whom and when."""
    for one in blanks:
        one.state, one.settled_at, one.settled_by, one.reason = state, environment().now(), actor.person, reason[:120]
    Blank.objects.bulk_update(blanks, ["state", "settled_at", "settled_by", "reason", "certificate"], batch_size=500)


def take_blanks(actor: Actor, kind: CertificateKind, papers: Sequence[Certificate], first: str) -> list[str]:
    """Bind the next blanks in stock, from ``first`` on, to papers in their order; the serials.

    Raises ``Refused``: a paper that stands on a blank already, too few in stock.
    """
    bound = Blank.objects.filter(certificate__in=[one.pk for one in papers], state=BlankState.USED)
    there = [(one.serial, one.certificate) for one in bound.select_related("certificate").order_by("serial")]
    if there:
        told = "、".join(f"{paper.number}（空白证书 {serial}）" for serial, paper in there[:5] if paper is not None)
        message = f"有 {len(there)} 份已打印：{told}。印坏的请先在空白证书登记中作废那一张，再打印。"
        raise Refused("certificate.printed", message, kind.basis)
    stock = Blank.objects.select_for_update().filter(
        school__in=places_of(actor.organisation),
        kind=kind.kind,
        state=BlankState.IN_STOCK,
        serial__gte="".join(first.split()).upper(),
    )
    taken = list(stock.order_by("serial")[: len(papers)])
    if len(taken) < len(papers):
        begin = f"从 {first} 起" if first else ""
        message = f"{begin}未用的{kind.blank}只有 {len(taken)} 张，要打印 {len(papers)} 份。请先登记领用，或少选几份。"
        raise Refused("certificate.blanks_short", message, kind.basis)
    if first and taken[0].serial != "".join(first.split()).upper():
        raise Refused(
            "certificate.blank_first", f"{first} 不是本校未用的空白证书。请核对放入打印机的第一张的编号。", ""
        )
    for blank, paper in zip(taken, papers, strict=True):
        blank.certificate = paper
    settle(taken, actor, BlankState.USED)
    return [one.serial for one in taken]
