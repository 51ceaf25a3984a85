"""毕业生花名册: the roll of what was attested, for the stamp of school and bureau."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from xueji.duties.certificates.models import Certificate, LineState, Order, OrderState
from xueji.duties.certificates.paper import TEMPLATES
from xueji.duties.certificates.sealed import open_claims
from xueji.duties.certificates.selectors.blanks import serials_of
from xueji.duties.certificates.services.requesting import not_found
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.ground.typesetting import chinese_date, typeset
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage
from xueji.pure.kernel.types import Actor, Refused

ROLLS = {"graduation_certificate": "毕业生花名册", "completion_certificate": "结业生花名册"}


@transaction.atomic
def roll(*, actor: Actor, order: UUID) -> bytes:
    """The roll of what was attested in an order, with empty frames for the seals (PDF/A); logged as a print.

    Raises ``Refused`` for an order that is not attested, or out of reach.
    """
    found = Order.objects.filter(pk=order).first()
    if found is None:
        raise not_found()
    if found.state != OrderState.ATTESTED or found.attested_at is None:
        raise Refused("certificate.not_attested_yet", "验印办结以后才能打印花名册。", "通知二.3")
    kind = parameters.rulebook(today()).certificates[found.kind]
    lines = list(found.lines.select_related("certificate").filter(state=LineState.ATTESTED).order_by("row_no"))
    papers, title = [line.certificate for line in lines], roll_title(kind)
    stage = STAGE_NAMES[Stage(found.stage)] if found.stage else ""
    disclosure.log(
        actor=actor,
        kind=DisclosureKind.PRINT,
        subjects=[line.student for line in lines],
        ground=disclosure.ground_for(f"打印{title} {papers[0].number} 至 {papers[-1].number}"),
    )
    return typeset_roll(kind, papers, open_claims(lines), serials_of(one.pk for one in papers), stage, [found.digest])


def roll_title(kind: CertificateKind) -> str:
    """What the roll of a kind is called."""
    return ROLLS.get(kind.kind, f"{kind.title}发放花名册")


def typeset_roll(
    kind: CertificateKind,
    papers: Sequence[Certificate],
    claims: Sequence[Mapping[str, Any]],
    serials: Mapping[UUID, str],
    stage: str,
    digests: Iterable[str],
) -> bytes:
    """The roll of papers of one school as PDF/A, in their order; ``digests``: of the orders in which they were
    attested, as in the bureau's journal."""
    places = organisations.names([papers[0].school, *(one.bureau for one in papers if one.bureau)])
    days = sorted({one.issued_on for one in papers})
    numbers = sorted(one.number for one in papers)
    data = {
        "title": roll_title(kind),
        "school": places.get(papers[0].school, ""),
        "bureau": "、".join(dict.fromkeys(places[one.bureau] for one in papers if one.bureau in places)),
        "stage": stage,
        "kind": kind.title,
        "day": " 至 ".join(chinese_date(one) for one in dict.fromkeys((days[0], days[-1]))),
        "first": numbers[0],
        "last": numbers[-1],
        "digest": "、".join(dict.fromkeys(one[:16] for one in digests)),
        "basis": kind.basis,
        "rows": [
            [
                str(place), paper.number, facts["name"], facts["gender"], facts["birth_date"],
                facts["registration_number"] or "（纸质档案）", facts.get("class_name", ""),
                serials.get(paper.pk, ""), "已作废" if paper.voided_at else "",
            ]
            for place, (paper, facts) in enumerate(zip(papers, claims, strict=True), start=1)
        ],
    }  # fmt: skip
    return typeset(TEMPLATES / "roll.typ", data)
