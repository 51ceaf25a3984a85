"""Lodging what concerns a child without a registration here: 外地借读, 延缓入学 (ADR 0017)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction

from xueji.ground.journals import services as journals
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.fold import StudentState
from xueji.pure.kernel.outside import OutsideChild
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.effective import effective_date
from xueji.pure.procedures.frame import EFFECTIVE_ON, UNTIL, ChangeFacts, preview, procedures
from xueji.pure.procedures.outside import BEGIN, DEFERRAL, END, EXTENSION, listed_already
from xueji.pure.procedures.planned import Refusal
from xueji.registry.applications.claims import open_claim
from xueji.registry.applications.models import Application, ApplicationState
from xueji.registry.applications.services.changes import check_answer
from xueji.registry.applications.services.lodging import attach, ground, open_application, school_rulebook
from xueji.registry.applications.services.paper_entry import paper_claim
from xueji.registry.applications.services.pupil_facts import class_place
from xueji.registry.applications.types import LodgeResult
from xueji.registry.register import selectors as register

KINDS = (BEGIN, EXTENSION, END, DEFERRAL)
#: Kinds about a child who is on the school's list already.
OF_LISTED = (EXTENSION, END)
#: What of a listed child is kept with a claim about him: the file says who it is.
_NAMED = ("name", "birth_date", "id_number")


@transaction.atomic
def lodge_outside(
    *,
    actor: Actor,
    kind: str,
    claim: Mapping[str, str],
    child: UUID | None = None,
    evidence: Sequence[tuple[str, UUID]] = (),
    paper_date: date | None = None,
    paper_reason: str = "",
) -> LodgeResult:
    """Lodge a guest from outside, his extension or end, or a deferred entry, for the actor's school.

    ``claim``: the answers to the kind's ``asks``. ``child``: who is on the list already (extension, end); a new one
    gets an id of its own, which no registration ever bears. ``paper_date``, ``paper_reason``: entered later from a
    paper of that day. Everything that speaks against it is refused at once.
    """
    school = actor.organisation
    stands = ground(actor, school, kind)
    if kind not in KINDS or (kind in OF_LISTED) is (child is None):
        raise Refused("no_such_change", "请从外地借读、延缓入学名单中选择要办理的儿童。", stands.change.basis)
    journals.lock([school])
    given = {key: value.strip() for key, value in claim.items() if value and value.strip()}
    missing = [ask.label for ask in stands.change.asks if ask.required and ask.key not in given]
    if missing:
        raise Refused("asked_missing", f"还没有填写：{'、'.join(missing)}。", stands.change.basis)
    for ask in stands.change.asks:
        if ask.key in given:
            check_answer(ask, given[ask.key], stands.book)
    given |= paper_claim(stands.change, paper_date, paper_reason)
    if child is not None:
        known = register.outside_child(school, child)
        given |= {key: known.said[key] for key in _NAMED if key in known.said} if known else {}
    who = child or environment().new_id()
    facts = facts_of(
        school, kind, who, given, stands.book, lodged_on=paper_date or today(), decided_on=paper_date or today()
    )
    against = preview(procedures()[kind], facts)
    if against:
        words = "；".join(dict.fromkeys(one.message.rstrip("。") for one in against))
        raise Refused(against[0].code, f"{words}。", against[0].basis)
    try:
        with transaction.atomic():
            application, _ = open_application(
                actor=actor,
                stands=stands,
                claim=given,
                label=stands.change.title,
                stage=facts.to.stage if facts.to else (facts.outside.stage if facts.outside else "primary"),
                school_year=stands.book.school_year(),
                student=who,
                class_group=facts.to.class_group if facts.to else None,
                until=facts.day(UNTIL),
                paper_date=paper_date,
            )
    except IntegrityError as error:
        raise Refused(
            "pending_application", "该学生另有正在办理的申请，请待其办结后再报。", stands.change.basis
        ) from error
    attach(actor, application, stands.change, evidence)
    return LodgeResult(application.id, application.state, 1)


def facts_of(
    school: UUID,
    kind: str,
    child: UUID,
    claim: Mapping[str, str],
    book: Rulebook,
    *,
    lodged_on: date,
    decided_on: date,
    application: UUID | None = None,
) -> ChangeFacts:
    """What the procedures of these kinds ask; ``application`` is the one that is being decided.

    ``lodged_on``, ``decided_on``: of one from paper, the paper's day.
    """
    change = book.change(kind)
    claimed = claim.get(EFFECTIVE_ON)
    on = effective_date(
        change,
        book,
        decided_on=decided_on,
        school_year=book.school_year(),
        claimed=date.fromisoformat(claimed) if claimed else None,
    )
    group = claim.get("class_group")
    facts = ChangeFacts(
        student=child,
        state=StudentState(),
        on=on,
        lodged_on=lodged_on,
        today=today(),
        applicant=school,
        change=change,
        book=book,
        claim=claim,
        to=class_place(UUID(group), book, on) if group else None,
        open_kinds=_open_kinds(school, child, claim, application),
        outside=register.outside_child(school, child) if kind in OF_LISTED else None,
    )
    return facts if kind in OF_LISTED else _with_faults(facts)


def _with_faults(facts: ChangeFacts) -> ChangeFacts:
    """A new child must be known neither to the register nor to the list, under the same document."""
    number = facts.claim.get("id_number", "")
    found: list[Refusal] = []
    if register.registered_as(number) is not None:
        found.append(listed_already(facts, "在本市学籍库中已有学籍，请按借读或转学办理"))
    else:
        # All in sight: a school sees its own list, the bureau that decides those of all its schools.
        listed = [one for one in register.outside_children(None, decrypt=True) if _same(one, number, facts.on)]
        if listed:
            school = listed[0].school
            where = "本校" if school == facts.applicant else organisations.by_id(school).name
            found.append(listed_already(facts, f"已在{where}的外地借读或延缓入学名单中"))
    return replace(facts, faults=tuple(found))


def _same(one: OutsideChild, number: str, on: date) -> bool:
    return one.said.get("id_number", "").upper() == number.upper() and one.holds(max(on, one.started_on))


def _open_kinds(school: UUID, child: UUID, claim: Mapping[str, str], application: UUID | None) -> tuple[str, ...]:
    """Other open applications of the school about this child, known by his id or by his document."""
    rows = Application.objects.filter(school=school, kind__in=KINDS, state__in=ApplicationState.under_way())
    rows = rows.exclude(id=application) if application else rows
    number = claim.get("id_number")
    return tuple(
        one.kind for one in rows if one.student == child or (number and open_claim(one).get("id_number") == number)
    )


def against_outside(application: Application) -> list[Refusal]:
    """What speaks against it today."""
    return preview(procedures()[application.kind], facts_today(application))


def facts_today(application: Application) -> ChangeFacts:
    """What a lodged application asks for, as things are today."""
    book = school_rulebook(application.school, today())
    if application.student is None:
        raise ValueError("it names its child")
    return facts_of(
        application.school,
        application.kind,
        application.student,
        open_claim(application),
        book,
        lodged_on=application.paper_date or application.lodged_on,
        decided_on=application.paper_date or today(),
        application=application.id,
    )
