"""毕业生花名册: the roll of an attested order, for the stamp of school and bureau: a paper with a number of its own.

It lists what was attested and says how many were not. Its code binds school, year, kind, count and every word. Printed
again it is the same paper, while the register and the papers say what it says; else it is voided and another issued.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from xueji.duties.certificates import paper as papers
from xueji.duties.certificates.checking import ATTESTED_ORDER
from xueji.duties.certificates.custody import places_of
from xueji.duties.certificates.models import Certificate, LineState, Order, OrderLine, OrderState
from xueji.duties.certificates.paper import Paper
from xueji.duties.certificates.sealed import open_claims
from xueji.duties.certificates.selectors.blanks import serials_of
from xueji.duties.certificates.services.carding import Issued
from xueji.duties.certificates.services.issuing import (
    again,
    keep,
    kind_of,
    may_issue,
    signed,
    take_number,
)
from xueji.duties.certificates.services.issuing import reprint as reprint_paper
from xueji.duties.certificates.services.printing import still_so
from xueji.duties.certificates.services.requesting import not_found
from xueji.ground.accounts.services.acts import can_act
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.ground.keys import services as keys
from xueji.ground.organisations import selectors as organisations
from xueji.ground.typesetting import chinese_date
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.applications.services.lodging import school_rulebook

_BUREAU = frozenset({Role.CLERK, Role.HEAD})


@dataclass(frozen=True, slots=True)
class _Content:
    """What a roll says: its facts, a row a person, and whom it is about."""

    facts: dict[str, str]
    rows: tuple[tuple[str, ...], ...]
    lines: list[OrderLine]

    @property
    def borne(self) -> dict[str, str]:
        """What the digest of the paper is over."""
        return {**self.facts, "rows": hashlib.sha256(keys.canonical_json(self.rows)).hexdigest()}


def may_roll(actor: Actor, order: Order) -> bool:
    """Whether the post prints the roll of an order: the school's issuers, clerk and head of the bureau that attests."""
    if actor.organisation == order.bureau and actor.role in _BUREAU:
        return True
    return order.school in places_of(actor.organisation) and may_issue(actor)


@transaction.atomic
def roll(*, actor: Actor, order: UUID) -> Issued:
    """The roll of an attested order with empty frames for the seals (PDF/A): issued with a number the first time, then
    the same paper again; each print is logged.

    Raises ``Refused``: out of reach, another's post, not attested yet, the register or the papers have changed.
    """
    found = _order(actor, order)
    held = Certificate.objects.filter(registration=found.pk, kind__in=_kinds(found), voided_at__isnull=True).first()
    return _reprint(actor, found, held) if held else _issue(actor, found)


@transaction.atomic
def reprint(*, actor: Actor, certificate: UUID) -> Issued:
    """A paper once more, as ``issuing.reprint``; a roll by its order."""
    found = roll_of(certificate)
    if found is None:
        return reprint_paper(actor=actor, certificate=certificate)
    row, order = found
    if row.voided_at is not None:
        raise Refused("certificate.voided", "该花名册已作废，不能再次打印。请在“验印”中重新打印。", "通知二.3")
    return _reprint(actor, _order(actor, order.pk), row)


def roll_of(certificate: UUID) -> tuple[Certificate, Order] | None:
    """The paper and the order that it lists, where it is a roll; None for every other paper."""
    row = Certificate.objects.filter(pk=certificate, line__isnull=True).first()
    order = Order.objects.filter(pk=row.registration).first() if row else None
    return (row, order) if row is not None and order is not None else None


def roll_kind(school: UUID) -> CertificateKind:
    """The kind of paper that a roll is today; ``Refused`` where the rulebook has none."""
    book = school_rulebook(school, today())
    found = next((one for one in book.certificates.values() if ATTESTED_ORDER in one.conditions), None)
    if found is None:
        raise Refused("certificate.kind", "现行规则没有花名册，请联系教育局。", "通知二.3")
    return found


def _kinds(order: Order) -> list[str]:
    return [roll_kind(order.school).kind]


