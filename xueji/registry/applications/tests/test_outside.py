"""Children without a registration here: guests from outside are 在校 and never 在籍; a deferred child enters later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import pytest

from tests.small_city import CITY, PRIMARY, Beginning, SmallCity
from xueji.duties.reminders.services import remind
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.environment import SeededEnvironment, today
from xueji.pure.kernel.types import Refused
from xueji.registry.applications import services
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.applications.tests.support import child, enrol, resident_id
from xueji.registry.applications.tests.told import decide, move
from xueji.registry.applications.tests.ways import class_of, papers
from xueji.registry.register import selectors as register
from xueji.registry.register import services as register_services
from xueji.registry.snapshots import services as snapshots
from xueji.registry.snapshots.state import state_at
from xueji.registry.statistics import selectors as statistics

pytestmark = pytest.mark.usefixtures("fresh_database")

AUTUMN, WINTER = date(2008, 9, 22), date(2008, 12, 1)
GUEST = {
    "name": "石外来", "gender": "2", "birth_date": "2001-05-04", "id_number": resident_id(901, "2001-05-04"),
    "home_region": "安徽省合肥市庐阳区", "home_school": "庐阳实验小学", "guardian": "石家长", "phone": "13900000001",
    "effective_on": "2008-09-22", "until": "2009-06-30", "reason_code": "family_moved",
}  # fmt: skip
LATER = {
    "name": "石晚到", "gender": "1", "birth_date": "2002-05-04", "id_number": resident_id(902, "2002-05-04"),
    "home_region": "秦淮区瞻园路", "guardian": "石家长", "phone": "13900000001", "until": "2009-08-31",
    "reason_code": "health", "reason": "术后康复",
}  # fmt: skip


def _begin(city: SmallCity, environment: SeededEnvironment) -> None:
    enrol(city, [child(1), child(2)])
    move(environment, AUTUMN)


@pytest.fixture
def beginning() -> Beginning:
    return _begin


@pytest.fixture(autouse=True)
def _pupils(begun: None) -> None:
    """All tests begin so."""


def lodge(
    city: SmallCity, kind: str, claim: Mapping[str, str], child: UUID | None = None, school: str = PRIMARY
) -> UUID:
    """Lodged by the primary school (or another one) with its papers."""
    with acting(city.registrar(school)) as actor:
        change = school_rulebook(city.id(school), today()).change(kind)
        evidence = papers(actor, [paper.key for paper in change.evidence])
        return services.lodge_outside(actor=actor, kind=kind, claim=claim, child=child, evidence=evidence).application


def guest(city: SmallCity, **more: str) -> UUID:
    """A guest from outside in the first class; his id."""
    decide(city, lodge(city, "guest_outside_begin", {**GUEST, "class_group": str(class_of(city, PRIMARY)), **more}))
    with acting(city.registrar(PRIMARY)):
        return register.outside_children([city.id(PRIMARY)])[-1].child


def test_a_guest_from_outside_attends_and_is_on_nobody_s_roll(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    school = small_city.id(PRIMARY)
    with acting(small_city.head(CITY)):
        before, digest = register.as_of(AUTUMN), state_at(AUTUMN).digest
        cut = register.present_cut()
    who = guest(small_city)
    with acting(small_city.head(CITY)):
        now = register.as_of(AUTUMN, schools=[school])
        assert (now.pupils, now.attending) == (before.pupils, before.attending + 1) == (2, 3)
        assert (register.counts([school]).registered, register.counts(None).attending) == (2, 3)
        totals = statistics.totals_of(state_at(AUTUMN, None, [school]))
        assert totals.select("registered", "attending", "guest_here").sum().row(0) == (2, 3, 1)
        assert state_at(AUTUMN).digest == digest
        assert statistics.totals_of(state_at(AUTUMN, cut, [school]))["guest_here"].sum() == 0
        assert snapshots.make(on=AUTUMN, cut=register.present_cut()).pupils == 2
    with acting_system():
        assert not register_services.rebuild().differed
    move(environment, WINTER)
    decide(small_city, lodge(small_city, "guest_outside_extension", {"until": "2009-07-10"}, who))
    move(environment, date(2008, 12, 15))
    decide(
        small_city, lodge(small_city, "guest_outside_end", {"effective_on": "2008-12-15", "reason_code": "early"}, who)
    )
    with acting(small_city.head(CITY)):
        assert register.as_of(date(2008, 12, 14)).attending == 3
        assert register.as_of(date(2008, 12, 15)).attending == 2
        for last, ends in ((WINTER, (1, 0, 1)), (date(2008, 12, 20), (1, 1, 0))):
            flow = statistics.flow_of((date(2008, 9, 16), last), None, [school])
            assert flow["balanced"].all()
            assert flow.select("guest_here_begun", "guest_here_ended", "guest_here_closing").sum().row(0) == ends


def test_a_deferred_child_is_listed_reminded_of_and_found_when_he_enters(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    decide(small_city, lodge(small_city, "deferred_entry", LATER))
    with acting(small_city.head(CITY)):
        (listed,) = register.outside_children(None, decrypt=True)
        assert (listed.standing, listed.said["name"], listed.until) == ("deferred", "石晚到", date(2009, 8, 31))
        assert (register.as_of(AUTUMN).pupils, register.as_of(AUTUMN).attending) == (2, 2)
        assert register.entered_since([listed]) == {}
    # Found by the long run of random lives: he stands on the list of guests too, and is none.
    for kind, claim in (
        ("guest_outside_extension", {"until": "2009-09-20"}),
        ("guest_outside_end", {"effective_on": "2008-09-22", "reason_code": "early"}),
    ):
        with pytest.raises(Refused, match="不是本校的外地借读学生"):
            lodge(small_city, kind, claim, listed.child)
    move(environment, date(2009, 8, 10))
    assert remind().matters["outside_ends"] == 1
    assert remind().matters["outside_ends"] == 0
    move(environment, date(2009, 9, 2))
    row = child(7, name="石晚到", birth_date=LATER["birth_date"], id_number=LATER["id_number"])
    enrol(small_city, [{**row, "enrolment_month": "2009-09"}], file="later")
    with acting(small_city.registrar(PRIMARY)):
        found = register.entered_since([listed])
        assert register.student_names(found.values()) == {found[listed.child]: "石晚到"}
    move(environment, date(2009, 9, 30))
    assert remind().matters["outside_ends"] == 0


def test_nobody_is_listed_twice_and_nobody_who_is_registered_here(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    group = {"class_group": str(class_of(small_city, PRIMARY))}
    with pytest.raises(Refused, match="已有学籍，请按借读或转学办理"):
        lodge(small_city, "guest_outside_begin", {**GUEST, **group, "id_number": str(child(1)["id_number"])})
    with pytest.raises(Refused, match="还没有填写：就读班级"):
        lodge(small_city, "guest_outside_begin", GUEST)
    lodge(small_city, "guest_outside_begin", {**GUEST, **group})
    with pytest.raises(Refused, match="另有正在办理的申请"):
        lodge(small_city, "guest_outside_begin", {**GUEST, **group})
    who = guest(small_city, id_number=resident_id(903, "2001-05-04"))
    with pytest.raises(Refused, match="已在本校的外地借读或延缓入学名单中"):
        guest(small_city, id_number=resident_id(903, "2001-05-04"))
    for kind, claim, words in (
        ("guest_outside_extension", {"until": "2009-06-30"}, "应当晚于原来的截止日期"),
        ("guest_outside_end", {"effective_on": "2008-09-22", "reason_code": "early"}, "应当在 2008-09-22 之后"),
    ):
        with pytest.raises(Refused, match=words):
            lodge(small_city, kind, claim, who)
    with pytest.raises(Refused, match="不满六周岁") as found:
        lodge(small_city, "deferred_entry", {**LATER, "birth_date": "2003-05-04"})
    assert found.value.basis == "《义务教育法》第十一条（年满六周岁入学）"
