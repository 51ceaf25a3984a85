"""Who may do what in a regular check (clauses A3, A4, A5; invariant 11: four eyes compare persons)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from xueji.duties.inspections.models import (
    Inspection,
    InspectionFinding,
    InspectionKind,
    InspectionState,
)
from xueji.ground.accounts.services.acts import can_act
from xueji.pure.kernel.inspections import InspectionRules
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.rollcall.authority import school_rulebook

BASIS = "通知一.4"
Posts = dict[InspectionKind, tuple[Role, ...]]
EXAMINERS: Posts = {
    InspectionKind.OWN: (Role.REGISTRAR, Role.PROOFREADER),
    InspectionKind.BUREAU: (Role.CLERK,),  # or the head, who alone signs, could have found what he signs
}
RECHECKERS: Posts = {InspectionKind.OWN: (Role.DEPUTY_HEAD,), InspectionKind.BUREAU: (Role.CLERK, Role.HEAD)}
SIGNERS: Posts = {InspectionKind.OWN: (Role.DEPUTY_HEAD,), InspectionKind.BUREAU: (Role.HEAD,)}
_WORDS = {
    Role.REGISTRAR: "学籍管理员",
    Role.PROOFREADER: "校对人员",
    Role.DEPUTY_HEAD: "分管校长",
    Role.CLERK: "经办人",
    Role.HEAD: "负责人",
}


def rules_of(school: UUID) -> InspectionRules:
    """What the rulebook of a school says of regular checks; ``Refused`` where it says nothing."""
    found = school_rulebook(school).inspections
    if not found.checklists:
        raise Refused("inspections.no_rules", "规则册里没有定期审核的检查表，请联系市教育局装入规则后再办理。", BASIS)
    return found


def held(inspection: UUID) -> Inspection:
    """An inspection that is not signed off, locked; ``Refused`` for one out of reach or signed off."""
    found = Inspection.objects.select_for_update().filter(pk=inspection).first()
    if found is None:
        raise Refused("inspections.not_found", "没有找到这次检查，请从“定期审核”重新打开。", BASIS)
    if found.state == InspectionState.SIGNED_OFF:
        raise Refused("inspections.signed_off", "这次检查已经办结，内容永久保存，不能再改。新的问题请另行检查。", BASIS)
    return found


def held_finding(finding: UUID) -> tuple[Inspection, InspectionFinding]:
    """A finding and its inspection, both locked, the inspection first."""
    seen = InspectionFinding.objects.filter(pk=finding).values_list("inspection_id", flat=True).first()
    if seen is None:
        raise Refused("inspections.no_finding", "没有找到这个问题，请从“定期审核”重新打开。", BASIS)
    return held(seen), InspectionFinding.objects.select_for_update().get(pk=finding)


def may(actor: Actor, inspection: Inspection, roles: Posts) -> bool:
    """Whether the post is one of those of the inspecting side."""
    return actor.organisation == inspection.inspector and actor.role in roles[InspectionKind(inspection.kind)]


def require(actor: Actor, inspection: Inspection, roles: Posts, act: str) -> None:
    """The post of the inspecting side, trained; ``Refused`` names the posts that may."""
    if not may(actor, inspection, roles):
        words = "或".join(_WORDS[role] for role in roles[InspectionKind(inspection.kind)])
        side = "本校" if inspection.kind == InspectionKind.OWN else "检查的教育局"
        raise Refused("inspections.post", f"{act}由{side}的{words}办理，请核对岗位。", BASIS)
    can_act(actor)


def require_clerk(actor: Actor) -> None:
    """A round is drawn by a bureau's clerk."""
    if actor.level is Level.SCHOOL or actor.role not in EXAMINERS[InspectionKind.BUREAU]:
        raise Refused("inspections.post", "抽样由教育局的经办人办理，请核对岗位。", BASIS)
    can_act(actor)


def require_school(actor: Actor, school: UUID) -> None:
    """Corrections are the school's registrar's."""
    if actor.role is not Role.REGISTRAR or actor.organisation != school:
        raise Refused("inspections.post", "更正由被检查学校的学籍管理员登记，请核对岗位。", BASIS)
    can_act(actor)


_FINDERS = "SELECT found_by FROM inspections_inspectionfinding WHERE inspection_id = %s"


def finders(inspection: UUID) -> frozenset[UUID]:
    """Everyone who found something in an inspection."""
    with connection.cursor() as cursor:
        cursor.execute(_FINDERS, [inspection])
        return frozenset(row[0] for row in cursor.fetchall())


def refuse_all(code: str, faults: Iterable[str]) -> None:
    """All that is wrong at once; nothing where nothing is."""
    listed = list(dict.fromkeys(faults))
    if listed:
        raise Refused(code, "".join(listed), BASIS)
