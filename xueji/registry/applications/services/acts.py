"""``act``: one post's decision on an application; the completing yes writes to the register.

Order inside the one transaction: the journals' locks, the application's row, post and four eyes, the register
check, facts → procedure → entries → refold, and last the step with its file number. A kill at any
moment leaves nothing of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import connection, transaction

from xueji.ground.journals import services as journals
from xueji.ground.journals.prepared import run_prepared
from xueji.ground.journals.services import NewEntry
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications.claims import ReadyRow, ready_rows
from xueji.registry.applications.models import Application, ApplicationState, Line, LineState
from xueji.registry.applications.routes import route
from xueji.registry.applications.rows import refuse_lines
from xueji.registry.applications.services import checks
from xueji.registry.applications.services.completing import complete
from xueji.registry.applications.services.lodging import ground, school_rulebook
from xueji.registry.applications.services.rosters import ROSTER_KINDS
from xueji.registry.applications.types import ActResult, RegisterCheck
from xueji.registry.cases import selectors as case_reads
from xueji.registry.cases import services as cases
from xueji.registry.cases.reasons import worded
from xueji.registry.cases.types import CaseView, Decision
from xueji.registry.register import services as register

_SCHOOLS = "SELECT school, other_school FROM applications_application WHERE id = %s"
SEND_BACK, REFUSE = "send_back", "refuse"
_STATES = {
    "proofread": ApplicationState.PROOFREAD,
    "decide": ApplicationState.DECIDED,
    "examine": ApplicationState.EXAMINED,
    "approve": ApplicationState.EXAMINED,  # an approval that is not the last one
    "confirm": ApplicationState.DECIDED,
}


@transaction.atomic
def act(
    *,
    actor: Actor,
    application: UUID,
    act: str,
    reason: str | None = None,
    reason_code: str = "",
    lines: Collection[int] | None = None,
    expected_version: int | None = None,
) -> ActResult:
    """Proofread, decide, examine, approve, send back or refuse an application.

    ``reason_code``: of the rulebook's list for sending back or refusing (``cases.reasons``), ``reason`` beside it.
    ``lines``: with a roster's last approval, the Excel rows that are approved; the others are
    refused with ``reason``. ``expected_version``: what the page showed; ``Refused`` ``changed_meanwhile`` where
    somebody else acted since. Raises ``Refused`` for a wrong post, person or order, and for a difference in the
    register check.
    """
    found = _locked(application, expected_version)
    if act in (SEND_BACK, REFUSE):
        return _negative(actor, found, act, worded(act, reason_code, reason or "", today()), reason_code)
    taken = cases.take_step_of(actor=actor, subject=found.id, act=act)
    step = taken.step
    if step.completes:
        with connection.cursor() as cursor:
            cursor.execute("SELECT applications_open_grant(%s, %s)", [found.id, step.id])
    rows = ready_rows(found.id) if found.kind in ROSTER_KINDS and (step.needs_check or step.completes) else []
    checked = _checked(found, rows) if step.needs_check else None
    if step.completes:
        _refuse_others(found, lines, reason or "")
        parked = set(checked.parked) if checked else set()
        chosen = [row for row in rows if row.row_no not in parked and (lines is None or row.row_no in lines)]
        complete(actor=actor, application=found, step=step.id, rows=chosen)
    elif lines is not None:
        raise Refused("lines_only_at_the_end", "只有最后的审批可以逐行办理，请去掉逐行选择后再办理。", "通知一.2")
    if actor.organisation not in (found.school, found.other_school):
        journals.lock([actor.organisation])  # before its file numbers
    decision = cases.decide_taken(taken, remark=reason or "", register_check=checked.stored() if checked else None)
    found.state = ApplicationState.APPROVED if decision.finished else _STATES[act]
    _changed(found)
    _write_down(actor, found, decision, reason or "")
    if decision.finished:
        _leave(found)
    return _result(found, decision)


@transaction.atomic
def resubmit(*, actor: Actor, application: UUID) -> ActResult:
    """Lodge again what was sent back, after it was put right: the steps run anew."""
    found = _locked(application, None)
    stands = ground(actor, found.school, found.kind)
    way = route(stands.change, school=found.school, other=found.other_school, on=today())
    cases.resubmit(actor=actor, case=_case(found).id, steps=way.steps)
    found.variant, found.state = way.variant, ApplicationState.LODGED
    found.save(update_fields=["variant"])
    _changed(found)
    return ActResult(found.id, found.state, found.registrations)


@transaction.atomic
def retract(*, actor: Actor, application: UUID, reason: str = "") -> ActResult:
    """撤回申请: the applicant takes it back while nothing was finally decided; reserved numbers are let go."""
    found = _locked(application, None)
    case = _case(found)
    cases.retract(actor=actor, case=case.id)
    found.state = ApplicationState.RETRACTED
    _changed(found)
    step = case.current.id if case.current is not None else case.id
    _write_down(actor, found, Decision(case.id, step, "retract", "retracted", finished=False), reason)
    _let_go(found)
    return ActResult(found.id, found.state, found.registrations)


def _locked(application: UUID, expected_version: int | None) -> Application:
    """The application, with the locks of its schools' journals.

    The deciding bureau's own journal is locked by its entry at the very end, so that approvals for several schools
    of one bureau go on side by side; the order is everywhere a school before its bureau.
    """
    schools = run_prepared(_SCHOOLS, [application])
    if not schools:
        raise Refused("not_found", "没有找到这件申请，或它不在您单位的管理范围内。请核对后重试。", "通知一.2")
    journals.lock({school for school in schools[0] if school})
    found = Application.objects.select_for_update().get(id=application)
    if expected_version is not None and found.version != expected_version:
        raise Refused("changed_meanwhile", "这件申请刚刚由其他人办理过。请刷新页面，看过最新情况后再办理。", "通知一.3")
    return found


def _case(application: Application) -> CaseView:
    case = case_reads.case_of(application.id)
    if case is None:
        raise Refused("not_found", "没有找到这件申请的办理记录。请刷新后重试。", "通知一.2")
    return case


def _checked(application: Application, rows: Sequence[ReadyRow]) -> RegisterCheck:
    """The register check inside the deciding transaction; a difference blocks and names the field."""
    if application.kind in ROSTER_KINDS:
        checked = checks.check_roster(application, rows, parking=True)
    else:
        checked = checks.check(application, parking=True)
    if not checked.agreed:
        raise Refused("register_check_differs", checks.sentence(checked, today()), "通知三.2")
    return checked


def _negative(actor: Actor, application: Application, act: str, reason: str, reason_code: str) -> ActResult:
    verb = cases.send_back if act == SEND_BACK else cases.refuse
    decision = verb(actor=actor, case=_case(application).id, reason=reason, reason_code=reason_code)
    application.state = ApplicationState.SENT_BACK if act == SEND_BACK else ApplicationState.REFUSED
    _changed(application)
    _write_down(actor, application, decision, reason)
    if act == REFUSE:
        _let_go(application)
    return _result(application, decision)


def _refuse_others(application: Application, lines: Collection[int] | None, reason: str) -> None:
    """Approval by line: the rows that were not chosen are refused, each with the reason."""
    if lines is None:
        return
    open_lines = Line.objects.filter(application=application, state__in=[LineState.READY, LineState.PARKED])
    others = [(line.id, line.student) for line in open_lines if line.row_no not in lines]
    if others and not reason.strip():
        raise Refused("reason_missing", "有的行没有批准，请写明不予批准的原因。", "通知四.2")
    refuse_lines(application.id, [line for line, _ in others], reason)
    register.release_numbers(students=[student for _, student in others])


def _let_go(application: Application) -> None:
    """What was held for an application that came to nothing: reserved numbers, sight of the pupil."""
    students = Line.objects.filter(application=application).exclude(state=LineState.ACCEPTED)
    register.release_numbers(students=list(students.values_list("student", flat=True)))
    _leave(application)


def _leave(application: Application) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT applications_leave(%s)", [application.id])


def _changed(application: Application) -> None:
    application.changed_at = environment().now()
    application.version += 1
    application.save()


def _write_down(actor: Actor, application: Application, decision: Decision, reason: str) -> None:
    """Decisions are entries too (design §3): one in the deciding organisation's journal, in a transaction of its own.

    Of its own, since a pupil's entries count in a return only with their whole transaction.
    """
    basis = {
        "application": str(application.id),
        "case": str(decision.case),
        "step": str(decision.step),
        "act": decision.act,
        "state": str(application.state),
    }
    if decision.file_number:
        basis["file_number"] = decision.file_number
    entry = NewEntry(
        actor.organisation,
        "decision",
        today(),
        (),
        basis=basis,
        sensitive={"reason": reason} if reason else None,
        data_key_subject=application.id if reason else None,
    )
    journals.append(
        actor=actor,
        transaction_id=environment().new_id(),
        entries=[entry],
        rulebook_version=school_rulebook(application.school, today()).version,
    )


def _result(application: Application, decision: Decision) -> ActResult:
    return ActResult(
        application.id,
        str(application.state),
        application.registrations,
        decision.file_number,
        decision.next_role,
        decision.next_organisation,
        decision.next_due_on,
    )
