"""Random lives of pupils through the services, beside the model: all kinds, all orders, several schools and bureaus.

Every yes and no of the services must be the model's; after every act the register is compared with the model and
with what must always hold (design §6: 1, 2, 5, 7, 11).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.lives.model import KINDS, Life
from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, PRIMARY, QINHUAI, SmallCity
from tests.stories_of_kinds import claim_on
from xueji.ground.accounts.context import acting, acting_system, counting
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters.selectors import rulebook
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment, today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications import selectors as applications
from xueji.registry.applications import services
from xueji.registry.applications.tests.support import child, enrol
from xueji.registry.applications.tests.ways import papers
from xueji.registry.cases.types import StepView
from xueji.registry.register import selectors as register
from xueji.registry.register import services as register_services
from xueji.registry.statistics import selectors as statistics

SCHOOLS = {PRIMARY: QINHUAI, BAIXIA_PRIMARY: BAIXIA}
PUPILS = 4
_pupils = st.integers(0, PUPILS - 1)


class World:
    """The city in which all lives of one test are lived, one after another."""

    def __init__(self, city: SmallCity, environment: SeededEnvironment) -> None:
        self.city, self.environment, self.born, self.steps = city, environment, 0, 0
        self.came_true: Counter[str] = Counter()

    def next_day(self, days: int = 1) -> None:
        day = self.environment.now().astimezone(LOCAL_ZONE).date() + timedelta(days=days)
        self.environment.move_to(datetime(day.year, day.month, day.day, 9, tzinfo=LOCAL_ZONE))


class Lives(RuleBasedStateMachine):
    """Four pupils of two schools in two districts."""

    world: World

    @initialize()
    def begin(self) -> None:
        """Four new children: two at each school."""
        city = self.world.city
        self.lives: list[Life] = []
        self.students: list[UUID] = []
        self.names: list[dict[str, str | None]] = []
        self.open: dict[int, UUID] = {}
        self.world.next_day()
        for code, bureau in SCHOOLS.items():
            rows = [child(self.world.born + n, class_no=1) for n in range(PUPILS // 2)]
            self.world.born += len(rows)
            enrol(city, rows, school=code, bureau=bureau, file=f"lives-{self.world.born}")
            with acting(city.registrar(code)):
                found = {one.name: one for one in register.roster(city.id(code), today())}
            for row in rows:
                pupil = found[str(row["name"])]
                self.students.append(pupil.student)
                began = pupil.started_on.toordinal()
                self.lives.append(Life(code, began, changed=began))
                self.names.append(row)
        self.since = today()
        self.world.next_day()

    @rule(pupil=_pupils, kind=st.sampled_from(sorted(KINDS)), to=st.sampled_from(sorted(SCHOOLS)))
    def lodge(self, pupil: int, kind: str, to: str) -> None:
        """Anybody may try anything; the services say yes exactly where the model does."""
        self.world.steps += 1
        life, day = self.lives[pupil], today()
        allowed = life.may_lodge(kind, to, day.toordinal())
        refused: Refused | None = None
        try:
            self.open[pupil] = self._lodge(pupil, kind, to)
        except Refused as error:
            refused = error
        assert (refused is None) == allowed, (kind, life, refused and (refused.code, refused.message))
        if not allowed:
            return
        life.lodge(kind, to, day.toordinal())

    @rule(pupil=_pupils, data=st.data(), to=st.sampled_from(sorted(SCHOOLS)))
    def lodge_what_may_be(self, pupil: int, data: st.DataObject, to: str) -> None:
        """Something that may be lodged, so that lives go on."""
        day = today().toordinal()
        possible = [kind for kind in sorted(KINDS) if self.lives[pupil].may_lodge(kind, to, day)]
        if possible:
            self.lodge(pupil, data.draw(st.sampled_from(possible)), to)

    def _lodge(self, pupil: int, kind: str, to: str) -> UUID:
        life, city = self.lives[pupil], self.world.city
        school = to if kind == "transfer" else life.school
        with acting(city.registrar(school)) as actor:
            change = rulebook(today()).change(kind)
            evidence = papers(actor, [paper.key for paper in change.evidence])
            if kind == "transfer":
                group = organisations.class_groups(city.id(to))[0]
                row = self.names[pupil]
                return services.lodge_transfer(
                    actor=actor,
                    school=city.id(to),
                    class_group=group.id,
                    reason="举家迁居",
                    name=str(row["name"]),
                    id_number=str(row["id_number"]),
                    evidence=evidence,
                ).application
            return services.lodge_change(
                actor=actor,
                kind=kind,
                school=city.id(school),
                student=self.students[pupil],
                claim=claim_on(kind, today()),
                evidence=evidence,
            ).application

    @precondition(lambda self: self.open)
    @rule(data=st.data(), people=st.integers(1, 6))
    def decide(self, data: st.DataObject, people: int) -> None:
        """The next people say yes, one after another."""
        pupil = data.draw(st.sampled_from(sorted(self.open)))
        for _ in range(people):
            if pupil not in self.open or not self._one_yes(pupil):
                return

    def _one_yes(self, pupil: int) -> bool:
        self.world.steps += 1
        life, step = self.lives[pupil], self._step(pupil)
        last = life.decided + 1 == KINDS[life.open or ""].steps
        assert step.completes == last, (life, step.key)
        allowed = not last or life.may_finish(today().toordinal())
        refused: Refused | None = None
        try:
            self._act(self._holder(step), pupil, step.act)
        except Refused as error:
            refused = error
        assert (refused is None) == allowed, (life, refused and (refused.code, refused.message))
        kind = life.open or ""
        if allowed and life.decide(today().toordinal()):
            self.world.came_true[kind] += 1
            del self.open[pupil]
        return allowed

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def same_person(self, data: st.DataObject) -> None:
        """Who acted before in the same case may not act again in another role (invariant 11)."""
        self.world.steps += 1
        pupil = data.draw(st.sampled_from(sorted(self.open)))
        step = self._step(pupil)
        lodger = self.world.city.registrar(self._school_of(pupil))
        holder = self._holder(step)
        pretended = replace(holder, person=lodger.person)
        try:
            self._act(pretended, pupil, step.act)
        except Refused:
            return
        raise AssertionError(f"the registrar who lodged took the step {step.act}")

    @precondition(lambda self: self.open)
    @rule(data=st.data(), how=st.sampled_from(["refuse", "retract", "send_back"]))
    def turn_down(self, data: st.DataObject, how: str) -> None:
        """Refused, taken back, or sent back and then taken back: nothing of it is in the register."""
        self.world.steps += 1
        pupil = data.draw(st.sampled_from(sorted(self.open)))
        registrar = self.world.city.registrar(self._school_of(pupil))
        if how in ("refuse", "send_back"):
            self._act(self._holder(self._step(pupil)), pupil, how, reason="材料不符，请核对")
        if how in ("retract", "send_back"):
            with acting(registrar):
                services.retract(actor=registrar, application=self.open[pupil], reason="家长撤回")
        self.lives[pupil].drop()
        del self.open[pupil]

    @rule(days=st.integers(1, 3))
    def time_goes_on(self, days: int) -> None:
        self.world.steps += 1
        self.world.next_day(days)

    @invariant()
    def register_is_as_the_model(self) -> None:
        """School, standing and number of registrations; one registration in force (1); no number twice (2)."""
        if not getattr(self, "lives", None):
            return
        with acting(self.world.city.head(CITY)):
            for student, life in zip(self.students, self.lives, strict=True):
                record = register.student_record(student, decrypt=False)
                assert record is not None
                current = record.in_force
                assert (current is not None) == life.registered, life
                assert len(record.registrations) == len(set(record.numbers)) == life.numbers, life
                if current is not None:
                    assert current.school == self.world.city.id(life.school), life
                    assert current.value("status", today()) == life.status, life
        assert not self._rows(
            "SELECT a.id FROM register_registration a JOIN register_registration b ON a.student_id = b.student_id"
            " AND a.id < b.id AND a.during && b.during AND NOT a.voided AND NOT b.voided"
        )
        assert not self._rows("SELECT number FROM register_registration GROUP BY number HAVING count(*) > 1")

    def teardown(self) -> None:
        """At the end of a life: the state is the fold of the journals (5), and the flows balance (7)."""
        if not getattr(self, "lives", None):
            return
        with acting_system():
            rebuilt = register_services.rebuild()
        assert not rebuilt.differed
        with acting(self.world.city.head(CITY)), counting():
            lines = statistics.flow_of((date(2008, 9, 1), today()), None, [self.world.city.id(one) for one in SCHOOLS])
        assert lines["balanced"].all(), lines.filter(~lines["balanced"])

    def _rows(self, sql: str) -> list[tuple[object, ...]]:
        with acting_system(), connection.cursor() as cursor:
            cursor.execute(sql)
            found: list[tuple[object, ...]] = cursor.fetchall()
        return found

    def _school_of(self, pupil: int) -> str:
        life = self.lives[pupil]
        return (life.open_to or life.school) if life.open == "transfer" else life.school

    def _step(self, pupil: int) -> StepView:
        with acting(self.world.city.registrar(self._school_of(pupil))):
            view = applications.application(self.open[pupil])
        assert view is not None
        assert view.case is not None
        assert view.case.current is not None
        return view.case.current

    def _holder(self, step: StepView) -> Actor:
        actors = self.world.city.actors.values()
        return next(one for one in actors if one.organisation == step.organisation and one.role.value == step.role)

    def _act(self, actor: Actor, pupil: int, act: str, reason: str | None = None) -> None:
        with acting(actor):
            services.act(actor=actor, application=self.open[pupil], act=act, reason=reason)
