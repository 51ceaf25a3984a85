"""Lodging a change of one pupil of any kind that ``xueji.pure.procedures`` knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from xueji.ground.journals import services as journals
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Ask, Rulebook
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.frame import EFFECTIVE_ON, UNTIL, ChangeFacts, Procedure, preview, procedure
from xueji.registry.applications.claims import open_claim
from xueji.registry.applications.models import Application
from xueji.registry.applications.resting import papers_out
from xueji.registry.applications.services.lodging import Ground, attach, ground, open_application
from xueji.registry.applications.services.other_side import OTHER_SCHOOL, may_lodge, other_side
from xueji.registry.applications.services.paper_entry import paper_claim
from xueji.registry.applications.services.pupil_facts import SECOND, Asked, facts_of
from xueji.registry.applications.types import LodgeResult
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import StudentRecord

#: What of the record is kept with the claim when it is lodged: every later check compares it again.
KEPT = ("name", "gender", "birth_date")


@transaction.atomic
def lodge_change(
    *,
    actor: Actor,
    kind: str,
    school: UUID,
    student: UUID,
    claim: Mapping[str, str],
    evidence: Sequence[tuple[str, UUID]] = (),
    other_school: UUID | None = None,
    paper_date: date | None = None,
    paper_reason: str = "",
) -> LodgeResult:
    """Lodge a change of a pupil of the actor's school.

    ``claim``: the answers to the kind's ``asks`` by key (ISO dates, codes, UUIDs of classes). ``evidence``: (the
    rulebook's key, document). ``other_school``: where the kind names another side; of a study at another school the
    register knows it, and that school may lodge too. ``paper_date``: entered later from a paper of that day,
    ``paper_reason`` why (the system was down). Everything that speaks against it today is refused at once, with
    sentence and basis.
    """
    stands = _ground(actor, school, kind)
    known = known_procedure(kind)
    if known.own_service:
        raise Refused("own_page", f"{stands.change.title}有专门的办理页面，请从那里办理。", stands.change.basis)
    journals.lock([school])
    record = register.student_record(student, today(), decrypt=False)
    if record is None or not may_lodge(known, record, school):
        raise Refused(
            "not_your_pupil", "该生不是本校在籍学生，不能由本校申报。请核对学生，或先办理转入。", stands.change.basis
        )
    other = other_side(known, record, stands, other_school)
    answers = {**claim, OTHER_SCHOOL: str(other)} if other is not None else claim
    stated = _stated(stands, record, answers, paper_date, paper_reason)
    asked = Asked(student, school, stated, paper_date or today(), None, other, paper_date)
    refuse_early(known, asked, stands)
    application = _open(actor, stands, asked, record, paper_date)
    attach(actor, application, stands.change, evidence)
    return LodgeResult(application.id, application.state, 1)


def known_procedure(kind: str) -> Procedure:
    """The procedure of a kind; ``Refused`` where it has a way of its own."""
    found = procedure(kind)
    if found is None:
        raise Refused("no_such_change", "这种变动有专门的办理页面，请从“变动”页进入。", "通知一.2")
    return found


def refuse_early(known: Procedure, asked: Asked, stands: Ground) -> None:
    """Refuse what cannot come to anything, all reasons in one."""
    facts = facts_of(asked, stands.change, stands.book, today=today())
    refuse_recall(known, facts)
    against = preview(known, facts)
    if against:
        words = "；".join(dict.fromkeys(one.message.rstrip("。") for one in against))
        raise Refused(against[0].code, f"{words}。", against[0].basis)


def refuse_recall(known: Procedure, facts: ChangeFacts) -> None:
    """Refuse to take a change back while a paper that rests on it is out."""
    out = papers_out(facts.current.registration) if known.recalls and facts.current else []
    if out:
        raise Refused("papers_out", f"{'；'.join(out)}。", facts.change.basis)


def _ground(actor: Actor, school: UUID, kind: str) -> Ground:
    stands = ground(actor, school, kind)
    if stands.change.forbidden:
        raise Refused("forbidden", stands.change.forbidden, stands.change.basis)
    return stands


def _stated(
    stands: Ground, record: StudentRecord, claim: Mapping[str, str], paper_date: date | None, paper_reason: str
) -> dict[str, str]:
    """The claim as it is kept: answers, what the record says today, and the paper's date."""
    given = {key: value.strip() for key, value in claim.items() if value and value.strip()}
    missing = [ask.label for ask in stands.change.asks if ask.required and ask.key not in given]
    if missing:
        raise Refused("asked_missing", f"还没有填写：{'、'.join(missing)}。", stands.change.basis)
    for ask in stands.change.asks:
        if ask.key in given:
            check_answer(ask, given[ask.key], stands.book)
    given |= paper_claim(stands.change, paper_date, paper_reason)
    if paper_date is not None:
        given[EFFECTIVE_ON] = given.get(EFFECTIVE_ON, paper_date.isoformat())
    kept = {code: str(record.fields[code]) for code in KEPT if record.fields.get(code)}
    return {**given, **kept, "registration_number": record.latest.number}


def check_answer(ask: Ask, value: str, book: Rulebook) -> None:
    """Refuse an answer that the form could not have given."""
    if ask.type == "date":
        try:
            date.fromisoformat(value)
        except ValueError:
            raise Refused("date_unreadable", f"“{ask.label}”的日期读不出来，请写成 2008-09-03。") from None
    if ask.type == "choice":
        codes = book.codes[ask.codes].by_code if ask.codes else dict(ask.choices)
        if value not in codes:
            raise Refused("choice_unknown", f"“{ask.label}”没有这个选项，请从列表中选择。")


def _open(actor: Actor, stands: Ground, asked: Asked, record: StudentRecord, paper_date: date | None) -> Application:
    group, until = asked.claim.get("class_group"), asked.claim.get(UNTIL)
    second = asked.claim.get(SECOND)
    try:
        with transaction.atomic():
            application, _ = open_application(
                actor=actor,
                stands=stands,
                claim=asked.claim,
                other_school=asked.other_school,
                label=stands.change.title,
                stage=record.latest.stage,
                school_year=stands.book.school_year(),
                student=asked.student,
                second_student=UUID(second) if second else None,
                registration=record.in_force.registration if record.in_force else None,
                class_group=UUID(group) if group else None,
                until=date.fromisoformat(until) if until else None,
                paper_date=paper_date,
            )
    except IntegrityError as error:
        raise Refused(
            "pending_application", "该学生另有正在办理的学籍申请，请待其办结后再报。", stands.change.basis
        ) from error
    if asked.other_school is not None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT applications_join(%s)", [application.id])
    return application


def asked_of(application: Application) -> Asked:
    """What a lodged application asks for."""
    if application.student is None:
        raise ValueError("a change of a pupil names its pupil")
    return Asked(
        application.student,
        application.school,
        open_claim(application),
        application.paper_date or application.lodged_on,
        application.id,
        application.other_school,
        application.paper_date,
    )
