"""The last decision on a change of one pupil: its procedure's entries, whatever the kind."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup, CodeState
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.frame import ChangeFacts, NewNumber, Procedure, decide, preview
from xueji.pure.procedures.planned import Plan
from xueji.registry.applications.models import Application
from xueji.registry.applications.services.changes import asked_of, known_procedure, refuse_recall
from xueji.registry.applications.services.completing.numbering import allocate
from xueji.registry.applications.services.completing.telling import tell
from xueji.registry.applications.services.completing.writing import refuse, write
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.applications.services.pupil_facts import facts_of


def complete_pupil(*, actor: Actor, application: Application, step: UUID) -> None:
    """Write what the procedure plans. The step's grant has opened the schools concerned. Raises ``Refused``."""
    book = school_rulebook(application.school, today())
    change = book.change(application.kind)
    known = known_procedure(application.kind)
    facts = facts_of(asked_of(application), change, book, today=today())
    refuse_recall(known, facts)
    if known.numbers:
        facts = _numbered(known, facts)
        if not known.renumbers:
            application.new_registration = facts.new.registration if facts.new else None
    entries = write(
        actor=actor,
        application=application,
        step=step,
        plan=decide(known, facts),
        rulebook_version=book.version,
        effective_on=facts.on,
    )
    application.registrations = len({entry.student for entry in entries})
    tell(application, change, facts)


def _numbered(known: Procedure, facts: ChangeFacts) -> ChangeFacts:
    """The facts with a number allocated in the class group they name, once nothing speaks against the change."""
    refuse(Plan(refusals=preview(known, facts)))
    if facts.to is None:
        raise Refused("class_not_found", "没有选择编入的班级，不能编学籍号。请退回修改。", facts.change.basis)
    school = organisations.by_id(facts.to.school)
    if school.code_state != CodeState.CONFIRMED:
        raise Refused(
            "code_not_confirmed", "学校的代码还没有确定，不能编学籍号。请主管教育局先确定学校代码。", "通知二.1"
        )
    group = ClassGroup.objects.select_related("site").get(id=facts.to.class_group)
    numbers, scheme = allocate(school, facts.book, [(group, [facts.student])])
    return replace(facts, new=NewNumber(environment().new_id(), numbers[facts.student], scheme))
