"""毕业回退: a bureau's head takes back graduations and completions while nothing rests on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction

from xueji.ground.accounts import services as accounts
from xueji.ground.journals import selectors as entries_of
from xueji.ground.journals import services as journals
from xueji.ground.journals.services import NewEntry
from xueji.ground.journals.types import Entry
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.fold import fold_student
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.graduation_undo import graduation_undo
from xueji.registry.applications.resting import rests_on
from xueji.registry.applications.services.completing.writing import entry_of, refuse
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.applications.services.rosters import pending_students
from xueji.registry.register import services as register
from xueji.registry.register.models import Student

KIND = "graduation_undo"
_NOBODY = UUID(int=0)  # no school at all: a list that was sent back is in the way too


@transaction.atomic
def undo_graduation(*, actor: Actor, students: Sequence[UUID], reason: str) -> int:
    """Take back how these pupils of one school left; how many they were.

    Whom the rulebook names (the head of the school's competent bureau) decides and says why. Raises ``Refused`` for
    anybody else, without a reason, and where a certificate, a later registration or a frozen return rests on one of
    them: then nothing is written.
    """
    school = _school(students)
    journals.lock([school])
    book = school_rulebook(school, today())
    change = book.change(KIND)
    basis = change.basis
    if actor.role is not change.steps[-1].role or actor.organisation != organisations.competent_bureau(school, today()):
        raise Refused("undo_not_yours", "毕业回退由学校的主管教育局负责人决定，您现在的岗位不能办理。", basis)
    accounts.can_act(actor)
    if not reason.strip() and any(ask.key == "reason" and ask.required for ask in change.asks):
        raise Refused("reason_missing", "请写明回退的原因。", basis)
    histories = entries_of.entries_of_students(list(students), decrypt=False)
    states = {student: fold_student(histories[student]) for student in students}
    known = {entry.entry_id: entry for entries in histories.values() for entry in entries}
    closing = {
        student: known[one.closed_by_entry]
        for student, state in states.items()
        for one in sorted(state.registrations.values(), key=lambda item: item.started_on)
        if one.closed_by_entry in known and not one.voided
    }
    plan = graduation_undo(states, rests=_rests_on(closing), basis=basis)
    refuse(plan)
    transaction_id, decision = environment().new_id(), environment().new_id()
    ground = {"kind": KIND, "decision": str(decision), "bureau": str(actor.organisation)}
    entries = journals.append(
        actor=actor,
        transaction_id=transaction_id,
        entries=[entry_of(planned, ground) for planned in plan.entries],
        rulebook_version=book.version,
    )
    register.refold(students=list(students), transaction_id=transaction_id)
    _write_down(actor, decision, reason.strip(), len(entries), book.version)
    return len(entries)


def _rests_on(closing: Mapping[UUID, Entry]) -> dict[UUID, list[str]]:
    """What rests on a graduation, an application that is under way about its leaver included."""
    found = rests_on(closing)
    for student in pending_students(list(closing), _NOBODY):
        found[student].append("该生另有正在办理的申请（例如已在升学录取名单中），请先办结或撤回")
    return found


def _school(students: Sequence[UUID]) -> UUID:
    """The one school that holds them."""
    schools = set(Student.objects.filter(id__in=list(students)).values_list("holder", flat=True))
    if len(schools) != 1:
        raise Refused("undo_one_school", "请选择同一所学校的毕业生，一次办理一所学校。", "通知三.2")
    return schools.pop()


def _write_down(actor: Actor, decision: UUID, reason: str, count: int, version: str) -> None:
    """The decision in the bureau's own journal, its reason sealed; a transaction of its own as all decisions."""
    journals.lock([actor.organisation])
    entry = NewEntry(
        actor.organisation,
        "decision",
        today(),
        (),
        basis={"kind": KIND, "decision": str(decision), "pupils": count},
        sensitive={"reason": reason},
        data_key_subject=decision,
    )
    journals.append(actor=actor, transaction_id=environment().new_id(), entries=[entry], rulebook_version=version)
