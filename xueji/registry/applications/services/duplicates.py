"""A bureau's choice on a suspected duplicate (待核重复), side by side with the other bureau.

``different``: not the same person; the row goes on, and where both bear one ID number the exception is recorded
with the entries of both bureaus. ``same``: the same person; without a registration in force the pupil is
continued, with one the row is refused (lodge a transfer). ``refused``: no record is made. It is concluded when both
bureaus chose the same.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction

from xueji.ground.accounts import services as accounts
from xueji.ground.journals import services as journals
from xueji.ground.journals.services import NewEntry
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.applications.claims import ready_rows
from xueji.registry.applications.models import (
    Application,
    ApplicationState,
    DuplicateState,
    Line,
    LineState,
    SuspectedDuplicate,
)
from xueji.registry.applications.services.completing.roster import register_rows
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.applications.services.parking import show_duplicates
from xueji.registry.applications.suspicion import SAME_NAME_AND_BIRTH
from xueji.registry.cases import services as cases
from xueji.registry.cases.reasons import seal_reason
from xueji.registry.register import services as register

CHOICES = (DuplicateState.DIFFERENT, DuplicateState.SAME, DuplicateState.REFUSED)
_BASIS = "通知二.2、三.2"
_REFUSED_SAME = "经双方主管教育局核实，该生已在籍。请办理转学申请。"
_REFUSED = "经双方主管教育局核实，不予建档。"


@transaction.atomic
def decide_duplicate(*, actor: Actor, duplicate: UUID, choice: str, reason: str) -> str:
    """Record this bureau's choice; the state afterwards (open until both agree). Raises ``Refused``."""
    schools = SuspectedDuplicate.objects.filter(id=duplicate).values_list("school", flat=True).first()
    journals.lock([schools] if schools else [])
    found = SuspectedDuplicate.objects.select_for_update().filter(id=duplicate).first()
    if found is None:
        raise Refused("not_found", "没有找到这条待核重复，或它不归您单位核实。请刷新后重试。", _BASIS)
    if found.state != DuplicateState.OPEN:
        raise Refused("already_decided", f"这条待核重复已有结论：{DuplicateState(found.state).label}。", _BASIS)
    _may_choose(actor, found, choice, reason)
    _choose(actor, found, choice, reason.strip())
    if found.choice and found.choice == found.matched_choice:
        asked_as = Line.objects.values_list("student", flat=True).get(id=found.line_id)
        _conclude(found)
        found.save()
        with connection.cursor() as cursor:
            cursor.execute("SELECT applications_let_number_go(%s, %s)", [found.id, asked_as])
        show_duplicates(found.application_id)
        _go_on(actor, found)
        return str(found.state)
    found.save()
    return str(found.state)


def _go_on(actor: Actor, found: SuspectedDuplicate) -> None:
    """Where the roster is approved already, a released row is registered at once, by the bureau that approved it.

    When the other bureau chose last, the approving one is told: the other does not see the roster.
    """
    if not Line.objects.filter(id=found.line_id, state=LineState.READY).exists():
        return
    if actor.organisation != found.bureau:
        cases.notify([found.bureau], "duplicate_released", role="head", subject=found.application_id, params={})
    elif Application.objects.filter(id=found.application_id, state=ApplicationState.APPROVED).exists():
        register_released(actor=actor, application=found.application_id)


def _may_choose(actor: Actor, found: SuspectedDuplicate, choice: str, reason: str) -> None:
    if actor.role is not Role.HEAD or actor.organisation not in (found.bureau, found.matched_bureau):
        raise Refused("not_your_step", "待核重复由双方主管教育局负责人核实决定，您现在的岗位不能办理。", _BASIS)
    accounts.can_act(actor)
    if choice not in CHOICES:
        raise Refused("no_such_choice", "请选择：不是同一人、是同一人，或不予建档。", _BASIS)
    if not reason.strip():
        raise Refused("reason_missing", "请写明核实的依据和理由。", _BASIS)


