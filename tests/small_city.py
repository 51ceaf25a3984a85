"""A small invented city, made through the services: for tests of any room that need organisations and posts.

    def test_…(small_city): with acting(small_city.registrar("32010421001")): …

One city bureau, three districts (秦淮, 白下, 高淳), seven schools with confirmed codes but one, a trained holder
in every post. Ask for it together with the mark ``django_db`` or with ``fresh_database``; the clock is
``environment``'s (2008-09-01), all is effective on 2007-09-01. It is made once in a process and stands in what the
test's database is a clone of; what a test adds to it is gone with the test. What many tests of a module begin with
(pupils, a roll-call) is done once in a process, too:

    def _enrolled(city: SmallCity, environment: SeededEnvironment) -> UUID: …

    @pytest.fixture
    def beginning() -> Beginning:
        return _enrolled

    @pytest.fixture
    def pupil(begun: UUID) -> UUID:  # what it gave back; the clock stands where it left it
        return begun
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import pytest

from tests import template
from tests.database import START, Source, in_force, new_name, point_at
from xueji.config.home import Home
from xueji.pure.kernel.environment import SeededEnvironment, use_environment
from xueji.pure.kernel.types import Actor, Level, Role

BEGIN = date(2007, 9, 1)
CITY, QINHUAI, BAIXIA, GAOCHUN = "320100", "320104", "320103", "320125"
PRIMARY, JUNIOR = "32010421001", "32010431001"  # 秦淮
BAIXIA_PRIMARY = "32010321001"
CITY_SECONDARY = "32010034001"  # 市直属, in 白下
NINE_YEAR = "32010434001"  # 秦淮
CENTRAL, VILLAGE = "32012521001", "32012521002"  # 高淳: central school with points, and a school it acts for
SPECIAL = "32010451001"  # 秦淮, opened by the tests that need it
MIGRANT = "32010421009"  # 秦淮, not approved, hosted by PRIMARY; code drafted
SCHOOL_ROLES = (Role.REGISTRAR, Role.PROOFREADER, Role.DEPUTY_HEAD)
BUREAU_ROLES = (Role.CLERK, Role.HEAD)
CITY_ROLES = (
    *BUREAU_ROLES,
    Role.RESEARCH,
    Role.SECURITY_ADMIN,
    Role.AUDIT_ADMIN,
    Role.SYSTEM_ADMIN,
    Role.SOFTWARE_MAINTAINER,
)


@dataclass
class SmallCity:
    """Ids by code, and the actors of its posts."""

    organisations: dict[str, UUID] = field(default_factory=dict)
    actors: dict[tuple[str, Role], Actor] = field(default_factory=dict)

    def copy(self) -> SmallCity:
        """One that a test may add to."""
        return SmallCity(dict(self.organisations), dict(self.actors))

    def id(self, code: str) -> UUID:
        return self.organisations[code]

    def actor(self, code: str, role: Role) -> Actor:
        """Who holds a post of this kind; for 高淳's village school its central school's people."""
        return self.actors[(code, role)]

    def registrar(self, code: str = PRIMARY) -> Actor:
        return self.actor(code, Role.REGISTRAR)

    def proofreader(self, code: str = PRIMARY) -> Actor:
        return self.actor(code, Role.PROOFREADER)

    def deputy_head(self, code: str = PRIMARY) -> Actor:
        return self.actor(code, Role.DEPUTY_HEAD)

    def clerk(self, code: str = QINHUAI) -> Actor:
        return self.actor(code, Role.CLERK)

    def head(self, code: str = QINHUAI) -> Actor:
        return self.actor(code, Role.HEAD)


def make_small_city(rulebook: str | None = None, folder: Path | None = None) -> SmallCity:
    """Make the city in the database in force, under the city's rulebook of that code (the default one) of a folder."""
    from xueji.ground.accounts.context import acting_system, system_actor
    from xueji.ground.organisations import services as organisations
    from xueji.ground.parameters.loader import load_layers
    from xueji.ground.parameters.services import load_rulebooks

    city = SmallCity()
    with acting_system():
        bureau = organisations.open_bureau(
            actor=system_actor(), level=Level.CITY, code=CITY, name="南京市教育局", effective_on=BEGIN
        )
        city.organisations[CITY] = bureau.id
        system = system_actor(bureau.id)
        for code, name in ((QINHUAI, "秦淮区教育局"), (BAIXIA, "白下区教育局"), (GAOCHUN, "高淳县教育局")):
            opened = organisations.open_bureau(
                actor=system, level=Level.DISTRICT, code=code, name=name, effective_on=BEGIN, city=bureau.id
            )
            city.organisations[code] = opened.id
        load_rulebooks(actor=system, organisations=city.organisations, layers=load_layers(folder, rulebook))
        _open_schools(city, system)
        _fill_posts(city, system)
    return city


