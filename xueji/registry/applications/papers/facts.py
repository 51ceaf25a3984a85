"""What is printed on the papers of an application, gathered once: the pupil, the steps, the days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup
from xueji.ground.typesetting import chinese_date
from xueji.pure.kernel.environment import day_of
from xueji.pure.kernel.masking import mask
from xueji.pure.kernel.numbers import short_form
from xueji.pure.kernel.rulebook import Act, ChangeKind, Party, Rulebook, Step
from xueji.pure.kernel.school_year import class_name
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.types import ApplicationView
from xueji.registry.cases.types import StepView
from xueji.registry.cases.wording import role_word
from xueji.registry.register import selectors as register

#: Kinds that the receiving school lodges, whose form names both schools.
MOVES = ("transfer", "placement")
_OUTCOMES = {"agreed": "同意", "sent_back": "退回修改", "refused": "不予批准"}
_PARTIES = {
    Party.APPLICANT: "申请学校",
    Party.BUREAU_OF_APPLICANT: "申请学校主管教育局",
    Party.OTHER: "对方学校",
    Party.BUREAU_OF_OTHER: "对方学校主管教育局",
}


@dataclass(frozen=True, slots=True)
class Pupil:
    """A pupil as a form bears him; empty on a blank one. The document number is masked."""

    name: str = ""
    gender: str = ""
    birth_date: str = ""
    ethnic_group: str = ""
    document: str = ""
    number: str = ""
    school: str = ""
    class_name: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """A step's frame: empty until it is decided. ``seal``: the organisation's seal stands there."""

    title: str
    who: str
    days: str
    outcome: str = ""
    signed: str = ""
    file_number: str = ""
    seal: bool = False


def pupil(student: UUID, book: Rulebook, *, whole: bool = False) -> Pupil:
    """The pupil by the register on the rulebook's day; empty where the viewer does not see him.

    ``whole``: with all digits of the document number, for a paper that another school takes the record from.
    """
    record = register.student_record(student, book.day)
    if record is None:
        return Pupil()
    group_id = record.latest.value("class_group", book.day)
    group = ClassGroup.objects.select_related("site").filter(pk=group_id).first() if group_id else None
    fields, number = record.fields, record.latest.number
    scheme = book.numbers["registration_number"]
    short = short_form(scheme, number) if number else ""
    born = fields.get("birth_date")
    document = str(record.sensitive.get("id_number") or "")
    return Pupil(
        name=record.name,
        gender=_named(book, "gender", fields.get("gender")),
        birth_date=chinese_date(date.fromisoformat(str(born))) if born else "",
        ethnic_group=_named(book, "ethnic_group", fields.get("ethnic_group")),
        document=document if whole else mask(document, "id_number"),
        number=f"{number.removesuffix(short)} {short}".strip(),
        school=organisations.by_id(record.latest.school).name,
        class_name=organisations.class_display_name(group, book.day, stages=book.stages) if group else "",
    )


def of_row(view: ApplicationView, book: Rulebook) -> Pupil:
    """The one pupil of a list as it was lodged: until it is approved the register does not know him.

    Empty where the application has no rows (new numbers for a class).
    """
    line = next(iter(applications.lines(view.id, with_claim=True, limit=1)), None)
    if line is None:
        return Pupil()
    claim, numbers = line.claim, register.registration_numbers([line.registration or line.id])
    grade, class_no, born = claim.get("grade", ""), claim.get("class_no", ""), claim.get("birth_date", "")
    number = numbers.get(line.registration or line.id, "")
    short = short_form(book.numbers["registration_number"], number) if number else ""
    return Pupil(
        name=claim.get("name", ""),
        gender=_named(book, "gender", claim.get("gender")),
        birth_date=chinese_date(date.fromisoformat(born)) if born else "",
        ethnic_group=_named(book, "ethnic_group", claim.get("ethnic_group")),
        document=mask(claim.get("id_number", ""), "id_number"),
        number=f"{number.removesuffix(short)} {short}".strip(),
        school=organisations.by_id(view.school).name,
        class_name=class_name(int(grade), int(class_no)) if grade.isdecimal() and class_no.isdecimal() else "",
    )


def sides(change: ChangeKind, view: ApplicationView | None, school: UUID, bearer: Pupil) -> list[tuple[str, str]]:
    """Of a move between two schools: from where, to where, into which class; empty for all other kinds."""
    if change.kind not in MOVES:
        return []
    other = view.other_school if view else None
    names = organisations.by_ids([school, *([other] if other else [])])
    chosen = view.class_group if view else None
    group = ClassGroup.objects.select_related("site").filter(pk=chosen).first() if chosen else None
    return [
        ("转出学校", names[other].name if other in names else bearer.school),
        ("转入学校", names[school].name),
        ("转入班级", organisations.class_display_name(group) if group else ""),
    ]


def _named(book: Rulebook, table: str, code: Any) -> str:
    return (book.codes[table].name_of(str(code)) or "") if code else ""


def is_list(change: ChangeKind) -> bool:
    """Whether the school itself reports a whole list (升级, 分班…): no family applies, and nobody is asked for reasons.

    A kind in bulk with the rulebook's general form is about children whose families do apply (外地转入, 补建学籍).
    """
    return change.bulk and change.form != "generic"


def asks_family(change: ChangeKind) -> bool:
    """Whether a family applies and signs; of what the school itself reports or lists, its own officer does."""
    return change.signed_by == "family" and not is_list(change)


def steps_of(change: ChangeKind, variant: str) -> tuple[Step, ...]:
    """The steps of a variant; of the longest one where none is chosen yet (a blank form must have room for it)."""
    if variant in change.variants:
        return change.variants[variant]
    return max(change.variants.values(), key=len, default=())


def opinions(change: ChangeKind, view: ApplicationView | None) -> tuple[Opinion, ...]:
    """A frame for each step, filled with the decisions of the present round."""
    case = view.case if view else None
    decided = {step.key: step for step in case.steps if step.round == case.round} if case else {}
    names = organisations.by_ids(step.organisation for step in decided.values())
    found, phase = [], ""
    for step in steps_of(change, view.variant if view else ""):
        days = f"{step.days} 个工作日内" if step.days and step.phase != phase else ""
        phase = step.phase
        one = decided.get(step.key)
        where = names[one.organisation].name if one and one.organisation in names else _PARTIES[step.at]
        found.append(_opinion(step, f"{where} {role_word(step.role)}", days, one))
    return tuple(found)


def _opinion(step: Step, who: str, days: str, decided: StepView | None) -> Opinion:
    if decided is None or decided.decided_at is None:
        return Opinion(step.title, who, days, seal=step.act in (Act.DECIDE, Act.APPROVE))
    words = "：".join(part for part in (_OUTCOMES.get(decided.outcome, ""), decided.reason) if part)
    signed = f"{decided.decided_name}　{chinese_date(day_of(decided.decided_at))}"
    return Opinion(step.title, who, days, words, signed, decided.file_number or "")


def due_on(change: ChangeKind, variant: str, since: date, book: Rulebook) -> date | None:
    """By when it is decided if every organisation takes all its working days; None where a step has no term."""
    phases: Mapping[str, int | None] = {step.phase: step.days for step in steps_of(change, variant)}
    days = list(phases.values())
    if not days or any(one is None for one in days):
        return None
    return book.calendar.due(since, sum(one or 0 for one in days)).on


def as_data(value: Any) -> dict[str, Any]:
    """A dataclass as the templates read it."""
    return asdict(value)
