"""Lodging a transfer: by the receiving school, which names the class (domain.md §3.8).

The pupil is found only by the exact 19 digits with the name, or by ID number with name; what comes back is found
or not found, the asking is logged and limited (design §4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from xueji.ground.journals import services as journals
from xueji.ground.organisations.models import ClassGroup
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Limit
from xueji.pure.kernel.school_year import grade_name
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.frame import EXPLANATION
from xueji.pure.procedures.transfer import Place
from xueji.registry.applications.models import Application
from xueji.registry.applications.services import checks
from xueji.registry.applications.services.facts import place, transfer_queries, transfer_refusals
from xueji.registry.applications.services.lodging import Ground, attach, ground, open_application
from xueji.registry.applications.services.lookup import Target, find_target
from xueji.registry.applications.services.rosters import pending_students
from xueji.registry.applications.types import LodgeResult
from xueji.registry.register import selectors as register

RESIDENT_ID = "1"


def lodge_transfer(
    *,
    actor: Actor,
    school: UUID,
    class_group: UUID,
    reason: str,
    name: str,
    registration_number: str | None = None,
    id_document_type: str = RESIDENT_ID,
    id_number: str | None = None,
    claim: Mapping[str, str] | None = None,
    evidence: Sequence[tuple[str, UUID]] = (),
    explanation: str = "",
) -> LodgeResult:
    """Lodge a transfer into a class group of the actor's school.

    The pupil by ``registration_number`` (19 digits) and name, or by ID number and name. ``claim`` holds what
    the papers say beside that (gender, birth_date …); every decision compares it with the record. ``evidence``:
    (the rulebook's key, document). ``explanation``: why all the same, where a limit of severity ``query`` is met.
    Raises ``Refused``; the asking stays in the disclosure log.
    """
    stands = ground(actor, school, "transfer")
    if not reason.strip():
        raise Refused("reason_missing", "请填写转学原因。", stands.change.basis)
    to = _class_group(stands, class_group)
    stated = {**(claim or {}), "name": name.strip(), "reason": reason.strip()}
    if explanation.strip():
        stated[EXPLANATION] = explanation.strip()
    if id_number:
        stated |= {"id_document_type": id_document_type, "id_number": id_number.strip().upper()}
    document = (stated["id_document_type"], stated["id_number"]) if id_number else None
    target = find_target(actor=actor, name=name, number=registration_number, document=document)
    if target is None:
        raise Refused(
            "pupil_not_found",
            "没有找到姓名与号码都相符的在籍学生。请与家长核对姓名、19位学籍号或身份证件号。",
            "通知三.2",
        )
    return _lodge(actor, stands, to, target, stated, evidence)


@transaction.atomic
def _lodge(
    actor: Actor,
    stands: Ground,
    to: Place,
    target: Target,
    stated: Mapping[str, str],
    evidence: Sequence[tuple[str, UUID]],
) -> LodgeResult:
    journals.lock([stands.school.id])
    if pending_students([target.student], stands.school.id):
        raise pending(stands)
    if target.school == stands.school.id:
        raise Refused("same_school", "该生已在本校在籍，不需要转学。校内换班请办理调班。", stands.change.basis)
    try:
        with transaction.atomic():
            application, _ = open_application(
                actor=actor,
                stands=stands,
                claim=stated,
                other_school=target.school,
                label=f"转学 · {grade_name(to.grade)}",
                stage=to.stage,
                school_year=stands.book.school_year(),
                student=target.student,
                class_group=to.class_group,
            )
    except IntegrityError as error:
        raise pending(stands) from error
    with connection.cursor() as cursor:
        cursor.execute("SELECT applications_join(%s)", [application.id])
    check_early(application)
    if not stated.get(EXPLANATION):
        _refuse_unexplained(application)
    attach(actor, application, stands.change, evidence)
    return LodgeResult(application.id, application.state, 1)


def check_early(application: Application) -> None:
    """Refuse at once what cannot come to anything, and note which registration is meant."""
    record = register.student_record(application.student) if application.student else None
    if record is None or record.in_force is None:
        raise Refused(
            "not_registered", "该生目前没有在籍学籍，不能办理转学。请核对学生，或按新生入学办理。", "通知二.2"
        )
    against = transfer_refusals(application, record)
    if against:
        raise Refused(against[0].code, against[0].message, against[0].basis)
    application.registration = record.in_force.registration
    application.save(update_fields=["registration"])
    check = checks.check(application, parking=False)
    if not check.agreed:
        raise Refused("register_check_differs", checks.sentence(check, today()), "通知三.2")


def queries_of(application: UUID) -> list[Limit]:
    """What a transfer or placement under way meets that is to be looked at: who decides reads it with the reasons."""
    found = Application.objects.filter(id=application, kind__in=("transfer", "placement")).first()
    record = register.student_record(found.student, decrypt=False) if found and found.student else None
    if found is None or record is None or record.in_force is None:
        return []
    return transfer_queries(found, record)


def _refuse_unexplained(application: Application) -> None:
    """A limit of severity ``query`` gives way to an explanation, as with every other kind."""
    record = register.student_record(application.student) if application.student else None
    asked = transfer_queries(application, record) if record is not None else []
    if asked:
        words = "；".join(limit.message.rstrip("。") for limit in asked)
        raise Refused(asked[0].code, f"{words}。请在“需要特别说明的理由”中填写。", asked[0].basis)


def _class_group(stands: Ground, class_group: UUID) -> Place:
    found = ClassGroup.objects.filter(id=class_group, school=stands.school.id).first()
    if found is None:
        raise Refused("class_not_found", "没有找到所选的转入班级，请从本校的班级中选择。", stands.change.basis)
    return place(found, stands.book, today())


def pending(stands: Ground) -> Refused:
    """The refusal where something about the pupil is under way, at whatever school."""
    limit = next((one for one in stands.change.limits if one.kind == "pending_application"), None)
    if limit is None:
        return Refused("pending_application", "该学生另有正在办理的学籍申请，请待其办结后再报。", stands.change.basis)
    return Refused(limit.code, f"{limit.message}。", limit.basis)
