"""Whatever stands in the way of an act on schools or districts is said with its remedy and its basis."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.small_city import (
    BAIXIA,
    BAIXIA_PRIMARY,
    CITY,
    CITY_SECONDARY,
    JUNIOR,
    MIGRANT,
    NINE_YEAR,
    PRIMARY,
    QINHUAI,
    SmallCity,
)
from xueji.ground.accounts.context import acting, acting_system, system_actor
from xueji.ground.journals.types import NewEntry
from xueji.ground.organisations import selectors
from xueji.ground.organisations import services as organisations
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.operations import SetOutside
from xueji.registry.register.tests.lives import Child, Lives
from xueji.registry.reorganisation.plans import ActPlan
from xueji.registry.reorganisation.selectors import look
from xueji.registry.reorganisation.tests.acts import DAY, NOBODY, carry_through, propose
from xueji.registry.rollcall import services as rollcall

pytestmark = pytest.mark.django_db
MERGER, SPLIT, CLOSURE, NAME = "school_merger", "school_split", "school_closure", "school_renaming"
BUREAU, DISTRICTS = "competent_bureau_change", "district_merger"
PARTED, ENDED = "district_split", "district_closure"
#: Hindrances of the room's own sources; each stands below with what it says, or where it is met.
_SAID = re.compile(r'(?:_refusal\(\s*ground, |Refusal\(\s*"reorganisation\.)"?(\w+)"')
ELSEWHERE = {"applications": "xueji/doors/web/tests/test_reorganisation_pages.py"}
#: Code → what its sentence says, remedy included.
SENTENCES: dict[str, str] = {
    "unknown": "请选择",
    "unknown_receiver": "选择",
    "same_school": "不能既是调整的学校又是接收的学校",
    "code": "请先由负责人确定代码",
    "classes": "勾选",
    "point": "一次只能并入一所学校",
    "custodian": "由哪个单位保管",
    "not_yours": "跨教育局的调整由市教育局办理",
    "nowhere": "请为每个班选择接收学校",
    "started": "请把生效日期改到次日以后",
    "ahead": "请改在该变动生效以后办理",
    "arrival": "请学校先确认到校",
    "departing": "请先登记回执或撤销转出",
    "stage": "没有初中学段",
    "guests": "请先办理借读结束",
    "guests_outside": "请先办理结束外地借读",
    "roll": "报到注册还没有办结",
    "promotion": "请该校先确认升级",
    "class_no": "班号应在 1 到 99 之间",
    "name": "新名称应与现在的不同",
    "name_taken": "请核对批文",
    "receiver": "请选择接收的教育局",
    "sources": "不能选接收单位自己或已撤销的单位",
    "same_bureau": "主管教育局已经是",
    "not_its": "请重新选择",
    "same_day": "请把生效日期改到次日以后",
    "schools_left": "请为每所学校选择后再办",
    "no_school": "请至少为一所学校选择",
    "none_stays": "请改办“区县撤销”",
    "under_way": "请待其办结后再办",
}


class Town:
    """A city whose schools have, at one time, all that can stand in the way; each look is asked for one of it."""

    def __init__(self, city: SmallCity, lives: Lives) -> None:
        self.city, self.lives = city, lives

    def id(self, code: str) -> UUID:
        return self.city.id(code)

    def of(self, bureau: str) -> list[UUID]:
        """The schools of a bureau."""
        return [one.id for one in selectors.schools_of(self.id(bureau))]

    def pupil(self, code: str = PRIMARY, **given: Any) -> Child:
        """A pupil of the cohort of 2005, unless said otherwise."""
        return self.lives.open(code, **{"intake_year": 2005, **given})

    def said(self, kind: str, plan: ActPlan, *, by: str = QINHUAI, on: date = DAY) -> dict[str, str]:
        """Code → sentence of each hindrance; every one has a basis and ends as a sentence."""
        with acting(self.city.clerk(by)):
            seen = look(kind, plan, organisation=self.id(by), on=on)
        assert not seen.plan.entries or not seen.hindrances
        for one in seen.hindrances:
            assert one.message.endswith("。"), one
            assert one.basis, one
        return {one.code.removeprefix("reorganisation."): one.message for one in seen.hindrances}


@pytest.fixture
def town(small_city: SmallCity, environment: SeededEnvironment) -> Town:
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))
    return Town(small_city, Lives(small_city))


def test_what_is_chosen_is_checked_first(town: Town) -> None:
    primary, nine, baixia = town.id(PRIMARY), town.id(NINE_YEAR), town.id(BAIXIA_PRIMARY)
    there = [baixia, town.id(CITY_SECONDARY)]  # of 白下, and in it
    cases = [
        ("unknown", MERGER, ActPlan((NOBODY,), nine)),
        ("unknown", NAME, ActPlan((), name="又一小学")),
        ("unknown_receiver", MERGER, ActPlan((primary,))),
        ("unknown_receiver", SPLIT, ActPlan((primary,), NOBODY, classes=(NOBODY,))),
        ("same_school", MERGER, ActPlan((primary,), primary)),
        ("code", MERGER, ActPlan((primary,), town.id(MIGRANT))),
        ("classes", SPLIT, ActPlan((primary,), nine)),
        ("classes", SPLIT, ActPlan((primary,), nine, classes=(NOBODY,))),
        ("point", MERGER, ActPlan((primary, town.id(JUNIOR)), nine, point=True)),
        ("custodian", CLOSURE, ActPlan((primary,))),
        ("not_yours", MERGER, ActPlan((baixia,), nine)),
        ("class_no", MERGER, ActPlan((primary,), nine, numbers={NOBODY: 100})),
        ("name", NAME, ActPlan((primary,), name="秦淮云锦小学")),
        ("name_taken", NAME, ActPlan((primary,), name="白下月华小学")),
    ]
    cases_of_the_city = [
        ("receiver", BUREAU, ActPlan((primary,))),
        ("sources", BUREAU, ActPlan((), town.id(QINHUAI))),
        ("sources", DISTRICTS, ActPlan((town.id(QINHUAI),), town.id(QINHUAI))),
        ("same_bureau", BUREAU, ActPlan((primary,), town.id(QINHUAI))),
        ("receiver", PARTED, ActPlan((town.id(BAIXIA),), receivers={baixia: town.id(CITY)})),
        ("sources", PARTED, ActPlan((town.id(BAIXIA),), receivers={baixia: town.id(BAIXIA)})),
        ("not_its", ENDED, ActPlan((town.id(BAIXIA),), town.id(QINHUAI), receivers={primary: town.id(QINHUAI)})),
        ("custodian", ENDED, ActPlan((town.id(BAIXIA),), receivers=dict.fromkeys(there, town.id(QINHUAI)))),
        ("schools_left", ENDED, ActPlan((town.id(BAIXIA),), custodian=town.id(CITY))),
        ("no_school", PARTED, ActPlan((town.id(BAIXIA),))),
        ("none_stays", PARTED, ActPlan((town.id(BAIXIA),), receivers=dict.fromkeys(town.of(BAIXIA), town.id(QINHUAI)))),
    ]
    for by, asked in ((QINHUAI, cases), (CITY, cases_of_the_city)):
        for code, kind, plan in asked:
            said = town.said(kind, plan, by=by)
            assert list(said) == [code], (kind, plan, said)
            assert SENTENCES[code] in said[code]


def test_pupils_who_cannot_move_on_that_day_are_counted_and_the_remedy_is_said(town: Town) -> None:
    """One school with everything at once: all is said at once."""
    primary, nine = town.id(PRIMARY), town.id(NINE_YEAR)
    for more in (("arrival", "awaited"), ("arrival", "departing")):
        child = town.pupil()
        town.lives.spell(child, *more, date(2008, 9, 1))
    town.pupil(on=DAY)
    late = town.pupil()
    town.lives.spell(late, "status", "suspended", DAY + timedelta(days=7))
    town.lives.spell(town.pupil(BAIXIA_PRIMARY), "attends", str(primary), date(2008, 9, 1))
    outside = SetOutside(uuid4(), primary, "guest", "primary", 2005, "1", None, None)
    town.lives.write([NewEntry(primary, "guest_outside_begin", date(2008, 9, 1), (outside,))])
    town.pupil(NINE_YEAR)
    with acting_system():
        organisations.promote_cohorts(actor=system_actor(), school=nine, school_year=2008, cohorts=[("primary", 2005)])
    with acting(town.city.registrar()) as registrar:
        rollcall.open_roll(actor=registrar, school=primary, term="2008-autumn")
    said = town.said(MERGER, ActPlan((primary,), nine))
    guests = {"guests", "guests_outside"}
    assert set(said) == {"started", "ahead", "arrival", "departing", "roll", "promotion"} | guests
    for code, sentence in said.items():
        assert SENTENCES[code] in sentence
    assert said["promotion"].startswith("秦淮云锦小学 2005 级")
    # The city sees the other district's guest and moves him; without a receiver he too has nowhere to go.
    assert "guests" not in town.said(MERGER, ActPlan((primary,), nine), by=CITY)
    lost = town.said(CLOSURE, ActPlan((primary,), custodian=town.id(QINHUAI)), by=CITY)
    assert SENTENCES["nowhere"] in lost["nowhere"]
    assert "请指定“其余学生”的接收学校" in lost["guests"]


def test_a_school_without_the_stage_takes_none_of_it(town: Town) -> None:
    town.pupil(NINE_YEAR, stage="junior", intake_year=2007)
    said = town.said(MERGER, ActPlan((town.id(NINE_YEAR),), town.id(PRIMARY)))
    assert list(said) == ["stage"]
    assert said["stage"].startswith("秦淮云锦小学没有初中学段")


def test_two_acts_on_one_school_wait_for_each_other(town: Town) -> None:
    primary, nine = town.id(PRIMARY), town.id(NINE_YEAR)
    propose(town.city, MERGER, ActPlan((primary,), nine))
    said = town.said(NAME, ActPlan((primary,), name="秦淮锦绣小学"))
    assert list(said) == ["under_way"]
    assert "秦淮云锦小学并入秦淮白鹭九年一贯制学校" in said["under_way"]
    assert SENTENCES["under_way"] in said["under_way"]


def test_a_school_changes_its_bureau_once_a_day(town: Town) -> None:
    """Each change stands in the journal of the bureau before it: which of two came last would be said nowhere."""
    carry_through(town.city, BUREAU, ActPlan((town.id(PRIMARY),), town.id(BAIXIA)), bureau=CITY)
    back = ActPlan((town.id(PRIMARY),), town.id(QINHUAI))
    for kind, plan in ((BUREAU, back), (DISTRICTS, ActPlan((town.id(BAIXIA),), town.id(QINHUAI)))):
        said = town.said(kind, plan, by=CITY)
        assert list(said) == ["same_day"]
        assert said["same_day"].startswith("秦淮云锦小学的主管教育局")
    assert town.said(BUREAU, back, by=CITY, on=DAY + timedelta(days=1)) == {}


def test_every_hindrance_of_the_room_has_its_case() -> None:
    assert set(_codes()) == SENTENCES.keys() | ELSEWHERE.keys()
    assert "有 1 件在办申请" in Path(ELSEWHERE["applications"]).read_text(encoding="utf-8")


def _codes() -> Iterator[str]:
    room = Path("xueji/registry/reorganisation")
    for name in ("looking.py", "bureaus.py", "hindering.py", "schools.py"):
        yield from _SAID.findall((room / name).read_text(encoding="utf-8"))