def _choose(actor: Actor, found: SuspectedDuplicate, choice: str, reason: str) -> None:
    """Write the choice down, as an entry of the bureau's journal and in the row."""
    now = environment().now()
    entry = NewEntry(
        actor.organisation,
        "duplicate_decision",
        today(),
        (),
        basis={"duplicate": str(found.id), "application": str(found.application_id), "choice": choice},
        sensitive={"reason": reason},
        data_key_subject=found.application_id,
    )
    made = journals.append(
        actor=actor,
        transaction_id=environment().new_id(),
        entries=[entry],
        rulebook_version=school_rulebook(found.school, today()).version,
    )
    if actor.organisation == found.bureau:
        found.choice, found.chosen_by, found.chosen_at = choice, actor.person, now
        found.chosen_entry = made[0].entry_id
    if actor.organisation == found.matched_bureau:
        found.matched_choice, found.matched_chosen_by, found.matched_chosen_at = choice, actor.person, now
        found.matched_chosen_entry = made[0].entry_id


def _conclude(found: SuspectedDuplicate) -> None:
    """Both bureaus agree: what it means for the row."""
    found.state, found.closed_at = found.choice, environment().now()
    line = Line.objects.select_for_update().get(id=found.line_id)
    if found.state == DuplicateState.DIFFERENT:
        _different(found, line)
    elif found.state == DuplicateState.SAME and not found.matched_in_force:
        line.student, line.continued, line.state = found.matched, True, LineState.READY
    else:
        line.state = LineState.REFUSED
        why = _REFUSED_SAME if found.state == DuplicateState.SAME else _REFUSED
        line.reason = seal_reason(found.application_id, why)
    line.save(update_fields=["student", "continued", "state", "reason", "cleared"])
    cases.notify([found.school], "duplicate_decided", subject=found.application_id, params={})


def _different(found: SuspectedDuplicate, line: Line) -> None:
    line.cleared = [*line.cleared, str(found.matched)]
    others = SuspectedDuplicate.objects.filter(line=found.line_id, state=DuplicateState.OPEN).exclude(id=found.id)
    if not others.exists():
        line.state = LineState.READY
    if found.reason != SAME_NAME_AND_BIRTH and found.chosen_entry and found.matched_chosen_entry:
        register.share_document(
            student=line.student,
            other=found.matched,
            bureau=found.bureau,
            bureau_entry=found.chosen_entry,
            other_bureau=found.matched_bureau,
            other_bureau_entry=found.matched_chosen_entry,
        )


@transaction.atomic
def register_released(*, actor: Actor, application: UUID) -> int:
    """Register the rows that were parked when the roster was approved and have been released since; how many.

    By the competent bureau's head, as the approval itself. Raises ``Refused``.
    """
    schools = Application.objects.filter(id=application).values_list("school", flat=True).first()
    if schools is None:
        raise Refused("not_found", "没有找到这件申请，或它不在您单位的管理范围内。请核对后重试。", _BASIS)
    journals.lock([schools])
    found = Application.objects.select_for_update().get(id=application)
    if found.state != ApplicationState.APPROVED or found.effective_on is None or actor.role is not Role.HEAD:
        raise Refused("not_your_step", "只有已批准的花名册，才能由主管教育局负责人补办核实后的学生。", _BASIS)
    accounts.can_act(actor)
    with connection.cursor() as cursor:
        cursor.execute("SELECT applications_open_released(%s)", [found.id])
    rows = ready_rows(found.id)
    if not rows:
        return 0
    book = school_rulebook(found.school, found.effective_on)
    transaction_id = found.transaction_id
    register_rows(actor=actor, application=found, step=found.id, rows=rows, book=book, on=found.effective_on)
    found.transaction_id = transaction_id or found.transaction_id
    found.save()
    return len(rows)
