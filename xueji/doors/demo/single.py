"""Changes of single pupils for ``xueji simulate``: lodged with their papers and decided by all whose act it is.

The answers to a kind's form are made from the rulebook's ``asks``, so that a new kind is simulated without a line here.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from xueji.doors.demo.city import CITY_CODE
from xueji.doors.demo.rosters import Stage
from xueji.doors.demo.transfers import paper
from xueji.ground.accounts.context import acting
from xueji.ground.documents import services as documents
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.rulebook import Ask, ChangeKind
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.pure.procedures.correction import claimed
from xueji.pure.procedures.frame import UNTIL, procedures
from xueji.pure.procedures.guest_study import OTHER_SCHOOL, SPECIAL_SCHOOL
from xueji.registry.applications import services as applications
from xueji.registry.cases.models import Step

HALF_A_YEAR = timedelta(days=150)
_ABSENT = timedelta(days=21)
TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class Pupil:
    """A registered pupil as the simulation draws one; ``school`` by code, ``to`` the class that the change leads to,
    ``second`` the other one of a swap."""

    student: UUID
    name: str
    number: str
    school: str
    stage: str
    class_group: UUID
    intake_year: int
    to: UUID | None = None
    second: UUID | None = None


@dataclass
class Changer:
    """Lets changes of single pupils happen in the invented city; ``own``: kinds that have a way of their own."""

    stage: Stage
    rng: random.Random
    refused: dict[str, int] = field(default_factory=dict)
    own: dict[str, Callable[[Pupil], bool]] = field(default_factory=dict)
    _papers: dict[tuple[str, int], UUID] = field(default_factory=dict)
    #: Stored for the change that is being made: taken back with it where a rule speaks against it.
    _fresh: list[tuple[str, int]] = field(default_factory=list)

    def change(self, kind: str, pupil: Pupil) -> bool:
        """One change from its form to its last decision; False where a rule speaks against it (counted)."""
        try:
            if kind == TRANSFER:
                return bool(self.transfer(pupil))
            return self.own[kind](pupil) if kind in self.own else self._change(kind, pupil)
        except Refused as refused:
            self._count(kind, refused)
            return False

    def _count(self, kind: str, refused: Refused) -> None:
        """A rule spoke against a change: what was stored for it is there no more."""
        for key in self._fresh:
            self._papers.pop(key, None)
        self.refused[refused.code] = self.refused.get(refused.code, 0) + 1
        self.stage.tell(f"{kind}：{refused.message}")

    def _change(self, kind: str, pupil: Pupil) -> bool:
        book = parameters.rulebook(today())
        change, procedure = book.change(kind), procedures()[kind]
        other = self.other_school(pupil, special=kind == SPECIAL_SCHOOL) if procedure.other_side == "named" else None
        if procedure.other_side == "named" and other is None:
            return False
        registrar = self.actor(pupil.school, Role.REGISTRAR)
        with acting(registrar):
            claim = self._claim(change, pupil)
            result = applications.lodge_change(
                actor=registrar,
                kind=kind,
                school=self.id_of(pupil.school),
                student=pupil.student,
                claim=claim,
                evidence=self.evidence(registrar, pupil.school, change),
                other_school=self.id_of(other) if other else None,
            )
            steps = steps_of(result.application)
        self.decide(result.application, steps)
        return True

    def transfer(self, pupil: Pupil, *, arrives: bool = True) -> str:
        """To another school of the city; its code, "" where none has a class for him. Raises ``Refused``."""
        receiver = self.other_school(pupil)
        if receiver is None:
            return ""
        registrar = self.actor(receiver, Role.REGISTRAR)
        change = parameters.rulebook(today()).change(TRANSFER)
        with acting(registrar):
            group = self.class_of(receiver, pupil)
            if group is None:
                return ""
            result = applications.lodge_transfer(
                actor=registrar,
                school=self.id_of(receiver),
                class_group=group,
                reason="全家迁居，户口随迁",
                name=pupil.name,
                registration_number=pupil.number,
                evidence=self.evidence(registrar, receiver, change),
                explanation="全家迁居，户口随迁",
            )
            steps = steps_of(result.application)
        self.decide(result.application, steps)
        if arrives:
            self.arrive(receiver, pupil.student)
        return receiver

    def arrive(self, school: str, student: UUID) -> None:
        """The school's registrar notes that an awaited child has come."""
        registrar = self.actor(school, Role.REGISTRAR)
        with acting(registrar):
            applications.confirm_arrival(actor=registrar, school=self.id_of(school), student=student)

    def decide(self, application: UUID, steps: Sequence[tuple[str, str, UUID]]) -> None:
        """All steps in order, each by its holder."""
        for act, role, organisation in steps:
            actor = self.actor(self.code_of(organisation), Role(role))
            with acting(actor):
                applications.act(actor=actor, application=application, act=act)

    def _claim(self, change: ChangeKind, pupil: Pupil) -> dict[str, str]:
        claim = {ask.key: self._answer(ask, pupil) for ask in change.asks if ask.key != OTHER_SCHOOL}
        claim["explanation"] = "模拟办理，理由已写明"
        if change.kind == "key_correction":
            claim |= claimed({"name": pupil.name + "文"}, {})
        return {key: value for key, value in claim.items() if value}

    def _answer(self, ask: Ask, pupil: Pupil) -> str:
        """An answer that a registrar might give on the day."""
        if ask.type == "date":
            days = {UNTIL: today() + HALF_A_YEAR, "absent_since": today() - _ABSENT}
            return days.get(ask.key, today()).isoformat()
        if ask.type == "choice":
            if ask.codes:
                return parameters.rulebook(today()).codes[ask.codes].rows[0].code
            return self.rng.choice(ask.choices)[0]
        if ask.type == "class_group":
            return str(pupil.to or "")
        if ask.type == "pupil":
            return str(pupil.second or "")
        return "3" if ask.key == "contact_attempts" else "模拟办理"

    def class_of(self, school: str, pupil: Pupil) -> UUID | None:
        """A class of the pupil's own cohort at another school."""
        cohort = (pupil.stage, pupil.intake_year)
        groups = organisations.class_groups(self.id_of(school))
        return next((one.id for one in groups if (one.stage, one.intake_year) == cohort), None)

    @property
    def city(self) -> str:
        """The code of the city's bureau."""
        return CITY_CODE

    def codes(self) -> list[str]:
        """The schools with posts of their own."""
        return [
            one.code
            for one in self.stage.city.schools
            if one.kind not in ("special", "migrant") and one.central_school is None
        ]

    def other_school(self, pupil: Pupil, *, special: bool = False) -> str | None:
        """Another school with the pupil's stage, drawn; ``special``: for special education."""
        barred = ("migrant", "special") if not special else {one.kind for one in self.stage.city.schools} - {"special"}
        others = [
            one.code
            for one in self.stage.city.schools
            if one.kind not in barred
            and one.code != pupil.school
            and pupil.stage in one.stages
            and one.central_school is None
        ]
        return self.rng.choice(others) if others else None

    def evidence(self, registrar: Actor, school: str, change: ChangeKind) -> list[tuple[str, UUID]]:
        """The first paper of a school, the second and so on, handed in again and again under whatever is asked for: the
        register is simulated, not the scanner."""
        given, self._fresh = [], []
        for position, needed in enumerate(one for one in change.evidence if one.required):
            key, title = (school, position), f"证明材料{position + 1}"
            if key not in self._papers:
                subject = environment().new_id()
                stored = documents.store(actor=registrar, subject=subject, name=f"{title}.pdf", content=_paper(title))
                self._papers[key] = stored.id
                self._fresh.append(key)
            given.append((needed.key, self._papers[key]))
        return given

    def id_of(self, code: str) -> UUID:
        return self.stage.founded.organisations[code]

    def code_of(self, organisation: UUID) -> str:
        return next(code for code, known in self.stage.founded.organisations.items() if known == organisation)

    def actor(self, code: str, role: Role) -> Actor:
        return self.stage.founded.actor(code, role)


@functools.cache
def _paper(title: str) -> bytes:
    return paper(title, "演示学生", "模拟办理")


def steps_of(application: UUID) -> list[tuple[str, str, UUID]]:
    """Act, role and organisation of each step, in order."""
    steps = Step.objects.filter(case__subject=application).order_by("order")
    return list(steps.values_list("act", "role", "organisation"))


def days_of(year: int, count: int) -> list[date]:
    """Days from October to May over which so many changes are spread."""
    first, last = date(year, 10, 8), date(year + 1, 5, 20)
    return [first + (last - first) * index / max(1, count) for index in range(count)]
