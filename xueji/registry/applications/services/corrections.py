"""Correcting a record: key data by an application to the bureau, other data by the school alone, at once (clause A4).

Both ask the same procedure and the same rules. ``seen`` names, for each field of the form, the entry that had set it
when the form was opened: who comes later is shown what the other has changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from django.db import transaction

from xueji.ground.journals import services as journals
from xueji.ground.journals.services import NewEntry
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.correction import CHANGED_ON, NATURE, WRONG, claimed
from xueji.pure.procedures.frame import EXPLANATION, decide
from xueji.registry.applications.record_rules import CheckedRecord, check_corrected
from xueji.registry.applications.services.changes import known_procedure, lodge_change
from xueji.registry.applications.services.completing.writing import refuse
from xueji.registry.applications.services.lodging import Ground, ground, school_rulebook
from xueji.registry.applications.services.pupil_facts import Asked, facts_of
from xueji.registry.applications.types import LodgeResult
from xueji.registry.register import selectors as register
from xueji.registry.register import services as register_services
from xueji.registry.register.selectors import StudentRecord

KEY, OTHER = "key_correction", "correction"


def check_correction(*, school: UUID, student: UUID, values: Mapping[str, str]) -> CheckedRecord:
    """What the rules of the record say of corrected values (field → as typed). Nothing is written."""
    record = register.student_record(student)
    if record is None:
        raise Refused("not_your_pupil", "没有找到该生，请核对后重试。", "通知一.4")
    return _checked(record, school, values)


@transaction.atomic
def lodge_key_correction(
    *,
    actor: Actor,
    school: UUID,
    student: UUID,
    values: Mapping[str, str],
    nature: str = WRONG,
    changed_on: date | None = None,
    reason: str,
    explanation: str = "",
    seen: Mapping[str, str] | None = None,
    evidence: Sequence[tuple[str, UUID]] = (),
    paper_date: date | None = None,
    paper_reason: str = "",
) -> LodgeResult:
    """Lodge the correction of key data (field → value as typed, "" takes it away).

    ``nature``: ``wrong`` from the beginning, or ``changed`` on ``changed_on``; ``paper_date``, ``paper_reason``: as in
    ``lodge_change``. Raises ``Refused`` with the finding's
    code where a rule of the record speaks against a value.
    """
    checked = check_correction(school=school, student=student, values=values)
    claim = {NATURE: nature, "reason": reason, EXPLANATION: explanation, **claimed(_read(values, checked), seen or {})}
    if changed_on is not None:
        claim[CHANGED_ON] = changed_on.isoformat()
    return lodge_change(
        actor=actor,
        kind=KEY,
        school=school,
        student=student,
        claim=claim,
        evidence=evidence,
        paper_date=paper_date,
        paper_reason=paper_reason,
    )


@transaction.atomic
def correct_record(
    *,
    actor: Actor,
    school: UUID,
    student: UUID,
    values: Mapping[str, str],
    nature: str = WRONG,
    changed_on: date | None = None,
    explanation: str = "",
    seen: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Correct other data at once; the entry in the journal is the log. The fields that were changed.

    Raises ``Refused``: a rule of the record, ``changed_meanwhile``, ``correction_of_the_other_kind``.
    """
    stands = ground(actor, school, OTHER)
    journals.lock([school])
    record = register.student_record(student)
    if record is None or record.in_force is None or record.in_force.school != school:
        raise Refused("not_your_pupil", "该生不是本校在籍学生，不能由本校更正。请核对学生。", stands.change.basis)
    known = {**record.fields, **record.sensitive}
    read = _read(values, _checked(record, school, values))
    changed = {code: value for code, value in read.items() if (known.get(code) or "") != value}
    claim = {NATURE: nature, EXPLANATION: explanation, **claimed(changed or read, seen or {})}
    if changed_on is not None:
        claim[CHANGED_ON] = changed_on.isoformat()
    _write(actor, stands, Asked(student, school, {key: text for key, text in claim.items() if text}, today()))
    return tuple(sorted(changed))


def _checked(record: StudentRecord, school: UUID, values: Mapping[str, str]) -> CheckedRecord:
    return check_corrected(
        student=record.student,
        state=record.state,
        corrected=values,
        school=school,
        book=school_rulebook(school, today()),
    )


def _read(values: Mapping[str, str], checked: CheckedRecord) -> dict[str, str]:
    """Values in canonical form; one that cannot be read stays as typed, so that its fault is told."""
    return {code: checked.values.get(code) or text.strip() for code, text in values.items()}


def _write(actor: Actor, stands: Ground, asked: Asked) -> None:
    """Decide by the procedure and write its entries, in a transaction id of their own."""
    facts = facts_of(asked, stands.change, stands.book, today=today())
    plan = decide(known_procedure(stands.change.kind), facts)
    refuse(plan)
    transaction_id = environment().new_id()
    entries = journals.append(
        actor=actor,
        transaction_id=transaction_id,
        entries=[
            NewEntry(
                one.organisation,
                one.kind,
                one.effective_on,
                one.operations,
                one.student,
                {**one.basis, "kind": one.kind},
                one.sensitive,
            )
            for one in plan.entries
        ],
        rulebook_version=stands.book.version,
    )
    register_services.refold(students=[asked.student], transaction_id=transaction_id, entries=entries)
