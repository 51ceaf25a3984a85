"""Mending: the school says what mended a finding, somebody else than the finder looks again."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from xueji.duties.inspections.authority import (
    BASIS,
    RECHECKERS,
    held_finding,
    refuse_all,
    require,
    require_school,
    rules_of,
)
from xueji.duties.inspections.models import FindingState, Inspection, InspectionFinding, InspectionState
from xueji.duties.inspections.sealed import place, seal
from xueji.duties.inspections.services.examining import LONGEST
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.inspections import BY_CHANGE
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.models import ApplicationState


def needs_change(inspection: Inspection, finding: InspectionFinding) -> bool:
    """Whether only a change of status or a correction mends it."""
    item = rules_of(inspection.school).item(finding.checklist, finding.item)
    return item is not None and item.mended_by == BY_CHANGE


@transaction.atomic
def correct(*, actor: Actor, finding: UUID, note: str, application: UUID | None = None) -> None:
    """Say how a finding was mended; where the checklist asks for it, with the change or correction that mends it.

    Raises ``Refused``: not the school's registrar, not handed over, no such change of this pupil, no words.
    """
    inspection, found = held_finding(finding)
    require_school(actor, inspection.school)
    if inspection.state != InspectionState.HANDED_OVER:
        raise Refused("inspections.not_handed_over", "检查结果还没有发出，发出以后再登记更正。", BASIS)
    if found.state != FindingState.OPEN:
        raise Refused("inspections.corrected", "这个问题已经登记更正，正等待复查，不必重复。", BASIS)
    faults = []
    if not note.strip():
        faults.append("请写明怎样更正的。")
    if len(note) > LONGEST:
        faults.append(f"更正情况请写在 {LONGEST} 字以内。")
    if application is None and needs_change(inspection, found):
        faults.append("这个问题须通过学籍变动或信息更正来改，请先提出申请，再在这里选中它。")
    if application is not None and not _mends(application, inspection, found):
        faults.append("选中的申请不是本校为这名学生提出的，或已撤回、未获批准，请重新选择。")
    refuse_all("inspections.correction", faults)
    found.state, found.application = FindingState.CORRECTED, application
    found.corrected_at, found.corrected_by = environment().now(), actor.person
    found.mended = seal(found.student or found.school, note.strip(), place(found.id, "mended"))
    found.rechecked_by = found.rechecked_at = None  # the look before was at another mending
    found.save(
        update_fields=[
            "state", "application", "corrected_at", "corrected_by", "mended", "rechecked_by", "rechecked_at"
        ]
    )  # fmt: skip


def _mends(application: UUID, inspection: Inspection, found: InspectionFinding) -> bool:
    view = applications.application(application)
    return (
        view is not None
        and inspection.school in (view.school, view.other_school)
        and (view.student == found.student or view.student is None)
        and view.state not in (ApplicationState.REFUSED, ApplicationState.RETRACTED)
    )


@transaction.atomic
def recheck(*, actor: Actor, finding: UUID, accept: bool, note: str = "") -> None:
    """Look again at a mended finding: it is closed, or goes back to the school with words.

    Raises ``Refused``: the finder or who corrected, nothing to look at, the change not approved yet, no words.
    """
    inspection, found = held_finding(finding)
    require(actor, inspection, RECHECKERS, "复查")
    if found.state != FindingState.CORRECTED:
        raise Refused("inspections.nothing_to_recheck", "学校还没有登记更正，或已经复查过。", BASIS)
    if actor.person in (found.found_by, found.corrected_by):
        raise Refused(
            "inspections.same_person",
            "这个问题是您查出或更正的，须由另一个人复查（检查和复查不能是同一人）。",
            "通知一.3",
        )
    faults = []
    if len(note) > LONGEST:
        faults.append(f"复查意见请写在 {LONGEST} 字以内。")
    if not accept and not note.strip():
        faults.append("请写明哪里还没有改好。")
    if accept and found.application is not None:
        view = applications.application(found.application)
        if view is None or view.state != ApplicationState.APPROVED:
            faults.append("更正所凭的申请还没有批准，批准以后再复查；不等的话请退回学校。")
    refuse_all("inspections.recheck", faults)
    now = environment().now()
    found.answer = (
        seal(found.student or found.school, note.strip(), place(found.id, "answer")) if note.strip() else None
    )
    if accept:
        found.state, found.rechecked_at, found.rechecked_by = FindingState.CLOSED, now, actor.person
    else:
        found.state, found.sent_back = FindingState.OPEN, found.sent_back + 1
    found.save(update_fields=["state", "rechecked_at", "rechecked_by", "answer", "sent_back"])
