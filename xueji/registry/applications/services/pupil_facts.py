"""Facts for the kinds of change of one pupil (``xueji.pure.procedures.frame``), as the register has them now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q

from xueji.ground.journals import selectors as journals
from xueji.ground.journals.types import Entry
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup
from xueji.pure.kernel.fold import RegistrationState, StudentState, fold_student
from xueji.pure.kernel.operations import SetSpell
from xueji.pure.kernel.rulebook import ChangeKind, Rulebook
from xueji.pure.kernel.types import Refused
from xueji.pure.procedures.correction import changed_since, corrections
from xueji.pure.procedures.effective import effective_date
from xueji.pure.procedures.enrolment import IN_SCHOOL
from xueji.pure.procedures.frame import EFFECTIVE_ON, EXPLANATION, UNTIL, ChangeFacts, ClassPlace, procedure
from xueji.pure.procedures.planned import Refusal
from xueji.registry.applications.models import Application, ApplicationState
from xueji.registry.applications.record_rules import check_corrected
from xueji.registry.applications.services.rosters import pending_students
from xueji.registry.applications.writers import writers_of

SECOND = "second_student"
#: An open application of a kind that the lodging school does not see.
ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Asked:
    """What an application asks for, lodged or about to be. ``lodged_on``: of one from paper, the paper's day."""

    student: UUID
    school: UUID
    claim: Mapping[str, str]
    lodged_on: date
    application: UUID | None = None
    other_school: UUID | None = None
    paper_date: date | None = None


def facts_of(asked: Asked, change: ChangeKind, book: Rulebook, *, today: date) -> ChangeFacts:
    """The facts of a pupil for a change decided today; the claim's own dates and class are read here."""
    on = effective_date(
        change,
        book,
        # What was done on paper while the system was down is true from the paper's day.
        decided_on=asked.paper_date or today,
        school_year=book.school_year(),
        claimed=_day(asked.claim.get(EFFECTIVE_ON)),
    )
    known = procedure(change.kind)
    opens = known is not None and known.opens
    entries = journals.entries_of_students([asked.student], decrypt=opens)[asked.student]
    state = fold_student(entries)
    current = state.in_force(on)
    to = asked.claim.get("class_group")
    second = asked.claim.get(SECOND)
    place = _own_place(current, book, on)
    since = _since(current, on)
    other = organisations.by_id(asked.other_school) if asked.other_school else None
    return ChangeFacts(
        student=asked.student,
        state=state,
        on=on,
        lodged_on=asked.lodged_on,
        today=today,
        applicant=asked.school,
        change=change,
        book=book,
        claim=asked.claim,
        current=current,
        place=place,
        to=class_place(UUID(to), book, on) if to else None,
        to_school=asked.other_school,
        history=tuple((entry.kind, entry.effective_on) for entry in entries),
        open_kinds=_open_kinds(asked),
        second=_second(asked, UUID(second), change, book, today) if second else None,
        left_from=_place_at(current, book, on, since),
        due_back=_due_back(entries, since, _absence(current, on)),
        to_kind=other.kind if other else "",
        to_stages=organisations.stages_of(other) if other else (),
        entries=tuple(entries),
        faults=_faults(asked, state, book, place),
        writers=_writers(asked, state, entries),
    )


def _writers(asked: Asked, state: StudentState, entries: Sequence[Entry]) -> dict[UUID, str]:
    """Who set, since the claim was filled in, what it would set; nothing is asked where nobody did."""
    setters = set(changed_since(asked.claim, state).values()) - {None}
    return writers_of(one for one in entries if one.entry_id in setters) if setters else {}


def _faults(asked: Asked, state: StudentState, book: Rulebook, place: ClassPlace | None) -> tuple[Refusal, ...]:
    """What the rules of the record say of corrected values; nothing where the claim corrects none."""
    wanted = corrections(asked.claim)
    if not wanted:
        return ()
    checked = check_corrected(
        student=asked.student,
        state=state,
        corrected=wanted,
        school=asked.school,
        book=book,
        grade=place.grade if place else None,
    )
    return checked.refusals(asked.student, explained=bool(asked.claim.get(EXPLANATION)))


def _second(asked: Asked, student: UUID, change: ChangeKind, book: Rulebook, today: date) -> ChangeFacts:
    claim = {key: value for key, value in asked.claim.items() if key not in (SECOND, "class_group")}
    one = Asked(student, asked.school, claim, asked.lodged_on, asked.application, asked.other_school, asked.paper_date)
    return facts_of(one, change, book, today=today)


def class_place(class_group: UUID, book: Rulebook, on: date) -> ClassPlace:
    """A class group with its grade on a day. Raises ``Refused`` where there is none of that id."""
    found = ClassGroup.objects.filter(id=class_group).first()
    if found is None:
        raise Refused("class_not_found", "没有找到所选的班级，请从本校的班级中选择。", "通知二.2")
    grade = book.stages.grade_of(found.stage, found.intake_year, book.stages.school_year_of(on))
    return ClassPlace(
        found.id,
        found.school_id,
        found.stage,
        found.intake_year,
        found.class_no,
        grade,
        grade == book.stages.final_grade(found.stage),
    )


def _own_place(current: RegistrationState | None, book: Rulebook, on: date) -> ClassPlace | None:
    group = current.value("class_group", on) if current else None
    return class_place(UUID(group), book, on) if group else None


def _since(current: RegistrationState | None, on: date) -> date | None:
    """Since when the pupil is not simply in school: the begin of his status, else of his study at another school."""
    if current is None:
        return None
    wanted = _absence(current, on)
    return next(
        (
            spell.started_on
            for spell in reversed(current.spells)
            if spell.dimension == wanted and spell.started_on <= on and (spell.ended_on is None or on < spell.ended_on)
        ),
        None,
    )


def _absence(current: RegistrationState | None, on: date) -> str:
    """The dimension of it: a status that is not simply in school, else the study elsewhere."""
    status = current.value("status", on) if current else None
    return "attends" if status in (None, IN_SCHOOL) else "status"


def _place_at(current: RegistrationState | None, book: Rulebook, on: date, day: date | None) -> ClassPlace | None:
    """The class of that day, with its grade on ``on``."""
    group = current.value("class_group", day) if current and day else None
    return class_place(UUID(group), book, on) if group else None


def _due_back(entries: Sequence[Entry], since: date | None, dimension: str) -> date | None:
    """The last day that the latest entry of this absence names; a suspension says nothing of a study elsewhere."""
    said = [
        str(one.basis[UNTIL])
        for one in entries
        if since and one.effective_on >= since and one.basis.get(UNTIL)
        if any(isinstance(operation, SetSpell) and operation.dimension == dimension for operation in one.operations)
    ]
    return date.fromisoformat(said[-1]) if said else None


def _open_kinds(asked: Asked) -> tuple[str, ...]:
    concerned = Q(student=asked.student) | Q(second_student=asked.student)
    found = Application.objects.filter(concerned, state__in=ApplicationState.under_way())
    if asked.application is not None:
        found = found.exclude(id=asked.application)
    elif not found.exists() and pending_students([asked.student], asked.school):
        return (ELSEWHERE,)
    return tuple(found.values_list("kind", flat=True))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
