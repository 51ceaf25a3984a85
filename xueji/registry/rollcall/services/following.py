"""What is done about a pupil who did not come: contact attempts, and how it ended (clause D2: 控制辍学)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.terms import NoShowEnd
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.cases.models import Case, CaseState
from xueji.registry.rollcall.authority import BASIS, held, require_registrar, school_rulebook, term_of
from xueji.registry.rollcall.models import ContactAttempt, Presence, RollLine
from xueji.registry.rollcall.sealed import attempt_place, seal_all

CAME = "came"
LONGEST_NOTE = 1000


@transaction.atomic
def log_contact(*, actor: Actor, line: int, attempted_on: date, way: str, reached: bool, who: str, result: str) -> UUID:
    """Write down one try to reach the family; it stays, whatever comes later. Also after the roll is closed.

    ``who`` tried (class teacher, registrar …) and ``result`` are kept sealed. Raises ``Refused``.
    """
    found = RollLine.objects.select_related("roll").filter(pk=line).first()
    if found is None:
        raise Refused("rollcall.not_found", "没有找到这名学生的报到记录，请从未到名单重新打开。", BASIS)
    require_registrar(actor, found.school)
    book = school_rulebook(found.school)
    who, result = " ".join(who.split()), " ".join(result.split())
    if way not in book.calendar.terms.contact_ways:
        raise Refused("rollcall.way", "请选择联系方式。", BASIS)
    if not who or not result:
        raise Refused("rollcall.contact", "请写明由谁联系、结果怎样，例如“班主任；无人接听”。", BASIS)
    if len(who) > 60 or len(result) > LONGEST_NOTE:
        raise Refused("rollcall.contact", f"联系人请写在 60 字以内，结果写在 {LONGEST_NOTE} 字以内。", BASIS)
    first = term_of(book, found.roll.term).starts_on
    if not first <= attempted_on <= today():
        raise Refused("rollcall.day", f"联系日期应在 {first.isoformat()} 和今天之间，请核对。", BASIS)
    identity = environment().new_id()
    told = seal_all([(found.student, {"who": who, "result": result}, attempt_place(identity))])[0]
    ContactAttempt.objects.create(
        id=identity, line=found, school=found.school, student=found.student, term=found.roll.term,
        attempted_on=attempted_on, way=way, reached=reached, told=told, entered_at=environment().now(),
        entered_by=actor.person,
    )  # fmt: skip
    return identity


@transaction.atomic
def settle(*, actor: Actor, line: int, outcome: str, on: date | None = None, application: UUID | None = None) -> None:
    """How a no-show ended: ``came`` (with the day), or one of the rulebook's ends, for which a change was lodged.

    ``application``: that change; its case must be of a kind of this end and neither refused nor taken back.
    Raises ``Refused``.
    """
    found = RollLine.objects.select_related("roll").filter(pk=line).first()
    if found is None:
        raise Refused("rollcall.not_found", "没有找到这名学生的报到记录，请从未到名单重新打开。", BASIS)
    roll = held(found.roll_id)
    require_registrar(actor, roll.school)
    found = RollLine.objects.select_for_update().get(pk=line)
    if found.presence not in (Presence.EXCUSED, Presence.ABSENT):
        raise Refused("rollcall.not_absent", "这名学生没有登记为“未到”，不需要办结。", BASIS)
    book = school_rulebook(roll.school)
    end = book.calendar.terms.end(outcome)
    if end is None or not end.no_show:
        raise Refused("rollcall.outcome", "请选择这名学生最后的去向。", BASIS)
    day = on or today()
    first = term_of(book, roll.term).starts_on
    if not first <= day <= today():
        raise Refused("rollcall.day", f"日期应在 {first.isoformat()} 和今天之间，请核对。", BASIS)
    require_lodged(end, application)
    found.outcome, found.outcome_on, found.application = outcome, day, application if end.kinds else None
    found.came_on = day if outcome == CAME else None
    found.settled_by = actor.person
    found.save(update_fields=["outcome", "outcome_on", "application", "came_on", "settled_by"])


def require_lodged(end: NoShowEnd, application: UUID | None) -> None:
    """An end that rests on a change needs that change lodged: a case of its kind, not refused, not taken back."""
    if not end.kinds:
        return
    case = Case.objects.filter(subject=application, kind__in=end.kinds).first() if application else None
    if case is None:
        raise Refused(
            "rollcall.not_lodged", f"还没有为这名学生提出“{end.title}”的申请。请先提出申请，再在这里登记去向。", BASIS
        )
    if case.state in (CaseState.REFUSED, CaseState.RETRACTED):
        raise Refused(
            "rollcall.not_lodged",
            f"这件“{end.title}”申请{CaseState(case.state).label}，不能作为去向。请重新核实。",
            BASIS,
        )
