"""合并与撤销合并: lodged by the school of the student who stays, decided by both bureaus (design §3).

The other record is found only by its exact number and name; the asking is logged and limited like a transfer's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from xueji.ground.disclosure import services as disclosure
from xueji.ground.journals import services as journals
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.merge import AT_SCHOOL, MERGED_FROM, SECOND_PENDING
from xueji.registry.applications.services.changes import asked_of, known_procedure, refuse_early
from xueji.registry.applications.services.lodging import Ground, attach, ground, open_application
from xueji.registry.applications.services.lookup import Target
from xueji.registry.applications.services.pupil_facts import SECOND
from xueji.registry.applications.services.rosters import pending_students
from xueji.registry.applications.services.transfers import pending
from xueji.registry.applications.types import LodgeResult
from xueji.registry.register import selectors as register

MERGE, UNDO = "merge", "merge_undo"


def lodge_merge(
    *,
    actor: Actor,
    school: UUID,
    student: UUID,
    second_number: str,
    second_name: str,
    reason: str,
    evidence: Sequence[tuple[str, UUID]] = (),
) -> LodgeResult:
    """Lodge that the record with ``second_number`` is the same pupil as ``student``, who stays.

    Raises ``Refused``; the asking stays in the disclosure log.
    """
    stands = _ground(actor, school, MERGE, reason)
    target = _recorded(actor, second_number, second_name)
    if target is None:
        raise Refused("pupil_not_found", "没有找到姓名与学籍号都相符的另一份学籍。请核对后重试。", stands.change.basis)
    said = {
        "second_number": "".join(second_number.split()),
        "second_name": second_name.strip(),
        "reason": reason.strip(),
    }
    return _lodge(actor, stands, student, target, said, evidence)


def lodge_merge_undo(
    *, actor: Actor, school: UUID, student: UUID, reason: str, evidence: Sequence[tuple[str, UUID]] = ()
) -> LodgeResult:
    """Lodge that the last merging of ``student`` was wrong: both records become again what they were."""
    stands = _ground(actor, school, UNDO, reason)
    standing = [one for one in register.timeline(student) if one.kind == MERGE and one.corrected_by is None]
    links = [one.basis for one in standing if MERGED_FROM in one.basis]
    if not links:
        raise Refused("not_merged", "这份学籍没有合并过，或已经撤销合并。", stands.change.basis)
    target = Target(UUID(links[-1][MERGED_FROM]), UUID(links[-1][AT_SCHOOL]))
    return _lodge(actor, stands, student, target, {"reason": reason.strip()}, evidence)


def _ground(actor: Actor, school: UUID, kind: str, reason: str) -> Ground:
    stands = ground(actor, school, kind)
    if not reason.strip():
        raise Refused("reason_missing", f"请写明{stands.change.title}的理由。", stands.change.basis)
    return stands


@transaction.atomic
def _lodge(
    actor: Actor,
    stands: Ground,
    student: UUID,
    target: Target,
    said: Mapping[str, str],
    evidence: Sequence[tuple[str, UUID]],
) -> LodgeResult:
    journals.lock([stands.school.id])
    record = register.student_record(student, today(), decrypt=False)
    if record is None or record.in_force is None or record.in_force.school != stands.school.id:
        raise Refused("not_your_pupil", "保留的一份必须是本校在籍学生的学籍，请由其在籍学校申报。", stands.change.basis)
    # Asked before ours is open, by the function that sees all schools: what follows sees our own alone.
    if pending_students([target.student], stands.school.id):
        raise Refused(SECOND_PENDING.code, SECOND_PENDING.message, SECOND_PENDING.basis)
    try:
        with transaction.atomic():
            application, _ = open_application(
                actor=actor,
                stands=stands,
                claim={**said, SECOND: str(target.student), "name": record.name},
                other_school=target.school,
                label=stands.change.title,
                stage=record.latest.stage,
                school_year=stands.book.school_year(),
                student=student,
                second_student=target.student,
                registration=record.in_force.registration,
            )
    except IntegrityError as error:
        raise pending(stands) from error
    with connection.cursor() as cursor:
        cursor.execute("SELECT applications_join(%s)", [application.id])
    refuse_early(known_procedure(application.kind), asked_of(application), stands)
    attach(actor, application, stands.change, evidence)
    return LodgeResult(application.id, application.state, 1)


def _recorded(actor: Actor, number: str, name: str) -> Target | None:
    """The student to whom exactly this number was given and who has this name, registered or not."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT student, school FROM applications_recorded(%s, %s)", ["".join(number.split()), name.strip()]
            )
            row = cursor.fetchone()
        found = Target(*row) if row else None
        disclosure.log_exact_lookup(actor=actor, found=found.student if found else None)
    return found
