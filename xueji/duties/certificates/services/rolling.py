"""毕业生花名册: the roll of an attested order, or of what a batch printed of a school: a numbered paper, stamped.

It lists what was attested and says how many were not. Its code binds school, year, kind, count and every word. Printed
again it is the same paper, while the register and the papers say what it says; else it is voided and another issued.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from xueji.duties.certificates import paper as papers
from xueji.duties.certificates.checking import ATTESTED_ORDER
from xueji.duties.certificates.custody import places_of
from xueji.duties.certificates.models import Certificate, LineState, Order, OrderState
from xueji.duties.certificates.paper import Paper
from xueji.duties.certificates.sealed import open_claims
from xueji.duties.certificates.selectors.blanks import serials_of
from xueji.duties.certificates.selectors.orders import attested_order_of
from xueji.duties.certificates.services.carding import Issued, log_print
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
from xueji.ground.keys import services as keys
from xueji.ground.organisations import selectors as organisations
from xueji.ground.typesetting import chinese_date
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.applications.services.lodging import school_rulebook

_BUREAU = frozenset({Role.CLERK, Role.HEAD})


@dataclass(frozen=True, slots=True)
class Listed:
    """What a roll lists: papers of one kind and school in their order, the claims they were made of, the serials of
    their blanks; ``subject``: the order, or the school of a batch; ``left_out``: how many were not attested."""

    subject: UUID
    title: str
    kind: CertificateKind
    papers: Sequence[Certificate]
    claims: Sequence[Mapping[str, Any]]
    serials: Mapping[UUID, str]
    digests: Sequence[str]
    left_out: int = 0

    @property
    def school(self) -> UUID:
        return self.papers[0].school


@dataclass(frozen=True, slots=True)
class _Content:
    """What a roll says: its facts and a row a person."""

    facts: dict[str, str]
    rows: tuple[tuple[str, ...], ...]

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
    held = _held(found.pk, found.school)
    return _reprint(actor, found, held) if held else _issue(actor, _listed(found))


def roll_of_pupil(*, actor: Actor, registration: UUID | None, number: str) -> Issued:
    """The roll of the last order in which a paper of a registration was attested; as :func:`roll`.

    Raises ``Refused`` too where none was.
    """
    can_act(actor)
    order = attested_order_of(registration) if registration else None
    if order is None:
        kind = roll_kind(actor.organisation)
        message = f"学籍号 {number} 没有已验印的证书，不能出具{kind.title}。"
        raise Refused("certificate.not_attested_yet", message, kind.basis)
    return roll(actor=actor, order=order)


@transaction.atomic
def roll_of_batch(*, actor: Actor, listed: Listed) -> Issued:
    """The roll of what was printed of a school in a batch, in page order: issued the first time, then the same paper;
    where what is listed has changed since, it is voided and another given out. The print is logged by the caller."""
    held = _held(listed.subject, listed.school)
    if held is None:
        return _issue(actor, listed, log=False)
    content = _content(listed)
    if papers.digest_of(listed.subject, content.borne) == held.register_digest:
        return again(held, _kind_of(held), content.facts, rows=content.rows)
    held.voided_at, held.voided_by = environment().now(), actor.person
    held.void_reason = "成批打印的证书有了变化，名册随之重新出具"
    held.save(update_fields=["voided_at", "voided_by", "void_reason"])
    return _issue(actor, listed, log=False)


@transaction.atomic
def reprint(*, actor: Actor, certificate: UUID) -> Issued:
    """A paper once more, as ``issuing.reprint``; a roll by its order."""
    found = roll_of(certificate)
    if found is None:
        row = Certificate.objects.filter(pk=certificate).first()
        if row is not None and _kind_of(row).is_roll:
            message = "这份花名册随成批打印的证书出具，请由教育局在“成批打印证书”中再次打印。"
            raise Refused("certificate.batch_roll", message, "通知二.3")
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


def _kind_of(row: Certificate) -> CertificateKind:
    """The kind of a paper as it was on its day."""
    return school_rulebook(row.school, today()).on(row.issued_on).certificates[row.kind]


def roll_stands(subject: UUID, school: UUID) -> bool:
    """Whether a roll that is not voided was given out of an order or batch."""
    return _held(subject, school) is not None


def _held(subject: UUID, school: UUID) -> Certificate | None:
    """The roll of an order or batch that stands."""
    rows = Certificate.objects.filter(registration=subject, kind=roll_kind(school).kind, voided_at__isnull=True)
    return rows.first()


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


def _issue(actor: Actor, listed: Listed, *, log: bool = True) -> Issued:
    kind, school, day = roll_kind(listed.school), organisations.by_id(listed.school), today()
    content = _content(listed)
    number = take_number(kind, school.id, school.code, day)
    draft = Paper(
        kind, number, content.facts, "", listed.title[:120], day, papers.valid_until(kind, day), rows=content.rows
    )
    paper = signed(draft, "", _said(content), school.name)
    made = keep(actor, listed.subject, listed.subject, paper, school=school.id, borne=content.borne)
    if log:
        _log(actor, listed, f"打印{content.facts['heading']} {number}")
    return made


def _reprint(actor: Actor, order: Order, row: Certificate) -> Issued:
    listed, kind = _listed(order), _kind_of(row)
    content = _content(listed)
    if papers.digest_of(order.pk, content.borne) != row.register_digest:
        message = (
            f"花名册 {row.number} 出具以后名单有了变化（空白证书编号或作废情况），不能按原样再次打印。"
            "请在“证书与证明”中作废原花名册，再重新打印。"
        )
        raise Refused("certificate.changed", message, kind.basis)
    made = again(row, kind, content.facts, rows=content.rows)
    _log(actor, listed, f"再次打印{content.facts['heading']} {row.number}")
    return made


def _said(content: _Content) -> str:
    """What the code says in the place of a name: year, stage, kind and count."""
    said = content.facts
    return f"{said['year']}{said['stage']}{said['of_kind']} {said['count']} 人"


def _log(actor: Actor, listed: Listed, ground: str) -> None:
    log_print(actor, [one.student for one in listed.papers], ground)


def _listed(order: Order) -> Listed:
    """What was attested in an order. ``Refused`` where the register says otherwise today of one of them."""
    of = kind_of(order.kind, today(), order.school)
    lines = list(order.lines.select_related("certificate").filter(state=LineState.ATTESTED).order_by("row_no"))
    made = [line.certificate for line in lines]
    still_so([one for one in made if one.voided_at is None], of)
    left_out = order.counts.get("lines", len(lines)) - len(lines)
    serials = serials_of(one.pk for one in made)
    return Listed(order.pk, order.title, of, made, open_claims(lines), serials, [order.digest], left_out)


def _content(listed: Listed) -> _Content:
    """What a roll says today."""
    made, claims = listed.papers, listed.claims
    places = organisations.names([listed.school, *(one.bureau for one in made if one.bureau)])
    days = sorted({one.issued_on for one in made})
    numbers = sorted(one.number for one in made)
    years, stages = {one["ended_year"] for one in claims}, {one.get("stage", "") for one in claims}
    facts = {
        "registration_number": "",
        "student_number": "",
        "heading": listed.kind.roll,
        "school": places.get(listed.school, ""),
        "bureau": "、".join(dict.fromkeys(places[one.bureau] for one in made if one.bureau in places)),
        "year": f"{years.pop()}年" if len(years) == 1 else "",
        "stage": stages.pop() if len(stages) == 1 else "",
        "of_kind": listed.kind.title,
        "first": numbers[0],
        "last": numbers[-1],
        "count": str(len(made)),
        "left_out": f"同一申请中另有{listed.left_out}人未予验印，不在本册。" if listed.left_out else "",
        "attested_on": " 至 ".join(chinese_date(one) for one in dict.fromkeys((days[0], days[-1]))),
        "digest": "、".join(dict.fromkeys(one[:16] for one in listed.digests)),
    }
    rows = tuple(
        (
            str(place), paper.number, claim["name"], claim["gender"], claim["birth_date"],
            claim["registration_number"] or "（纸质档案）", claim.get("class_name", ""),
            listed.serials.get(paper.pk, ""), "已作废" if paper.voided_at else "",
        )
        for place, (paper, claim) in enumerate(zip(made, claims, strict=True), start=1)
    )  # fmt: skip
    return _Content(facts, rows)
