"""A whole class whose numbers bear a wrong year, class or code: lodged at once, renumbered in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import transaction

from xueji.ground.journals import services as journals
from xueji.ground.organisations.models import ClassGroup
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications.services.completing.class_numbers import KIND, class_list, nobody_pending
from xueji.registry.applications.services.lodging import attach, ground, open_application
from xueji.registry.applications.services.paper_entry import paper_claim
from xueji.registry.applications.types import LodgeResult


@transaction.atomic
def lodge_class_numbers(
    *,
    actor: Actor,
    school: UUID,
    class_group: UUID,
    reason: str,
    evidence: Sequence[tuple[str, UUID]] = (),
    paper_date: date | None = None,
    paper_reason: str = "",
) -> LodgeResult:
    """Lodge new numbers for all pupils of a class group of the actor's school, in the order of the class list.

    Raises ``Refused``; nobody in the class may have another application under way.
    """
    stands = ground(actor, school, KIND)
    from_paper = paper_claim(stands.change, paper_date, paper_reason)
    if not reason.strip():
        raise Refused("reason_missing", "请写明全班学籍号错在哪里。", stands.change.basis)
    journals.lock([school])
    group = ClassGroup.objects.filter(id=class_group, school=school).first()
    if group is None:
        raise Refused("class_not_found", "没有找到所选的班级，请从本校的班级中选择。", stands.change.basis)
    pupils = class_list(school, class_group)
    if not pupils:
        raise Refused("class_empty", "这个班现在没有在籍学生，不需要更正学籍号。", stands.change.basis)
    nobody_pending(stands.change, list(pupils))
    application, _ = open_application(
        actor=actor,
        stands=stands,
        claim={"class_group": str(class_group), "reason": reason.strip(), **from_paper},
        paper_date=paper_date,
        label=f"{stands.change.title} · {len(pupils)} 人",
        stage=group.stage,
        school_year=stands.book.school_year(),
        class_group=class_group,
        rows=len(pupils),
    )
    attach(actor, application, stands.change, evidence)
    return LodgeResult(application.id, application.state, len(pupils))