def _order(actor: Actor, order: UUID) -> Order:
    """An attested order, locked: two people do not give its roll two numbers."""
    found = Order.objects.select_for_update().filter(pk=order).first()
    if found is None:
        raise not_found()
    can_act(actor)
    if not may_roll(actor, found):
        raise Refused(
            "certificate.post", "花名册由学校学籍管理员、分管校长或验印的教育局打印。请由相应岗位办理。", "通知一.3"
        )
    if found.state != OrderState.ATTESTED or found.attested_at is None:
        raise Refused("certificate.not_attested_yet", "验印办结以后才能打印花名册。", "通知二.3")
    return found


def _issue(actor: Actor, order: Order) -> Issued:
    kind, school, day = roll_kind(order.school), organisations.by_id(order.school), today()
    content = _content(order)
    number = take_number(kind, school.id, school.code, day)
    draft = Paper(kind, number, content.facts, "", "", day, papers.valid_until(kind, day), rows=content.rows)
    made = keep(
        actor, order.pk, order.pk, signed(draft, "", _said(content), school.name), school=school.id, borne=content.borne
    )
    _log(actor, content, f"打印{content.facts['heading']} {number}")
    return made


def _reprint(actor: Actor, order: Order, row: Certificate) -> Issued:
    content = _content(order)
    kind = school_rulebook(row.school, today()).on(row.issued_on).certificates[row.kind]
    if papers.digest_of(order.pk, content.borne) != row.register_digest:
        message = (
            f"花名册 {row.number} 出具以后名单有了变化（空白证书编号或作废情况），不能按原样再次打印。"
            "请在“证书与证明”中作废原花名册，再重新打印。"
        )
        raise Refused("certificate.changed", message, kind.basis)
    made = again(row, kind, content.facts, rows=content.rows)
    _log(actor, content, f"再次打印{content.facts['heading']} {row.number}")
    return made


def _said(content: _Content) -> str:
    """What the code says in the place of a name: year, stage, kind and count."""
    said = content.facts
    return f"{said['year']}{said['stage']}{said['of_kind']} {said['count']} 人"


def _log(actor: Actor, content: _Content, ground: str) -> None:
    disclosure.log(
        actor=actor,
        kind=DisclosureKind.PRINT,
        subjects=[line.student for line in content.lines],
        ground=disclosure.ground_for(ground),
    )


def _content(order: Order) -> _Content:
    """What the roll of an order says today. ``Refused`` where the register says otherwise of one who was attested."""
    of = kind_of(order.kind, today(), order.school)
    lines = list(order.lines.select_related("certificate").filter(state=LineState.ATTESTED).order_by("row_no"))
    made = [line.certificate for line in lines]
    still_so([one for one in made if one.voided_at is None], of)
    claims, serials = open_claims(lines), serials_of(one.pk for one in made)
    places = organisations.names([order.school, order.bureau])
    years = {facts["ended_year"] for facts in claims}
    left_out = order.counts.get("lines", len(lines)) - len(lines)
    facts = {
        "registration_number": "",
        "student_number": "",
        "heading": of.roll,
        "school": places.get(order.school, ""),
        "bureau": places.get(order.bureau, ""),
        "year": f"{years.pop()}年" if len(years) == 1 else "",
        "stage": STAGE_NAMES[Stage(order.stage)] if order.stage else "",
        "of_kind": of.title,
        "first": made[0].number,
        "last": made[-1].number,
        "count": str(len(lines)),
        "left_out": f"同一申请中另有{left_out}人未予验印，不在本册。" if left_out else "",
        "attested_on": chinese_date(made[0].issued_on),
        "digest": order.digest[:16],
    }
    rows = tuple(
        (
            str(place), line.certificate.number, claim["name"], claim["gender"], claim["birth_date"],
            claim["registration_number"] or "（纸质档案）", claim.get("class_name", ""),
            serials.get(line.certificate.pk, ""), "已作废" if line.certificate.voided_at else "",
        )
        for place, (line, claim) in enumerate(zip(lines, claims, strict=True), start=1)
    )  # fmt: skip
    return _Content(facts, rows, lines)
