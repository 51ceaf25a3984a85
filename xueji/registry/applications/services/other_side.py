"""The school on the other side of a change: named in the claim, the one at which the pupil studies or was before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import ChangeKind, Rulebook
from xueji.pure.kernel.types import Level, Refused
from xueji.pure.procedures.frame import Procedure
from xueji.pure.procedures.guest_study import study_begun
from xueji.pure.procedures.out_of_city import DEPARTING
from xueji.pure.procedures.out_of_city import HOW as TRANSFER_OUT
from xueji.pure.procedures.special_education import begun
from xueji.registry.applications.services.lodging import Ground
from xueji.registry.register.selectors import StudentRecord

OTHER_SCHOOL = "other_school"


def may_lodge(known: Procedure, record: StudentRecord, school: UUID) -> bool:
    """The pupil's school; of a study elsewhere the attended one as well."""
    return record.latest.school == school or (known.other_side == "attended" and _attended(record) == school)


def fits(
    known: Procedure,
    change: ChangeKind,
    record: StudentRecord,
    school: UUID,
    *,
    book: Rulebook,
    history: Sequence[tuple[str, date]],
) -> bool:
    """Whether a kind can be about this pupil as he stands today and be lodged by this school.

    ``history``: kind and day of the pupil's entries in whose place no other was put.
    """
    if change.forbidden or not may_lodge(known, record, school):
        return False
    if known.undoes and known.undoes not in {kind for kind, _ in history}:
        return False
    begins = book.changes.get(known.ends)
    if begins is not None and not begun(begins, record.fields):
        return False
    if record.in_force is None:
        return not known.registered
    if change.from_status and record.in_force.value("status", record.on) not in change.from_status:
        return False
    arrival = record.in_force.value("arrival", record.on)
    if known.arrival and arrival != known.arrival:
        return False
    if known.kind == TRANSFER_OUT and arrival == DEPARTING:  # agreed to already, the letter is awaited
        return False
    elsewhere = _attended(record) is not None
    if known.other_side == "attended":
        return elsewhere and known.study in ("", study_begun(history, record.on))
    return not (known.other_side == "named" and elsewhere)


def other_side(known: Procedure, record: StudentRecord, stands: Ground, named: UUID | None) -> UUID | None:
    """The other school of a change that ``stands.school`` lodges. Raises ``Refused`` where there is none."""
    basis = stands.change.basis
    if known.other_side == "attended":
        host, home = _attended(record), record.latest.school
        if host is None:
            raise Refused(
                "not_attending_elsewhere", f"该生现在没有在外校就读，不能办理{stands.change.title}。请核对学生。", basis
            )
        return home if stands.school.id == host else host
    if known.other_side == "former":
        return _former(record, stands.school.id)
    if known.other_side == "named":
        if named is None:
            raise Refused("other_school_missing", "请填写就读学校的 11 位学校代码。", basis)
        school = organisations.by_id(named)
        if school.level != Level.SCHOOL or (school.closed_on is not None and school.closed_on <= today()):
            raise Refused("other_school_not_open", "所填的学校不在办学，请核对学校代码。", basis)
        if named == stands.school.id:
            raise Refused("other_school_own", "就读学校就是本校，不需要办理。请核对学校代码。", basis)
    return named


def _former(record: StudentRecord, own: UUID) -> UUID | None:
    """The school that keeps the record once the registration in force never was; None where it is the same one."""
    before = [one for one in record.registrations if not one.voided and one is not record.in_force]
    return before[-1].school if before and before[-1].school != own else None


def _attended(record: StudentRecord) -> UUID | None:
    host = record.in_force.value("attends", record.on) if record.in_force else None
    return UUID(host) if host else None
