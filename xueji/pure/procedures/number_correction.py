"""学籍号更正: a number with the wrong year, class or code, of one pupil, of two who were swapped, or of a whole class.

The entry takes the place of the one that opened the registration and repeats it with the right number
(docs/adr/0011): the registration stays the same, the old number is retired and stays findable (invariant 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from xueji.pure.kernel.fold import FoldEntry, RegistrationState
from xueji.pure.kernel.operations import OpenRegistration
from xueji.pure.procedures.frame import ChangeFacts, Procedure
from xueji.pure.procedures.planned import Plan, Planned, Refusal

OLD, NEW = "old_number", "new_number"


def renumber(facts: ChangeFacts) -> Plan:
    """The opening entry anew with the number that was allocated in the class that the claim names."""
    against = _wrong_class(facts)
    if against or facts.current is None or facts.new is None:
        return Plan(refusals=against)
    return Plan([_of(facts, facts.current, facts.new.number, facts.new.scheme)])


def swap(facts: ChangeFacts) -> Plan:
    """Two pupils of one school bear each other's number: each opening entry anew with the other's."""
    other = facts.second
    against = _no_swap(facts)
    if against or other is None or facts.current is None or other.current is None:
        return Plan(refusals=against)
    one, two = facts.current, other.current
    return Plan([_of(facts, one, two.number, two.scheme), _of(other, two, one.number, one.scheme)])


def _of(facts: ChangeFacts, current: RegistrationState, number: str, scheme: str) -> Planned:
    return opened_anew(facts.change.kind, facts.student, current, facts.entries, number, scheme)


def opened_anew(
    kind: str, student: UUID, current: RegistrationState, entries: Sequence[FoldEntry], number: str, scheme: str
) -> Planned:
    """The entry that takes the place of the one which opened a registration; all else as it stood."""
    wrong = next(entry for entry in entries if entry.entry_id == current.opened_by_entry)
    operations = tuple(
        OpenRegistration(one.registration, one.school, one.stage, number, scheme, one.how)
        if isinstance(one, OpenRegistration) and one.registration == current.registration
        else one
        for one in wrong.operations
    )
    basis = {OLD: current.number, NEW: number}
    return Planned(
        current.school, kind, student, wrong.effective_on, operations, wrong.sensitive, wrong.entry_id, basis
    )


def _wrong_class(facts: ChangeFacts) -> list[Refusal]:
    to, current = facts.to, facts.current
    if current is None:
        return []
    if to is None:
        return [facts.refusal("class_not_found", "请选择按哪个班级编新的学籍号。", "class_group")]
    if to.school != current.school or to.stage != current.stage:
        message = "新的学籍号只能按本校同一学段的班级编，请另选班级。"
        return [facts.refusal("number_of_another_school", message, "class_group")]
    return []


def _no_swap(facts: ChangeFacts) -> list[Refusal]:
    other = facts.second
    if other is None or other.student == facts.student:
        return [facts.refusal("second_missing", "请选择与该生互换学籍号的另一名学生。", "second_student")]
    if other.current is None or facts.current is None or other.current.school != facts.current.school:
        message = "另一名学生不是本校在籍学生，不能互换学籍号。"
        return [facts.refusal("second_not_ours", message, "second_student")]
    if other.open_kinds:
        message = "另一名学生另有正在办理的学籍申请，请待其办结后再报。"
        return [facts.refusal("second_pending", message, "second_student", basis="通知三.2")]
    if not (other.current.number and facts.current.number):
        message = "两名学生中有人还没有学籍号，不能互换。请先办理分班编号。"
        return [facts.refusal("second_without_number", message, "second_student")]
    if other.current.stage != facts.current.stage:
        return [facts.refusal("second_of_another_stage", "两名学生不在同一学段，不能互换学籍号。", "second_student")]
    return []


PROCEDURES = (
    Procedure("number_correction", renumber, numbers=True, renumbers=True, same_day=True, opens=True),
    Procedure("number_swap", swap, second=True, same_day=True, opens=True),
    Procedure("class_number_correction", renumber, numbers=True, renumbers=True, opens=True, own_service=True),
)
