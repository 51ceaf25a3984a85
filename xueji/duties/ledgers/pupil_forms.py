"""学生信息采集表 and 信息核对表 for the parents' signature, 学籍卡 for the file: one pupil or a class in its order.

Each is filled in with what the register has: on the form to collect the gaps are left blank, on the others they are
marked. Sensitive values are printed in clear only with a ground and for posts that may reveal; each print is logged
(clauses A4, A6, B3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from xueji.duties.ledgers.form_layout import sections_of
from xueji.duties.ledgers.record_card import cards_of
from xueji.ground.accounts.services.acts import can_act
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.ground.disclosure.services import Ground
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup, Organisation
from xueji.ground.parameters import selectors as parameters
from xueji.ground.typesetting import MissingGlyph, chinese_date, typeset
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.numbers import short_form
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.applications.placement import PLACEMENT
from xueji.registry.register import selectors as register
from xueji.registry.register.models import Student
from xueji.registry.register.selectors.record import records_with_timelines

TEMPLATES = Path(__file__).parent / "templates"
BASIS = "通知一.4、二.3"
#: Posts that may print forms, and with a ground the values in clear: those that keep or decide on a pupil's record.
PRINTERS = frozenset({Role.REGISTRAR, Role.PROOFREADER, Role.DEPUTY_HEAD})
REVEALERS = frozenset({Role.REGISTRAR, Role.DEPUTY_HEAD})
MOST = 120  # forms of one print: the largest class, with room to spare


class PupilForm(StrEnum):
    """Which form."""

    CHECKING = "checking"
    COLLECTION = "collection"
    CARD = "card"

    @property
    def heading(self) -> str:
        """What stands on top of it."""
        return _HEADINGS[self]


_HEADINGS = {
    PupilForm.CHECKING: "学生信息核对表",
    PupilForm.COLLECTION: "学生信息采集表",
    PupilForm.CARD: "学生学籍卡",
}


@dataclass(frozen=True, slots=True)
class _Pupil:
    """Whose form it is."""

    student: UUID
    name: str
    class_group: UUID | None
    number: str
    student_number: str


@dataclass(frozen=True, slots=True)
class PrintedForms:
    """The PDF/A, one form a pupil in order, and its name."""

    name: str
    pdf: bytes
    students: tuple[UUID, ...]


@transaction.atomic
def print_forms(
    *,
    actor: Actor,
    form: PupilForm,
    class_group: UUID | None = None,
    student: UUID | None = None,
    full: bool = False,
    ground: Ground | None = None,
) -> PrintedForms:
    """The forms of one pupil or of a class of the actor's school, in the order of the class list.

    The card of a pupil who left is printed by the school whose record it still is. ``full`` prints what is sensitive
    in clear and needs ``ground``. Raises ``Refused``: another post, an untrained hand, nobody to print for, no ground,
    a name that no font holds.
    """
    can_act(actor)
    _may_print(actor, full=full, ground=ground)
    pupils = _pupils(form, actor.organisation, class_group, student)
    data = _data(form, organisations.by_id(actor.organisation), pupils, full=full)
    pdf = _typeset(form, data)
    name = f"{form.heading}-{data['pupils'][0]['class_name'] if class_group else pupils[0].name}"
    _log(actor, form, [one.student for one in pupils], name, full=full, ground=ground)
    return PrintedForms(name, pdf, tuple(one.student for one in pupils))


def _may_print(actor: Actor, *, full: bool, ground: Ground | None) -> None:
    if actor.role not in PRINTERS:
        raise Refused("forms.post", "采集表、核对表和学籍卡由学校打印。", BASIS)
    if full and actor.role not in REVEALERS:
        message = "打印完整的证件号、电话和住址，须由学籍管理员或分管校长办理。您可以打印隐去这些内容的表。"
        raise Refused("forms.full_post", message, "通知一.6")
    if full and ground is None:
        raise Refused("disclosure.ground", "打印完整的证件号、电话和住址，须先写明事由。", "通知一.6")


def _pupils(form: PupilForm, school: UUID, class_group: UUID | None, student: UUID | None) -> list[_Pupil]:
    found = [
        _Pupil(one.student, one.name, one.class_group, one.number, one.student_number)
        for one in register.roster(school, today(), class_group)
        if class_group is not None or one.student == student
    ]
    if not found and form is PupilForm.CARD and class_group is None and student is not None:
        found = _left(school, student)
    if not found:
        raise Refused("forms.nobody", "没有可以打印的在籍学生，请选择本校的班级或学生。", BASIS)
    if len(found) > MOST:
        raise Refused("forms.too_many", f"一次最多打印 {MOST} 人，请分班打印。", BASIS)
    return found


def _left(school: UUID, student: UUID) -> list[_Pupil]:
    """A pupil who left this school and went to no other: its record stays here."""
    record = register.student_record(student, decrypt=False)
    if record is None or not Student.objects.filter(pk=student, holder=school).exists():
        return []
    last = record.latest
    day = last.ended_on - timedelta(days=1) if last.ended_on else today()
    group = last.value("class_group", day)
    scheme = parameters.rulebook(today()).numbers["registration_number"]
    number = short_form(scheme, last.number) if last.number else ""
    return [_Pupil(student, record.name, UUID(group) if group else None, last.number, number)]


def _data(form: PupilForm, school: Organisation, pupils: Sequence[_Pupil], *, full: bool) -> dict[str, Any]:
    book = parameters.rulebook(today())
    groups = ClassGroup.objects.select_related("site").in_bulk({one.class_group for one in pupils if one.class_group})
    classes = {key: organisations.class_display_name(one, stages=book.stages) for key, one in groups.items()}
    contents = _contents(form, book, [one.student for one in pupils], full=full)
    return {
        "title": form.heading,
        "school": school.name,
        "printed_on": chinese_date(today()),
        "masked": not full,
        "pupils": [
            {
                "name": one.name,
                "class_name": classes.get(one.class_group, "") if one.class_group else "",
                "number": one.number,
                "student_number": one.student_number,
                **contents[one.student],
            }
            for one in pupils
        ],
    }


def _contents(form: PupilForm, book: Rulebook, students: Sequence[UUID], *, full: bool) -> dict[UUID, dict[str, Any]]:
    """What is filled in of each pupil, read at once."""
    if form is PupilForm.CARD:
        return cards_of(book, records_with_timelines(students), full=full)
    # The name of a form to collect stands in a line of its own, above the sections.
    without = PLACEMENT if form is PupilForm.CHECKING else (*PLACEMENT, "name")
    return {
        student: {
            "sections": [
                asdict(part)
                for part in sections_of(book, {**record.fields, **record.sensitive}, without=without, full=full)
            ]
        }
        for student, record in register.student_records(students, today()).items()
    }


def _typeset(form: PupilForm, data: dict[str, Any]) -> bytes:
    template = TEMPLATES / f"{form.value}_form.typ"
    try:
        return typeset(template, data)
    except MissingGlyph as error:
        names = "、".join(one["name"] for one in data["pupils"] if not _sets(template, data, one))
        message = (
            f"{names or '有学生'}的信息中有字库里没有的字，不能打印。"
            "请联系软件维护员安装完整字库（思源宋体/Noto CJK）。"
        )
        raise Refused("forms.glyph", message, BASIS) from error


def _sets(template: Path, data: dict[str, Any], one: dict[str, Any]) -> bool:
    """Whether one pupil's form alone can be set."""
    try:
        typeset(template, {**data, "pupils": [one]})
    except MissingGlyph:
        return False
    return True


def _log(
    actor: Actor, form: PupilForm, students: Sequence[UUID], name: str, *, full: bool, ground: Ground | None
) -> None:
    """A print is logged with its own words; in clear under the ground that was given."""
    stands = ground if full and ground is not None else disclosure.ground_for(f"打印{name.replace('-', '：')}")
    disclosure.log(actor=actor, kind=DisclosureKind.PRINT, subjects=students, ground=stands)
