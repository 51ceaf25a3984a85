"""人籍分离: a pupil sits in class here, the record is elsewhere or there is none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection, transaction

from xueji.ground.disclosure import services as disclosure
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.register import identity as documents
from xueji.registry.register import selectors as register
from xueji.registry.rollcall.authority import BASIS, held, require_registrar, school_rulebook, term_of
from xueji.registry.rollcall.models import RollLine, SeparatedAttendance
from xueji.registry.rollcall.sealed import seal_all, separated_place
from xueji.registry.rollcall.services.following import require_lodged


@dataclass(frozen=True, slots=True)
class Separated:
    """What was written: the row's id, and the school that holds the record, None where it was not looked for or
    not found."""

    id: UUID
    elsewhere: UUID | None


@transaction.atomic
def add_separated(
    *,
    actor: Actor,
    roll: UUID,
    name: str,
    class_group: UUID | None = None,
    number: str = "",
    document: tuple[str, str] | None = None,
    note: str = "",
) -> Separated:
    """Write down a pupil who attends and has no record here.

    With the 19-digit ``number``, or the ``document`` (type, number), the record is looked for: exact with the name,
    logged and limited as every look-up beyond one's own school (clause A6); nothing but the school is told.
    Raises ``Refused``, also for a pupil who stands in this list.
    """
    found = held(roll)
    require_registrar(actor, found.school)
    name, note, number = "".join(name.split()), " ".join(note.split()), "".join(number.split())
    if not name or len(name) > 60 or len(note) > 500:
        raise Refused("rollcall.separated", "请写明学生姓名（60 字以内），情况说明在 500 字以内。", BASIS)
    student, elsewhere = _look_up(actor, name, number, document) if number or document else (None, None)
    if student is not None and elsewhere == found.school:
        raise Refused("rollcall.on_the_list", "这名学生的学籍就在本校，请在班级名单里登记，不要另写。", BASIS)
    if student is not None and RollLine.objects.filter(roll=found, student=student).exclude(standing="gone").exists():
        raise Refused("rollcall.on_the_list", "这名学生已在本校的报到名单里（借读），请在名单里登记，不要另写。", BASIS)
    if student is not None and SeparatedAttendance.objects.filter(roll=found, student=student).exists():
        raise Refused("rollcall.written", "这名学生已经登记为“人在本校、学籍不在本校”，不必再写。", BASIS)
    row = environment().new_id()
    SeparatedAttendance.objects.create(
        id=row, roll=found, school=found.school, class_group=class_group, student=student, found_school=elsewhere,
        told=seal_all([(row, {"name": name, "note": note}, separated_place(row))])[0],
        entered_at=environment().now(), entered_by=actor.person,
    )  # fmt: skip
    return Separated(row, elsewhere)


@transaction.atomic
def settle_separated(
    *, actor: Actor, separated: UUID, outcome: str, on: date | None = None, application: UUID | None = None
) -> None:
    """How an attending without a record ended: transferred in, guest study, a record made, or left. ``Refused``."""
    row = SeparatedAttendance.objects.filter(pk=separated).first()
    if row is None:
        raise Refused("rollcall.not_found", "没有找到这条记录，请从“人籍分离”名单重新打开。", BASIS)
    roll = held(row.roll_id)
    require_registrar(actor, roll.school)
    book = school_rulebook(roll.school)
    end = book.calendar.terms.end(outcome)
    if end is None or not end.separated:
        raise Refused("rollcall.outcome", "请选择这名学生的处理结果。", BASIS)
    day, first = on or today(), term_of(book, roll.term).starts_on
    if not first <= day <= today():
        raise Refused("rollcall.day", f"日期应在 {first.isoformat()} 和今天之间，请核对。", BASIS)
    require_lodged(end, application)
    row.outcome, row.outcome_on, row.settled_by = outcome, day, actor.person
    row.application = application if end.kinds else None
    row.save(update_fields=["outcome", "outcome_on", "application", "settled_by"])


def _look_up(actor: Actor, name: str, number: str, document: tuple[str, str] | None) -> tuple[UUID | None, UUID | None]:
    student, school = _by_number(number, name) if number else _by_document(document, name)
    disclosure.log_exact_lookup(actor=actor, found=student)
    return student, school


def _by_number(number: str, name: str) -> tuple[UUID | None, UUID | None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT student, school FROM rollcall_borne(%s, %s)", [number, name])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else (None, None)


def _by_document(document: tuple[str, str] | None, name: str) -> tuple[UUID | None, UUID | None]:
    index = documents.id_index(*document) if document else None
    if index is None:
        return None, None
    for known in register.existing_by_index([index]).get(index, ()):
        if known.in_force and "".join(known.name.split()) == name:
            return known.student, known.holder
    return None, None