def _open_schools(city: SmallCity, system: Actor) -> None:
    from xueji.ground.organisations import services as organisations
    from xueji.ground.organisations.services import SchoolDraft, SiteDraft

    at = city.organisations
    first = [
        SchoolDraft(PRIMARY, "秦淮云锦小学", "primary", at[QINHUAI]),
        SchoolDraft(JUNIOR, "秦淮致远中学", "junior", at[QINHUAI]),
        SchoolDraft(BAIXIA_PRIMARY, "白下月华小学", "primary", at[BAIXIA]),
        SchoolDraft(CITY_SECONDARY, "南京弘文中学", "complete_secondary", at[CITY], district=at[BAIXIA]),
        SchoolDraft(NINE_YEAR, "秦淮白鹭九年一贯制学校", "nine_year", at[QINHUAI]),
        SchoolDraft(
            CENTRAL,
            "高淳桠溪中心小学",
            "primary",
            at[GAOCHUN],
            sites=(SiteDraft("东村教学点"), SiteDraft("西村教学点")),
        ),
    ]
    for school in organisations.open_schools(actor=system, drafts=first, effective_on=BEGIN):
        at[school.code] = school.id
    organisations.confirm_codes(actor=system, schools=[at[draft.code] for draft in first], effective_on=BEGIN)
    second = [
        SchoolDraft(VILLAGE, "高淳河西小学", "primary", at[GAOCHUN], central_school=at[CENTRAL]),
        SchoolDraft(
            MIGRANT, "秦淮新苗民工子女学校", "migrant", at[QINHUAI], host=at[PRIMARY], ownership="private",
            is_approved=False,
        ),
    ]  # fmt: skip
    for school in organisations.open_schools(actor=system, drafts=second, effective_on=BEGIN):
        at[school.code] = school.id
    organisations.confirm_codes(actor=system, schools=[at[VILLAGE]], effective_on=BEGIN)


def open_special_school(city: SmallCity) -> str:
    """A special school (特殊教育学校) in 秦淮 with its posts, for the tests that need one; its code."""
    from xueji.ground.accounts.context import acting_system, system_actor
    from xueji.ground.organisations import services as organisations
    from xueji.ground.organisations.services import SchoolDraft

    if SPECIAL not in city.organisations:
        with acting_system():
            system = system_actor(city.id(CITY))
            draft = SchoolDraft(SPECIAL, "秦淮明心特殊教育学校", "special", city.id(QINHUAI))
            (school,) = organisations.open_schools(actor=system, drafts=[draft], effective_on=BEGIN)
            city.organisations[SPECIAL] = school.id
            organisations.confirm_codes(actor=system, schools=[school.id], effective_on=BEGIN)
            _fill_posts(city, system, [SPECIAL])
    return SPECIAL


def _fill_posts(city: SmallCity, system: Actor, only: list[str] | None = None) -> None:
    from xueji.ground.accounts.selectors import actors_of
    from xueji.ground.accounts.services import RosterRow, admit_roster

    with_own_posts = only or [code for code in city.organisations if code not in (VILLAGE, MIGRANT)]
    rows: list[RosterRow] = []
    for code in with_own_posts:
        roles = CITY_ROLES if code == CITY else BUREAU_ROLES if len(code) == 6 else SCHOOL_ROLES
        for role in roles:
            rows.append(
                RosterRow(len(rows) + 2, f"{code[-4:]}{role.value}", code, role, started_on=BEGIN, trained_on=BEGIN)
            )
    codes = {organisation: code for code, organisation in city.organisations.items()}
    for slip in admit_roster(actor=system, rows=rows).slips:
        for actor in actors_of(slip.account):
            city.actors[(codes[actor.organisation], actor.role)] = actor


