"""Whom the completion of a change is told to, as the rulebook says: notices without a name (clause D2)."""

from __future__ import annotations

from uuid import UUID

from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.divisions import county_of
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import ChangeKind
from xueji.pure.kernel.types import Level, Role
from xueji.pure.procedures.frame import ChangeFacts
from xueji.registry.applications.models import Application
from xueji.registry.cases import services as cases
from xueji.registry.register import selectors as register

#: The record's fields: a child of migrant workers, and the code of the division where the household is registered.
MIGRANT, HUKOU, YES = "migrant_worker_child", "hukou_place", "1"


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
        bureau = _hukou_bureau(facts)
        if bureau is not None:
            cases.notify([bureau], "dropout_of_hukou", role=Role.CLERK.value, params=params)


def _hukou_bureau(facts: ChangeFacts) -> UUID | None:
    """The district of a migrant child's household register, where it is another one that the register knows."""
    record = register.student_record(facts.student, today())
    if record is None or facts.current is None or record.fields.get(MIGRANT) != YES:
        return None
    place = str(record.sensitive.get(HUKOU) or record.fields.get(HUKOU) or "")
    code = county_of(place)
    found = organisations.by_codes([code]).get(code) if code else None
    if found is None or found.level != Level.DISTRICT:
        return None
    return None if organisations.competent_bureau(facts.current.school, today()) == found.id else found.id
