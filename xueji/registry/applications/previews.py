"""What promotion, graduation and completion would do, over many schools at once: nothing is written.

The same plans as the services write by; a bureau asks about a hundred thousand pupils in a few statements.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import CohortPromotion
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor, Level, Role
from xueji.pure.procedures.leaving import COMPLETION, GRADUATION, Outcome
from xueji.pure.procedures.promotion import CohortFacts, due
from xueji.registry.applications.claims import open_rows_of_many
from xueji.registry.applications.models import Application, ApplicationState
from xueji.registry.applications.services.completing.leavers import final_pupils, leaving_plan, outcome_of
from xueji.registry.applications.services.completing.promotions import stayers
from xueji.registry.cases import selectors as cases
from xueji.registry.cases.types import CaseView
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import CohortPupil

NOT_LODGED, UNDER_WAY, WAITING, APPROVED = "not_lodged", "under_way", "waiting", "approved"


def schools_in(organisation: UUID) -> list[UUID]:
    """The school itself; of a district its schools; of the city all, by code."""
    found = organisations.by_id(organisation)
    if found.level == Level.SCHOOL:
        return [organisation]
    chosen = organisations.schools() if found.level == Level.CITY else organisations.schools_of(organisation)
    return list(chosen.values_list("id", flat=True))


@dataclass(frozen=True, slots=True)
class CohortLine:
    """A cohort at the turn of the year: from grade to grade, how many go up, how many stay."""

    school: UUID
    stage: str
    intake_year: int
    before: int
    after: int
    pupils: int
    staying: int
    confirmed: bool

    @property
    def going_up(self) -> int:
        return self.pupils - self.staying


@dataclass(frozen=True, slots=True)
class StayingPupil:
    """A pupil who is not promoted; ``to``: the class group of the next lower cohort, None while there is none."""

    pupil: CohortPupil
    to: UUID | None


@dataclass(frozen=True, slots=True)
class PromotionPreview:
    """All cohorts that are due by school, and the exceptions. ``starts``: from when it holds."""

    school_year: int
    starts: date
    lines: tuple[CohortLine, ...]
    staying: tuple[StayingPupil, ...]

    @property
    def unconfirmed(self) -> tuple[CohortLine, ...]:
        return tuple(line for line in self.lines if not line.confirmed)

    @property
    def open_schools(self) -> set[UUID]:
        """Schools with something to write: a cohort, or (once the year has begun) a pupil who can be placed."""
        found = {line.school for line in self.unconfirmed}
        if today() >= self.starts:
            found |= {one.pupil.school for one in self.staying if one.to is not None}
        return found


def preview_promotion(schools: Sequence[UUID], school_year: int, book: Rulebook) -> PromotionPreview:
    """What the promotion of these schools into a school year would write."""
    confirmed = set(
        CohortPromotion.objects.filter(school__in=list(schools), school_year=school_year).values_list(
            "school", "stage", "intake_year"
        )
    )
    placed, particulars = stayers(schools, school_year, book)
    staying = Counter((one.pupil.school, one.pupil.stage, one.pupil.intake_year) for one in placed)
    pupils: Counter[tuple[UUID, str, int]] = Counter()
    for count in register.cohort_counts(schools, today()):
        pupils[count.school, count.stage, count.intake_year] += count.pupils
    lines = [
        CohortLine(
            school, stage, intake, before, before + 1, number, staying[school, stage, intake],
            (school, stage, intake) in confirmed,
        )
        for (school, stage, intake), number in pupils.items()
        if due(CohortFacts(stage, intake, book.stages.years_of(stage)), school_year)
        and (before := book.stages.grade_of(stage, intake, school_year - 1)) is not None
    ]  # fmt: skip
    lines.sort(key=lambda line: (str(line.school), line.stage != "primary", line.before))
    return PromotionPreview(
        school_year,
        book.stages.start_of(school_year),
        tuple(lines),
        tuple(StayingPupil(particulars[one.pupil.student], one.to) for one in placed),
    )


@dataclass(frozen=True, slots=True)
class LeavingLine:
    """A school's final grade: how its pupils leave. ``state``: not_lodged, under_way (with others), waiting (for the
    asker), approved; ``due_on`` of the step that is waited for."""

    school: UUID
    state: str
    application: UUID | None
    pupils: int
    graduating: int
    completing: int
    staying: int
    holder: str = ""
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class LeavingPreview:
    """All schools that have such a final grade; each pupil with how he leaves, or why not."""

    stage: str
    school_year: int
    effective_on: date
    lines: tuple[LeavingLine, ...]
    pupils: tuple[CohortPupil, ...]
    how: Mapping[UUID, str]
    staying: Mapping[UUID, str]
    outcomes: Mapping[UUID, Outcome] = field(default_factory=dict)


def preview_leaving(
    schools: Sequence[UUID], stage: str, school_year: int, book: Rulebook, *, actor: Actor
) -> LeavingPreview:
    """Graduation and completion of these schools' final grades, on the lists that are in hand.

    Who has left already is not among ``pupils``; the line of an approved application says how many they were.
    """
    pupils, effective_on = final_pupils(schools, stage, school_year, book)
    latest = _latest(schools, stage, school_year)
    outcomes, listed = _on_lists([one for one in latest.values() if one.state in ApplicationState.under_way()])
    free = [one for one in pupils if one.school not in listed]
    plans = [leaving_plan(free, effective_on, book, ahead=True)] if free else []
    bound = [one for one in pupils if one.school in listed]
    if bound:
        names = {student for students in listed.values() for student in students}
        plans.append(leaving_plan(bound, effective_on, book, ahead=True, outcomes=outcomes, listed=names))
    how = {student: way for plan in plans for student, way in plan.how.items()}
    staying = {student: code for plan in plans for student, code in plan.staying.items()}
    lines = _lines(pupils, latest, how, actor)
    return LeavingPreview(stage, school_year, effective_on, lines, tuple(pupils), how, staying, outcomes)


def _latest(schools: Sequence[UUID], stage: str, school_year: int) -> dict[UUID, Application]:
    """The last application of each school, refused and retracted ones left out."""
    found = Application.objects.filter(
        school__in=list(schools), kind="leaving", stage=stage, school_year=school_year
    ).exclude(state__in=[ApplicationState.REFUSED, ApplicationState.RETRACTED])
    return {one.school: one for one in found.order_by("lodged_at", "id")}


def _on_lists(found: Sequence[Application]) -> tuple[dict[UUID, Outcome], dict[UUID, set[UUID]]]:
    """What the lists in hand say by student, and who stands on them by school."""
    outcomes: dict[UUID, Outcome] = {}
    listed: dict[UUID, set[UUID]] = {one.school: set() for one in found}
    for school, student, values in open_rows_of_many([one.id for one in found]):
        listed[school].add(student)
        outcomes[student] = outcome_of(values)
    return outcomes, listed


def waiting_lists(schools: Sequence[UUID], stage: str, school_year: int, *, actor: Actor) -> dict[UUID, UUID]:
    """The schools whose list waits for the actor's approval, each with its application; no pupil is looked at."""
    latest = _latest(schools, stage, school_year)
    known = cases.cases_of([one.id for one in latest.values()])
    return {school: one.id for school, one in latest.items() if _state(one, known.get(one.id), actor) == WAITING}