@dataclass(frozen=True, slots=True)
class PreparedCity:
    """The small city as it stands in a database that tests clone."""

    source: Source
    city: SmallCity
    begun: Any = None
    """What the beginning gave back."""
    clock: datetime = START


#: What the tests of a module all begin with: done once in a process, in a database that each of them gets a clone of.
Beginning: TypeAlias = Callable[[SmallCity, SeededEnvironment], Any]
PrepareCity: TypeAlias = Callable[[str | None, Beginning | None], PreparedCity]


@pytest.fixture(scope="session")
def prepared_cities(template_database: str, home: Home, django_db_blocker: Any) -> Iterator[PrepareCity]:
    """Gives the city under a rulebook after a beginning, made once in a process: that takes longer than most tests."""
    made: dict[tuple[str | None, Beginning | None], PreparedCity] = {}

    def prepare(rulebook: str | None, beginning: Beginning | None) -> PreparedCity:
        key = (rulebook, beginning)
        if key not in made:
            if beginning is None:
                before, seed = PreparedCity(Source(template_database), SmallCity()), 1
            else:
                before, seed = prepare(rulebook, None), 2
            begin = beginning or partial(_found, rulebook)
            made[key] = _prepare(before, begin, seed, home, django_db_blocker)
        return made[key]

    yield prepare
    for prepared in made.values():
        template.drop(prepared.source.database)


def _found(rulebook: str | None, city: SmallCity, _environment: SeededEnvironment) -> None:
    made = make_small_city(rulebook)
    city.organisations.update(made.organisations)
    city.actors.update(made.actors)


def _prepare(base: PreparedCity, begin: Beginning, seed: int, home: Home, blocker: Any) -> PreparedCity:
    """Begin in a clone of that database. The seed is another one than that of the tests, which must not draw the same
    ids again."""
    before, name = in_force(), new_name()
    template.clone(base.source.database, name)
    home.anchor.unlink(missing_ok=True)
    if base.source.anchor:
        home.anchor.write_bytes(base.source.anchor)
    city, environment = base.city.copy(), SeededEnvironment(base.clock, seed=seed)
    with blocker.unblock(), use_environment(environment):
        point_at(name)
        try:
            begun = begin(city, environment)
        finally:
            point_at(before)
    anchor = home.anchor.read_bytes() if home.anchor.exists() else b""
    home.anchor.unlink(missing_ok=True)
    template.close(name)
    return PreparedCity(Source(name, anchor), city, begun, environment.now())


@pytest.fixture
def city_rulebook() -> str | None:
    """The code of the rulebook that holds in the small city; a test module may say another one."""
    return None


@pytest.fixture
def beginning() -> Beginning | None:
    """What the tests of the module begin with that ask for ``begun``, which is what it gave back."""
    return None


@pytest.fixture
def prepared_city(
    request: pytest.FixtureRequest,
    prepared_cities: PrepareCity,
    city_rulebook: str | None,
    beginning: Beginning | None,
) -> PreparedCity:
    return prepared_cities(city_rulebook, beginning if "begun" in request.fixturenames else None)


@pytest.fixture
def small_city(request: pytest.FixtureRequest, environment: object, prepared_city: PreparedCity) -> SmallCity:
    """The small city in the database of the test (``django_db`` or ``fresh_database``)."""
    if "fresh_database" in request.fixturenames:
        request.getfixturevalue("fresh_database")
    return prepared_city.city.copy()


@pytest.fixture
def begun(small_city: SmallCity, prepared_city: PreparedCity, environment: SeededEnvironment) -> Any:
    """What the beginning of the module's tests gave back (ids, not objects that hold a connection)."""
    environment.move_to(prepared_city.clock)
    return prepared_city.begun
