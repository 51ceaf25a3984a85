"""函告户籍地: of a migrant child who dropped out the education bureau of the household register's county is told; where
this register does not know it, by a letter on paper (江苏省 2014 年规定第三十五条, clause D2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction

from xueji.ground.accounts import services as accounts
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters.selectors import rulebook
from xueji.pure.kernel.divisions import county_of, full_name
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.applications.models import Letter
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import StudentRecord

#: The record's fields: a child of migrant workers, and the code of the division where the household is registered.
MIGRANT, HUKOU, YES = "migrant_worker_child", "hukou_place", "1"
LIMIT = 500
_BASIS = "江苏省 2014 年规定第三十五条"


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A letter as lists show it. ``to``: the addressee; '' where the record has no household register."""

    application: UUID
    student: UUID
    school: UUID
    name: str
    to: str
    made_on: date
    sent_on: date | None


def hukou_of(record: StudentRecord) -> str:
    """The county of a migrant child's household register; '' where none is stated."""
    return county_of(str(record.sensitive.get(HUKOU) or record.fields.get(HUKOU) or ""))


def addressee(record: StudentRecord, book: Rulebook) -> str:
    """安徽省合肥市长丰县教育局; by the county's code where the table has no name; '' where the record states none."""
    code = hukou_of(record)
    if not code:
        return ""
    name = full_name(code, book.regions.counties)
    return f"{name}教育局" if name else f"行政区划代码 {code} 的县（市、区）教育局"


def letters(schools: Sequence[UUID] | None, *, limit: int = LIMIT) -> tuple[LetterLine, ...]:
    """The letters of these schools (None: of all in reach) that are still to be sent, the longest waiting first."""
    found = Letter.objects.filter(sent_on=None).order_by("made_on", "application")
    if schools is not None:
        found = found.filter(school__in=list(schools))
    rows = list(found[:limit])
    records = register.student_records(one.student for one in rows)
    book = rulebook(today())  # the table of divisions is the province's
    return tuple(_line(one, records.get(one.student), book) for one in rows)


def unsent(schools: Sequence[UUID] | None) -> int:
    """How many are still to be sent."""
    found = Letter.objects.filter(sent_on=None)
    return (found if schools is None else found.filter(school__in=list(schools))).count()


def letter_of(application: UUID, book: Rulebook) -> LetterLine | None:
    """The letter of an application, sent or not; None where none is called for."""
    found = Letter.objects.filter(application=application).first()
    return _line(found, register.student_record(found.student, today()), book) if found else None


def _line(one: Letter, record: StudentRecord | None, book: Rulebook) -> LetterLine:
    name, to = (record.name, addressee(record, book)) if record else ("", "")
    return LetterLine(one.application_id, one.student, one.school, name, to, one.made_on, one.sent_on)


@transaction.atomic
def mark_sent(*, actor: Actor, application: UUID, sent_on: date) -> None:
    """Write down the day on which a letter was sent: by the school's registrar or the clerk of its bureau, once.

    Raises ``Refused`` for another post, for a day before the dropout was decided or after today, and the second time.
    """
    found = Letter.objects.select_for_update().filter(application=application).first()
    if found is None:
        raise Refused("letter_unknown", "没有找到这封函，请刷新页面后重试。", _BASIS)
    own = actor.organisation == found.school and actor.role is Role.REGISTRAR
    bureau = actor.role is Role.CLERK and actor.organisation == organisations.competent_bureau(found.school, today())
    if not (own or bureau):
        raise Refused("letter_post", "寄出日期由学校学籍管理员或主管教育局经办人登记，请核对岗位。", _BASIS)
    accounts.can_act(actor)
    if found.sent_on is not None:
        raise Refused("letter_sent", f"这封函已登记在 {found.sent_on} 寄出，不必重复登记。", _BASIS)
    if not found.made_on <= sent_on <= today():
        message = f"寄出日期应在认定辍学的批准日期 {found.made_on} 到今天之间，请核对。"
        raise Refused("letter_day", message, _BASIS)
    found.sent_on, found.sent_by = sent_on, actor.person
    found.save(update_fields=["sent_on", "sent_by"])
