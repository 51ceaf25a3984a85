"""Kinds of change that ``xueji simulate`` cannot lodge as a pupil's form: the bureau places a child, a school traces
one who did not arrive, children whose home is outside the register come as guests, stay longer and leave, or enter a
year later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

from xueji.doors.demo.single import HALF_A_YEAR, Changer, Pupil, steps_of
from xueji.ground.accounts.context import acting
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.resident_id import check_character
from xueji.pure.kernel.rulebook import ChangeKind
from xueji.pure.kernel.types import Role
from xueji.pure.procedures.frame import EFFECTIVE_ON, UNTIL
from xueji.pure.procedures.outside import BEGIN, DEFERRAL, END, EXTENSION
from xueji.registry.applications import services as applications
from xueji.registry.register import selectors as register

PLACEMENT, TRACED = "placement", "arrival_traced"
#: A place of birth outside the city, for the invented documents of its guests.
_AREA = "340103"


class Beyond:
    """The acts; every one True where it was done, False where there is nobody for it."""

    def __init__(self, changer: Changer) -> None:
        self.changer, self.rng, self.made = changer, changer.rng, 0

    def acts(self) -> dict[str, Callable[[Pupil], bool]]:
        """The acts by kind; of a guest the pupil names only school and class."""
        return {
            PLACEMENT: self._place,
            TRACED: self._trace,
            BEGIN: self._begin,
            EXTENSION: lambda pupil: self._go_on(EXTENSION),
            END: lambda pupil: self._go_on(END),
            DEFERRAL: self._defer,
        }

    def _place(self, pupil: Pupil) -> bool:
        """The clerk of the receiving school's bureau proposes, its head decides, the child comes."""
        receiver = self.changer.other_school(pupil)
        group = self.changer.class_of(receiver, pupil) if receiver else None
        if receiver is None or group is None:
            return False
        school = self.changer.id_of(receiver)
        bureau = organisations.competent_bureau(school, today())
        if bureau is None:
            return False
        clerk = self.changer.actor(self.changer.code_of(bureau), Role.CLERK)
        with acting(clerk):
            lodged = applications.lodge_placement(
                actor=clerk, class_group=group, reason="原学校没有空余学位，就近安排", name=pupil.name,
                registration_number=pupil.number,
            )  # fmt: skip
            steps = steps_of(lodged.application)
        self.changer.decide(lodged.application, steps)
        self.changer.arrive(receiver, pupil.student)
        return True

    def _trace(self, pupil: Pupil) -> bool:
        """A transferred child is not seen, is found by a visit, and comes."""
        receiver = self.changer.transfer(pupil, arrives=False)
        if not receiver:
            return False
        registrar = self.changer.actor(receiver, Role.REGISTRAR)
        with acting(registrar):
            claim = {
                EFFECTIVE_ON: today().isoformat(), "found_by": "班主任家访", "follow_up": "arrival",
                "whereabouts": parameters.rulebook(today()).codes["traced_whereabouts"].rows[0].code,
            }  # fmt: skip
            applications.trace_arrival(
                actor=registrar, school=self.changer.id_of(receiver), student=pupil.student, claim=claim
            )
        self.changer.arrive(receiver, pupil.student)
        return True

    def _begin(self, pupil: Pupil) -> bool:
        """A new guest in the drawn pupil's class."""
        said = self._child(pupil.intake_year - 6) | {
            "home_region": "安徽省合肥市庐阳区", "home_school": "虚构小学", "class_group": str(pupil.class_group),
            EFFECTIVE_ON: today().isoformat(), UNTIL: (today() + HALF_A_YEAR).isoformat(),
        }  # fmt: skip
        return self._lodge(BEGIN, pupil.school, said, None)

    def _defer(self, pupil: Pupil) -> bool:
        """A child who ought to have entered this autumn waits for a year."""
        if pupil.stage != "primary":
            return False
        stages = parameters.rulebook(today()).stages
        year = stages.school_year_of(today())
        said = self._child(year - 7) | {
            "home_region": "南京市", UNTIL: (stages.start_of(year + 1) - timedelta(days=1)).isoformat(),
            "reason": "体弱多病，医院建议缓学一年",
        }  # fmt: skip
        return self._lodge(DEFERRAL, pupil.school, said, None)

    def _child(self, year: int) -> dict[str, str]:
        """A new child born in that year, with its guardian."""
        self.made += 1
        born = date(year, 3, 1 + self.made % 28)
        body = f"{_AREA}{born:%Y%m%d}{self.made % 1000:03d}"
        return {
            "name": f"外来{self.made}", "gender": self.rng.choice("12"), "birth_date": born.isoformat(),
            "id_number": body + check_character(body), "guardian": f"外来{self.made}父", "phone": "13900000000",
        }  # fmt: skip

    def _go_on(self, kind: str) -> bool:
        """One of the guests who are here stays longer, or leaves."""
        schools = {self.changer.id_of(code): code for code in self.changer.codes()}
        with acting(self.changer.actor(self.changer.city, Role.HEAD)):
            here = [one for one in register.outside_guests(list(schools)) if one.started_on < today()]
        if not here:
            return False
        chosen = self.rng.choice(here)
        longer = max(chosen.until or today(), today()) + timedelta(days=60)
        said = {UNTIL: longer.isoformat()} if kind == EXTENSION else {EFFECTIVE_ON: today().isoformat()}
        return self._lodge(kind, schools[chosen.school], said, chosen.child)

    def _lodge(self, kind: str, school: str, said: dict[str, str], child: UUID | None) -> bool:
        registrar = self.changer.actor(school, Role.REGISTRAR)
        with acting(registrar):
            change = parameters.rulebook(today()).change(kind)
            lodged = applications.lodge_outside(
                actor=registrar, kind=kind, claim={**_choices(change), **said}, child=child,
                evidence=self.changer.evidence(registrar, school, change),
            )  # fmt: skip
            steps = steps_of(lodged.application)
        self.changer.decide(lodged.application, steps)
        return True


def _choices(change: ChangeKind) -> dict[str, str]:
    """The first answer to each question that asks to choose."""
    return {ask.key: ask.choices[0][0] for ask in change.asks if ask.type == "choice" and ask.choices}