def _state(application: Application | None, case: CaseView | None, actor: Actor) -> str:
    if application is None:
        return NOT_LODGED
    if application.state == ApplicationState.APPROVED:
        return APPROVED
    current = case.current if case else None
    mine = current is not None and current.organisation == actor.organisation and current.role == actor.role
    return WAITING if mine else UNDER_WAY


def _lines(
    pupils: Sequence[CohortPupil], latest: Mapping[UUID, Application], how: Mapping[UUID, str], actor: Actor
) -> tuple[LeavingLine, ...]:
    known = cases.cases_of([one.id for one in latest.values()])
    total, ways = Counter(one.school for one in pupils), Counter((one.school, how.get(one.student)) for one in pupils)
    lines = []
    for school in {*total, *latest}:
        application = latest.get(school)
        case = known.get(application.id) if application else None
        current = case.current if case else None
        state = _state(application, case, actor)
        graduating, completing = ways[school, GRADUATION], ways[school, COMPLETION]
        lines.append(
            LeavingLine(
                school,
                state,
                application.id if application else None,
                total[school] + (application.registrations if application and state == APPROVED else 0),
                graduating,
                completing,
                ways[school, None],
                Role(current.role).value if current else "",
                current.due_on if current else None,
            )
        )
    return tuple(sorted(lines, key=lambda line: str(line.school)))
