"""Acts on schools and districts in ``xueji simulate``: the city's clerk proposes what may be, its head decides.

A bureau looks before it proposes: schools are drawn until one is found of which the preview says that nothing stands in
its way. What the act makes of the city stands in the plan of the stage from then on.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from uuid import UUID

from xueji.doors.demo.city import CITY_CODE, SchoolPlan
from xueji.doors.demo.rosters import Stage
from xueji.doors.demo.transfers import paper
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Role
from xueji.registry.register import selectors as register
from xueji.registry.reorganisation import plans, selectors, services
from xueji.registry.reorganisation.plans import ActPlan
from xueji.registry.reorganisation.services import Proposal

#: Kinds of schools that are merged, split and closed; the others act for somebody or are the only ones of their kind.
_ORDINARY = ("primary", "junior")
#: So many schools must be left of a stage, and districts, after one has closed.
_LEFT, _DISTRICTS_LEFT = 3, 2
_TRIES = 12
_NEW = "实验"
DISTRICT_SPLIT, DISTRICT_CLOSURE = "district_split", "district_closure"


@dataclass(frozen=True, slots=True)
class _Drawn:
    """An act that may be: its plan, and what becomes of the stage when it is in force."""

    plan: ActPlan
    then: Callable[[], None]


@dataclass
class Reorganiser:
    """Lets acts happen; ``hindered``: kinds for which nothing was found."""

    stage: Stage
    rng: random.Random
    done: int = 0
    hindered: list[str] = field(default_factory=list)

    def begin_year(self) -> None:
        """What closed before owes no return of this year."""
        self.stage.closed.clear()

    def act(self, kind: str) -> bool:
        """One act of this kind from today on; False where all that were drawn are hindered."""
        city = self.stage.founded.organisations[CITY_CODE]
        for drawn, _ in zip(self._drawn(kind), range(_TRIES), strict=False):
            with acting(self.stage.founded.actor(CITY_CODE, Role.CLERK)) as clerk:
                if selectors.look(kind, drawn.plan, organisation=city, on=today()).hindrances:
                    continue
                self.done += 1
                document = ("批文.pdf", paper("机构调整批文", "演示单位", "布局调整"))
                proposal = Proposal(drawn.plan, today(), f"宁教〔{today().year}〕{self.done}号", document)
                made = services.prepare(actor=clerk, kind=kind, proposal=proposal)
            with acting(self.stage.founded.actor(CITY_CODE, Role.HEAD)) as head:
                services.decide(actor=head, act=made.act)
            drawn.then()
            return True
        self.hindered.append(kind)
        return False

    def _drawn(self, kind: str) -> Iterator[_Drawn]:
        found = {
            plans.MERGER: self._closings,
            plans.CLOSURE: self._closings,
            plans.SPLIT: self._splits,
            plans.RENAMING: self._namings,
            plans.BUREAU_CHANGE: self._handings,
            plans.DISTRICT_MERGER: self._district_mergers,
            plans.DISTRICT_RENAMING: self._district_namings,
            DISTRICT_SPLIT: self._district_splits,
            DISTRICT_CLOSURE: self._district_closures,
        }
        return found[kind]()

    def _closings(self) -> Iterator[_Drawn]:
        """A school goes into another one of its kind: all its pupils, its records, its name."""
        for source, receiver in self._pairs():
            if sum(set(source.stages) <= set(one.stages) for one in self.stage.city.schools) > _LEFT:
                plan = ActPlan((self._id(source.code),), self._id(receiver.code))
                yield _Drawn(plan, partial(self._close, source, receiver))

    def _splits(self) -> Iterator[_Drawn]:
        """A class of a school that has several goes to another school."""
        for source, receiver in self._pairs():
            with acting(self.stage.founded.actor(CITY_CODE, Role.CLERK)):
                held = register.held_pupils([self._id(source.code)], today())
            groups = sorted({one.class_group for one in held if one.class_group is not None})
            if len(groups) > 1:
                chosen = self.rng.choice(groups)
                plan = ActPlan((self._id(source.code),), self._id(receiver.code), classes=(chosen,))
                yield _Drawn(plan, self._nothing)

    def _namings(self) -> Iterator[_Drawn]:
        for school in self._shuffled():
            name = school.name[:-2] + _NEW + school.name[-2:]
            if _NEW not in school.name:
                plan = ActPlan((self._id(school.code),), name=name)
                yield _Drawn(plan, partial(self._replace, school, replace(school, name=name)))

    def _handings(self) -> Iterator[_Drawn]:
        """A school gets the bureau of another district."""
        for school in self._shuffled():
            to = self.rng.choice([code for code, _ in self.stage.city.districts if code != school.district])
            plan = ActPlan((self._id(school.code),), self._id(to))
            yield _Drawn(plan, partial(self._replace, school, replace(school, district=to)))

    def _district_mergers(self) -> Iterator[_Drawn]:
        districts = list(self.stage.city.districts)
        self.rng.shuffle(districts)
        if len(districts) > _DISTRICTS_LEFT:
            for (source, _), (receiver, _) in pairwise(districts):
                plan = ActPlan((self._id(source),), self._id(receiver))
                yield _Drawn(plan, partial(self._merge_districts, source, receiver))

    def _district_splits(self) -> Iterator[_Drawn]:
        """A school of a district that has several goes to another one, with the land on which it stands."""
        for school in self._shuffled():
            mates = [one for one in self.stage.city.schools if one.district == school.district]
            others = [code for code, _ in self.stage.city.districts if code != school.district]
            if others and sum(not one.is_city_school for one in mates) > 1:
                to = self.rng.choice(others)
                plan = ActPlan((self._id(school.district),), receivers={self._id(school.code): self._id(to)})
                yield _Drawn(plan, partial(self._replace, school, replace(school, district=to)))

    def _district_closures(self) -> Iterator[_Drawn]:
        """All schools of a district go to another one, whose bureau keeps the records."""
        for drawn in self._district_mergers():
            yield replace(drawn, plan=replace(drawn.plan, custodian=drawn.plan.receiver))

    def _district_namings(self) -> Iterator[_Drawn]:
        districts = list(self.stage.city.districts)
        self.rng.shuffle(districts)
        for code, name in districts:
            new = f"{name[:-1]}新区" if not name.endswith("新区") else f"{name[:-2]}区"
            plan = ActPlan((self._id(code),), name=f"{new}教育局", short_name=new)
            yield _Drawn(plan, partial(self._name_district, code, new))

    def _pairs(self) -> Iterator[tuple[SchoolPlan, SchoolPlan]]:
        """A school and another one of its kind, of its own district where there is one."""
        schools = self._shuffled()
        for source in schools:
            others = [one for one in schools if one is not source and one.kind == source.kind]
            near = [one for one in others if one.district == source.district]
            if others:
                yield source, (near or others)[0]

    def _shuffled(self) -> list[SchoolPlan]:
        """The ordinary public schools with posts of their own, which act for no other one."""
        served = {one.central_school for one in self.stage.city.schools} | {one.host for one in self.stage.city.schools}
        found = [
            one
            for one in self.stage.city.schools
            if one.kind in _ORDINARY and one.ownership == "public" and not one.sites
            and one.central_school is None and one.code not in served
        ]  # fmt: skip
        self.rng.shuffle(found)
        return found

    def _nothing(self) -> None:
        """Both schools stay."""

    def _close(self, source: SchoolPlan, receiver: SchoolPlan) -> None:
        city = self.stage.city
        self.stage.city = replace(city, schools=tuple(one for one in city.schools if one is not source))
        kept = [(one, receiver.code if keeper == source.code else keeper) for one, keeper in self.stage.closed]
        self.stage.closed[:] = [*kept, (source, receiver.code)]

    def _replace(self, school: SchoolPlan, by: SchoolPlan) -> None:
        city = self.stage.city
        self.stage.city = replace(city, schools=tuple(by if one is school else one for one in city.schools))

    def _merge_districts(self, source: str, receiver: str) -> None:
        city = self.stage.city
        schools = tuple(replace(one, district=receiver) if one.district == source else one for one in city.schools)
        districts = tuple(one for one in city.districts if one[0] != source)
        self.stage.city = replace(city, districts=districts, schools=schools)
        self.stage.keepers[source] = receiver

    def _name_district(self, code: str, name: str) -> None:
        city = self.stage.city
        districts = tuple((one, name if one == code else known) for one, known in city.districts)
        self.stage.city = replace(city, districts=districts)

    def _id(self, code: str) -> UUID:
        return self.stage.founded.organisations[code]
