"""Random lives of pupils through the services, beside the model: all kinds, all orders, several schools and bureaus.

Every yes and no of the services must be the model's; after every act the register is compared with the model and
with what must always hold (design §6: 1, 2, 5, 7, 11).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.lives.checks import Checks
from tests.lives.kind import Kind
from tests.lives.kinds import PUPIL_KINDS
from tests.lives.kinds_of_cohorts import COHORT_KINDS
from tests.lives.kinds_of_outside import OUTSIDE_KINDS
from tests.lives.kinds_of_records import RECORD_KINDS
from tests.lives.lodging import Desk
from tests.lives.model import Ask, Open
from tests.lives.world import FOUNDED, World
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.applications import services

KINDS: Mapping[str, Kind] = {**PUPIL_KINDS, **RECORD_KINDS, **COHORT_KINDS, **OUTSIDE_KINDS}
#: From when on a story may be told.
BEGINS = (FOUNDED, date(2008, 6, 10), date(2008, 7, 3), date(2008, 9, 2), date(2008, 9, 20), date(2009, 2, 23))
_log = logging.getLogger(__name__)
_whims, _people = st.integers(0, 9_999), st.integers(0, 40)


class Lives(RuleBasedStateMachine):
    """The pupils of four schools in two districts, and a special school. ``kinds``: what is played of all."""

    world: World
    kinds: Sequence[str] = tuple(sorted(KINDS))
    sound = False

    @initialize(begins=st.sampled_from(BEGINS))
    def begin(self, begins: date) -> None:
        """A copy of the city; some time has passed since it was founded."""
        world = self.world
        world.enter()
        world.move_to(begins)
        self.model = world.model()
        self.desk = Desk(world, self.model, list(world.students), list(world.rows), world.groups())
        self.checks = Checks(self.desk, FOUNDED)
        self.applications: dict[int, UUID] = {}
        self.told: list[str] = []
        self.at_first = set(self._possible(0))

    @rule(which=_whims, who=_people, whim=_whims)
    def lodge_anything(self, which: int, who: int, whim: int) -> None:
        """Anybody may try anything; the services say yes exactly where the model does."""
        ask = self._propose(self.kinds[which % len(self.kinds)], who, whim)
        if ask is not None:
            self._lodge(ask)

    @rule(first=_whims, whim=_whims, more=st.integers(0, 9))
    def lodge_what_may_be(self, first: int, whim: int, more: int) -> None:
        """Something that may be lodged, each kind as likely as any other, rather what earlier acts made possible.

        Mostly it is decided at once.
        """
        possible = self._possible(whim)
        made_possible = sorted(possible.keys() - self.at_first)
        kinds = made_possible if made_possible and first % 3 else sorted(possible)
        if not kinds:
            return
        ask = possible[kinds[first // 3 % len(kinds)]]
        self._lodge(ask)
        if more and self.model.under_way and self.model.under_way[-1].ask is ask:
            self._decide(self.model.under_way[-1], 8 if more > 2 else more)

    @precondition(lambda self: self.model.under_way)
    @rule(which=_people, people=st.integers(1, 8))
    def decide(self, which: int, people: int) -> None:
        """The next people say yes, one after another."""
        self._decide(self._under_way(which), people)

    @precondition(lambda self: self.model.under_way)
    @rule(which=_people, who=_people)
    def a_wrong_person(self, which: int, who: int) -> None:
        """Neither who acted before in another role of the case nor who has another post may decide (invariant 11)."""
        self.world.steps += 1
        one = self._under_way(which)
        if one.sent_back:
            return
        act, _, _ = one.route[one.decided]
        holder = self._holder(one)
        lodger = self.desk.lodger(one.ask)
        others = [other for other in self.world.city.actors.values() if other.post != holder.post]
        # One person may be registrar of two schools (of a central school and one it acts for): the same function.
        twice = who % 2 and lodger.role != holder.role
        wrong = replace(holder, person=lodger.person) if twice else others[who % len(others)]
        assert self._act(wrong, one, act) is not None, f"{wrong.role} took the step {act} of {one.ask}"

    @precondition(lambda self: self.model.under_way)
    @rule(which=_people, how=st.sampled_from(["refuse", "retract", "send_back", "resubmit", "resubmit"]))
    def turn_down(self, which: int, how: str) -> None:
        """Refused, taken back, or sent back and lodged again: of it nothing is in the register."""
        self.world.steps += 1
        one = self._under_way(which)
        registrar = self.desk.lodger(one.ask)
        if how == "resubmit":
            self._resubmit(one, registrar)
        elif how == "retract":
            with acting(registrar):
                services.retract(actor=registrar, application=self.applications[id(one)], reason="家长撤回")
            self.model.under_way.remove(one)
        elif not one.sent_back:
            assert self._act(self._holder(one), one, how, reason="材料不符，请核对") is None
            one.sent_back = how == "send_back"
            if how == "refuse":
                self.model.under_way.remove(one)
                self.desk.refused(one.ask, self.applications[id(one)])

    @rule(days=st.sampled_from([1, 1, 2, 3, 10, 40, 75]))
    def time_goes_on(self, days: int) -> None:
        self.world.steps += 1
        self.world.move_to(self.world.today + timedelta(days))
        self.told.append(f"{self.world.today}")

    @invariant()
    def register_is_as_the_model(self) -> None:
        self.sound = False
        self.checks.compare()
        self.sound = True

    def teardown(self) -> None:
        """At the end of a story: the state is the fold of the journals (5), and the flows balance (7)."""
        try:
            if self.sound:
                self.checks.balance()
            else:  # the seed alone does not bring a story back: hypothesis draws from the constants of the code too
                _log.error("\n".join(self.told))
        finally:
            self.world.leave()

    def _propose(self, kind: str, who: int, whim: int) -> Ask | None:
        many = len(self.model.lives) if KINDS[kind].of_pupil else len(self.model.schools)
        ask = KINDS[kind].propose(self.model, who % many, self.world.today, Random(whim))
        return None if ask is None else replace(ask, kind=kind)

    def _possible(self, whim: int) -> dict[str, Ask]:
        """What may be lodged today, one of each kind."""
        found: dict[str, Ask] = {}
        for kind in self.kinds:
            many = len(self.model.lives) if KINDS[kind].of_pupil else len(self.model.schools)
            for person in range(many):
                ask = self._propose(kind, whim + person, whim)
                if ask is not None and self._allowed(ask):
                    found[kind] = ask
                    break
        return found

    def _allowed(self, ask: Ask) -> bool:
        rules, day = KINDS[ask.kind], self.world.today
        return rules.at_lodging(self.model, ask, day) and rules.may(self.model, ask, day)

    def _lodge(self, ask: Ask) -> None:
        self.world.steps += 1
        self.told.append(f"{self.world.today} lodged: {ask}")
        allowed, refused, application = self._allowed(ask), None, None
        try:
            application = self.desk.lodge(ask)
        except Refused as error:
            refused = error
        self.sound = (refused is None) == allowed
        assert self.sound, (ask, refused and (refused.code, refused.message))
        if not allowed:
            self.world.refused += 1
        elif application is None:
            self._comes_true(ask)
        else:
            registration = self.model.lives[ask.pupil].at(self.world.today) if ask.pupil >= 0 else None
            one = Open(ask, KINDS[ask.kind].route(self.model, ask), registration)
            self.model.under_way.append(one)
            self.applications[id(one)] = application

    def _decide(self, one: Open, people: int) -> None:
        for _ in range(people):
            if one not in self.model.under_way or one.sent_back or not self._one_yes(one):
                return

    def _one_yes(self, one: Open) -> bool:
        self.world.steps += 1
        ask, day = one.ask, self.world.today
        rules, (act, _, _) = KINDS[ask.kind], one.route[one.decided]
        last = one.decided + 1 == len(one.route)
        checked = act != "proofread"
        if rules.parks and checked and ask.pupil >= 0 and not one.parked:
            one.parked = any(reg.ended is None for reg in self.model.lives[ask.pupil].standing)
        allowed = not (rules.rechecked and checked) or (
            (ask.pupil < 0 or self.model.lives[ask.pupil].at(day) is one.registration)
            and rules.may(self.model, ask, day)
        )
        if last and allowed and not one.parked:
            allowed = rules.at_end(self.model, ask, day)
        refused = self._act(self._holder(one), one, act)
        self.sound = (refused is None) == allowed
        assert self.sound, (one, refused and (refused.code, refused.message))
        if allowed:
            one.decided += 1
            if last:
                self.model.under_way.remove(one)
                self._comes_true(ask, parked=one.parked)
        return allowed

    def _comes_true(self, ask: Ask, *, parked: bool = False) -> None:
        if parked:
            return
        self.told.append(f"{self.world.today} in force: {ask}")
        KINDS[ask.kind].do(self.model, ask, self.world.today)
        self.world.came_true[ask.kind] = self.world.came_true.get(ask.kind, 0) + 1
        if len(self.model.lives) > len(self.desk.students):
            self.desk.born(ask)
        if len(self.model.outside) > len(self.desk.outside):
            self.desk.listed()
        if ask.to is not None and ask.to in self.model.classes and ask.to not in self.desk.groups:
            self.desk.groups = self.world.groups()

    def _resubmit(self, one: Open, registrar: Actor) -> None:
        try:
            with acting(registrar):
                services.resubmit(actor=registrar, application=self.applications[id(one)])
        except Refused:
            assert not one.sent_back
            return
        assert one.sent_back, "what was not sent back was lodged again"
        one.sent_back, one.decided = False, 0

    def _under_way(self, which: int) -> Open:
        return self.model.under_way[which % len(self.model.under_way)]

    def _holder(self, one: Open) -> Actor:
        _, role, at = one.route[one.decided]
        school = one.ask.other if at.startswith("other") else one.ask.school
        code = self.model.bureaus[school] if at.endswith("bureau") else school
        return self.world.city.actor(code, Role(role))

    def _act(self, actor: Actor, one: Open, act: str, reason: str | None = None) -> Refused | None:
        try:
            with acting(actor):
                services.act(actor=actor, application=self.applications[id(one)], act=act, reason=reason)
        except Refused as refused:
            return refused
        return None
