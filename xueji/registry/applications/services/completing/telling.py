"""Whom the completion of a change is told to, as the rulebook says: notices without a name (clause D2)."""

from __future__ import annotations

from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import ChangeKind
from xueji.pure.kernel.types import Level, Role
from xueji.pure.procedures.frame import ChangeFacts
from xueji.registry.applications.letters import MIGRANT, YES, hukou_of
from xueji.registry.applications.models import Application, Letter
from xueji.registry.cases import services as cases
from xueji.registry.register import selectors as register


def tell(application: Application, change: ChangeKind, facts: ChangeFacts) -> None:
    """One notice to each that the change's ``notify`` names, in the deciding transaction."""
    if not change.notify or facts.current is None:
        return
    home = organisations.by_id(facts.current.school)
    params = {"school": home.name, "title": change.title, "on": facts.on.isoformat()}
    if "attended_school" in change.notify and facts.attends is not None:
        cases.notify([facts.attends], "change_told", subject=application.id, params=params)
    if "bureaus" in change.notify:
        schools = [home.id, *([facts.attends] if facts.attends else [])]
        bureaus = organisations.competent_bureaus(schools, today()).values()
        cases.notify(bureaus, "change_told", role=Role.CLERK.value, subject=application.id, params=params)
    if "hukou_bureau" in change.notify:
        _tell_hukou(application, facts, params)


def _tell_hukou(application: Application, facts: ChangeFacts, params: dict[str, str]) -> None:
    """The district of a migrant child's household register: a notice where this register knows it, else a letter."""
    record = register.student_record(facts.student, today())
    if record is None or facts.current is None or record.fields.get(MIGRANT) != YES:
        return
    code = hukou_of(record)
    found = organisations.by_codes([code]).get(code) if code else None
    if found is None or found.level != Level.DISTRICT:
        Letter.objects.create(
            application=application, school=facts.current.school, student=facts.student, made_on=today()
        )
    elif organisations.competent_bureau(facts.current.school, today()) != found.id:
        cases.notify([found.id], "dropout_of_hukou", role=Role.CLERK.value, params=params)
