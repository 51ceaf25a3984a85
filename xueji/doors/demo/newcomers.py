"""Children whom ``xueji simulate`` brings in as rows: from another city, recorded late, placed by the bureau, and the
second record of a child that is merged with the first one, and parted from it again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from xueji.doors.demo.cohorts import Turn
from xueji.doors.demo.people import Child, Place
from xueji.doors.demo.single import Changer, Pupil, steps_of
from xueji.doors.demo.workbooks import row_of
from xueji.ground.accounts.context import acting
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Role
from xueji.pure.rules import INTO_CITY, LATE
from xueji.registry.applications import services as applications
from xueji.registry.applications.models import Line
from xueji.registry.intake import services as intake
from xueji.registry.intake.limits import APPLICATION_KINDS
from xueji.registry.intake.types import LodgeOutcome
from xueji.registry.register import selectors as register

PLACED, MERGE, UNDO = "placement_entry", "merge", "merge_undo"


@dataclass
class Newcomers:
    """The acts; every one True where it was done. ``merged``: pupil and school of each merging that stands."""

    changer: Changer
    turn: Turn
    merged: list[tuple[UUID, str]] = field(default_factory=list)

    def acts(self) -> dict[str, Callable[[Pupil], bool]]:
        """The acts by kind; the pupil that was drawn names school and class."""
        return {
            APPLICATION_KINDS[INTO_CITY]: lambda pupil: self._row(INTO_CITY, pupil, self._child(pupil)) is not None,
            APPLICATION_KINDS[LATE]: lambda pupil: self._row(LATE, pupil, self._child(pupil)) is not None,
            PLACED: self._place,
            MERGE: self._merge,
            UNDO: lambda pupil: self._part(),
        }

    def _child(self, pupil: Pupil) -> Child:
        """A child of the drawn pupil's age, who came from elsewhere."""
        school = next(one for one in self.turn.stage.city.schools if one.code == pupil.school)
        return self.turn.newcomer(school, self._grade(pupil), parameters.rulebook(today()).school_year())

    def _grade(self, pupil: Pupil) -> int:
        book = parameters.rulebook(today())
        grade = book.stages.grade_of(pupil.stage, pupil.intake_year, book.school_year())
        if grade is None:
            raise ValueError("a drawn pupil's class is at school")
        return grade

    def _values(self, kind: str, pupil: Pupil, child: Child) -> dict[str, str]:
        """What is typed of the child, in the class of the drawn pupil."""
        school = next(one for one in self.turn.stage.city.schools if one.code == pupil.school)
        group = organisations.class_group(pupil.class_group)
        if group is None:
            raise ValueError("a drawn pupil has a class")
        site = group.site.name if group.site.kind != "main" else None
        place = Place(child, school, pupil.stage, self._grade(pupil), group.class_no, site)
        return row_of(place, kind, parameters.rulebook(today()).school_year())

    def _row(self, kind: str, pupil: Pupil, child: Child) -> UUID | None:
        """One row, lodged by the registrar and decided by all; the child's id, None where it was not taken."""
        registrar = self.changer.actor(pupil.school, Role.REGISTRAR)
        with acting(registrar):
            change = parameters.rulebook(today()).change(APPLICATION_KINDS[kind])
            outcome = intake.lodge_pupil(
                actor=registrar, school=self.changer.id_of(pupil.school), kind=kind,
                values=self._values(kind, pupil, child),
                evidence=self.changer.evidence(registrar, pupil.school, change),
            )  # fmt: skip
        return self._decided(outcome, Role.REGISTRAR, pupil.school)

    def _place(self, pupil: Pupil) -> bool:
        """The clerk of the school's bureau enters a child of whom there is no record; its head decides; it comes."""
        child = self._child(pupil)
        bureau = organisations.competent_bureau(self.changer.id_of(pupil.school), today())
        if bureau is None:
            return False
        code = self.changer.code_of(bureau)
        clerk = self.changer.actor(code, Role.CLERK)
        with acting(clerk):
            outcome = intake.lodge_placed_pupil(
                actor=clerk, class_group=pupil.class_group, reason="就近学校没有空余学位",
                values=self._values(PLACED, pupil, child),
            )  # fmt: skip
        student = self._decided(outcome, Role.CLERK, code)
        if student is not None:
            self.changer.arrive(pupil.school, student)
        return student is not None

    def _decided(self, outcome: LodgeOutcome, role: Role, at: str) -> UUID | None:
        application = outcome.application
        if application is None:
            raise ValueError(f"an invented child has errors: {[one.message for one in outcome.findings][:5]}")
        with acting(self.changer.actor(at, role)):
            student = Line.objects.get(application=application).student
            steps = steps_of(application)
        self.changer.decide(application, steps)
        return student

    def _merge(self, pupil: Pupil) -> bool:
        """He has been recorded twice, the second time under a wrong name and document number."""
        twin = self._row(LATE, pupil, self._child(pupil))
        registrar = self.changer.actor(pupil.school, Role.REGISTRAR)
        with acting(registrar):
            second = register.student_record(twin, today(), decrypt=False) if twin else None
            if second is None:
                return False
            change = parameters.rulebook(today()).change(MERGE)
            lodged = applications.lodge_merge(
                actor=registrar, school=self.changer.id_of(pupil.school), student=pupil.student,
                second_number=second.latest.number, second_name=second.name, reason="户口簿证明是同一名学生",
                evidence=self.changer.evidence(registrar, pupil.school, change),
            )  # fmt: skip
            steps = steps_of(lodged.application)
        self.changer.decide(lodged.application, steps)
        self.merged.append((pupil.student, pupil.school))
        return True

    def _part(self) -> bool:
        """They were two after all: of one of those who are at the same school still."""
        for student, school in list(self.merged):
            self.merged.remove((student, school))
            registrar = self.changer.actor(school, Role.REGISTRAR)
            with acting(registrar):
                known = register.student_record(student, today(), decrypt=False)
                if known is None or known.in_force is None or known.in_force.school != self.changer.id_of(school):
                    continue
                change = parameters.rulebook(today()).change(UNDO)
                lodged = applications.lodge_merge_undo(
                    actor=registrar, school=self.changer.id_of(school), student=student,
                    reason="公安机关证明是两名学生", evidence=self.changer.evidence(registrar, school, change),
                )  # fmt: skip
                steps = steps_of(lodged.application)
            self.changer.decide(lodged.application, steps)
            return True
        return False
