"""合并学籍: two students who are one, and its undoing (design §3; docs/adr/0012).

The student who is registered stays. What the other one's registrations say of earlier time is opened under the one who
stays, with numbers and spells as they were; the other's registrations are voided and his document number is let go.
His own history stays where it is; both sides' entries stand in one transaction and name each other. Undoing puts, for
each of these entries, an entry in its place that says nothing: everything is as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid5

from xueji.pure.kernel.fold import FoldEntry, RegistrationState
from xueji.pure.kernel.operations import (
    CloseRegistration,
    OpenRegistration,
    Operation,
    SetFields,
    SetSpell,
    VoidRegistration,
)
from xueji.pure.procedures.frame import ChangeFacts, Procedure
from xueji.pure.procedures.planned import Plan, Planned, Refusal

#: Keys of the basis: who was merged, where his entries stand, and into whom.
MERGED_FROM, AT_SCHOOL, MERGED_INTO = "merged_from", "merged_at", "merged_into"
DOCUMENT = "id_number"
SECOND_PENDING = Refusal("second_pending", "另一份学籍另有正在办理的申请，请待其办结后再报。", "通知三.2")


def merge(facts: ChangeFacts) -> Plan:
    """The entries of both students, in both schools' journals."""
    other = facts.second
    against = _refusals(facts)
    if against or other is None or facts.current is None:
        return Plan(refusals=against)
    own = [one for one in facts.state.registrations.values() if not one.voided]
    theirs = sorted(
        (one for one in other.state.registrations.values() if not one.voided), key=lambda one: one.started_on
    )
    entries = []
    for one in theirs:
        if not any(_overlap(one, mine) for mine in own):
            entries += _carried(facts, one)
    link = {MERGED_FROM: str(other.student), AT_SCHOOL: str(facts.to_school or facts.applicant)}
    entries.append(facts.entry(SetFields({}, ()), basis=link))
    return Plan([*entries, _let_go(facts, other, theirs)])


def _carried(facts: ChangeFacts, one: RegistrationState) -> list[Planned]:
    """A registration of the other student, under the one who stays."""
    new = uuid5(facts.student, str(one.registration))
    days: dict[date, list[Operation]] = {
        one.started_on: [OpenRegistration(new, one.school, one.stage, one.number, one.scheme, one.how_started)]
    }
    for spell in one.spells:
        days.setdefault(spell.started_on, []).append(SetSpell(new, spell.dimension, spell.value))
    if one.ended_on is not None:
        days.setdefault(one.ended_on, []).append(CloseRegistration(new, one.how_ended or ""))
    school = facts.current.school if facts.current else facts.applicant
    return [
        Planned(
            school, facts.change.kind, facts.student, day, tuple(operations), basis={"carried": str(one.registration)}
        )
        for day, operations in sorted(days.items())
    ]


def _let_go(facts: ChangeFacts, other: ChangeFacts, theirs: Sequence[RegistrationState]) -> Planned:
    """The other student's registrations never were his; his document number is free for the one who stays."""
    operations: list[Operation] = [VoidRegistration(one.registration) for one in theirs]
    has_number = DOCUMENT in other.state.sensitive_codes
    operations.append(SetFields({}, (DOCUMENT,) if has_number else ()))
    return Planned(
        facts.to_school or facts.applicant,
        facts.change.kind,
        other.student,
        facts.on,
        tuple(operations),
        {DOCUMENT: None} if has_number else None,
        basis={MERGED_INTO: str(facts.student)},
    )


def undo(facts: ChangeFacts) -> Plan:
    """For each entry of the merging, one in its place that says nothing."""
    other = facts.second
    if other is None:
        return Plan(refusals=[_missing(facts)])
    own, theirs = _merging(facts, facts.entries), _merging(other, other.entries)
    # What each has been merged with besides stays: the other one may have been the one who stayed before.
    both = {entry.transaction_id for entry in own} & {entry.transaction_id for entry in theirs}
    own = [entry for entry in own if entry.transaction_id in both]
    theirs = [entry for entry in theirs if entry.transaction_id in both]
    if not theirs or not own:
        message = "这两份学籍没有合并过，或已经撤销合并。"
        return Plan(refusals=[facts.refusal("not_merged", message, "second_student")])
    school = facts.current.school if facts.current else facts.applicant
    return Plan(
        [
            *(_undone(facts, facts.student, school, entry) for entry in own),
            *(_undone(facts, other.student, facts.to_school or facts.applicant, entry) for entry in theirs),
        ]
    )


def _undone(facts: ChangeFacts, student: UUID, school: UUID, entry: FoldEntry) -> Planned:
    return Planned(school, facts.change.kind, student, entry.effective_on, (), None, entry.entry_id)


def _merging(facts: ChangeFacts, entries: Iterable[FoldEntry]) -> list[FoldEntry]:
    """The entries of mergings that still stand."""
    found = [entry for entry, (kind, _) in zip(entries, facts.history, strict=True) if kind == "merge"]
    corrected = {entry.corrects for entry in facts.entries if entry.corrects is not None}
    return [entry for entry in found if entry.entry_id not in corrected]


def _refusals(facts: ChangeFacts) -> list[Refusal]:
    other = facts.second
    if other is None or other.student == facts.student:
        return [_missing(facts)]
    if other.open_kinds:
        return [replace(SECOND_PENDING, student=facts.student, fields=("second_student",))]
    if not any(not one.voided for one in other.state.registrations.values()):
        message = "另一份学籍已经作废或已经合并，不需要再合并。"
        return [facts.refusal("second_voided", message, "second_student")]
    return []


def _missing(facts: ChangeFacts) -> Refusal:
    return facts.refusal("second_missing", "请写明要合并的另一份学籍。", "second_student")


def _overlap(one: RegistrationState, other: RegistrationState) -> bool:
    begins_before_end = other.ended_on is None or one.started_on < other.ended_on
    return begins_before_end and (one.ended_on is None or other.started_on < one.ended_on)


PROCEDURES = (
    Procedure("merge", merge, second=True, same_day=True, opens=True, own_service=True),
    Procedure("merge_undo", undo, second=True, same_day=True, opens=True, own_service=True, undoes="merge"),
)
