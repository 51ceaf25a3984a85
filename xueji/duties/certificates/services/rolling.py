"""毕业生花名册: the roll of an attested order, for the stamp of school and bureau."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from xueji.duties.certificates.models import LineState, Order, OrderState
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
    claims = open_claims(lines)
    serials = serials_of(line.certificate.pk for line in lines)
    places = organisations.names([found.school, found.bureau])
    numbers = [line.certificate.number for line in lines]
    day = lines[0].certificate.issued_on
    title = ROLLS.get(found.kind, f"{kind.title}发放花名册")
    data = {
        "title": title,
        "school": places.get(found.school, ""),
        "bureau": places.get(found.bureau, ""),
        "stage": STAGE_NAMES[Stage(found.stage)] if found.stage else "",
        "kind": kind.title,
        "day": chinese_date(day),
        "first": numbers[0],
        "last": numbers[-1],
        "digest": found.digest[:16],
        "basis": kind.basis,
        "rows": [
            [
                str(place), line.certificate.number, facts["name"], facts["gender"], facts["birth_date"],
                facts["registration_number"] or "（纸质档案）", facts.get("class_name", ""),
                serials.get(line.certificate.pk, ""), "已作废" if line.certificate.voided_at else "",
            ]
            for place, (line, facts) in enumerate(zip(lines, claims, strict=True), start=1)
        ],
    }  # fmt: skip
    disclosure.log(
        actor=actor,
        kind=DisclosureKind.PRINT,
        subjects=[line.student for line in lines],
        ground=disclosure.ground_for(f"打印{title} {numbers[0]} 至 {numbers[-1]}"),
    )
    return typeset(TEMPLATES / "roll.typ", data)
