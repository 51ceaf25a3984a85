"""统筹安排: the bureau finds a school for a child whom a school refused (clauses A2, D2; domain.md §3.4)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tests.small_city import BAIXIA_PRIMARY, NINE_YEAR, PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.ground.accounts.context import acting
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.applications import services
from xueji.registry.applications.services.placing import Without, without_school
from xueji.registry.applications.tests.support import child, enrol, lodge, step
from xueji.registry.applications.tests.told import move, standing, told
from xueji.registry.applications.tests.ways import class_of, lodge_transfer, student_of
from xueji.registry.intake.tests.invented import good_row

pytestmark = pytest.mark.usefixtures("fresh_database")
FIRST = date(2008, 9, 1)
#: Whom the family brings to the bureau, as the clerk types it.
NAMED: dict[str, Any] = {"name": child(32)["name"], "id_number": child(32)["id_number"], "reason": "家长直接申请"}


def _begin(city: SmallCity, environment: SeededEnvironment) -> None:
    """A first grade with a child at each of three schools."""
    for number, (school, bureau) in enumerate(
        ((PRIMARY, QINHUAI), (NINE_YEAR, QINHUAI), (BAIXIA_PRIMARY, "320103")), start=30
    ):
        enrol(city, [child(number)], school=school, bureau=bureau, file=school)
    move(environment, date(2008, 9, 22))


@pytest.fixture
def beginning() -> Beginning:
    return _begin


@pytest.fixture(autouse=True)
def _classes(begun: None) -> None:
    """All tests begin so."""


def _waiting(city: SmallCity) -> tuple[Without, ...]:
    with acting(city.clerk(QINHUAI)):
        return without_school([one.id for one in organisations.schools_of(city.id(QINHUAI))], since=FIRST)


def _approved(city: SmallCity, application: UUID) -> None:
    result = step(city.head(QINHUAI), application, "approve")
    assert (result.state, result.registrations) == ("approved", 1)
    assert result.file_number


def test_a_registered_child_whose_transfer_was_refused_is_placed_by_its_bureau(small_city: SmallCity) -> None:
    row = child(32)
    student = student_of(small_city, str(row["name"]), BAIXIA_PRIMARY)
    before = standing(small_city, student, BAIXIA_PRIMARY)
    refused = lodge_transfer(small_city, row, to=PRIMARY)
    step(small_city.proofreader(PRIMARY), refused.application, "refuse", reason="没有空余学位")
    ((one),) = _waiting(small_city)
    assert (one.student, one.school, one.line) == (student, small_city.id(PRIMARY), None)
    with acting(small_city.clerk(QINHUAI)) as clerk:
        lodged = services.lodge_placement(
            actor=clerk, class_group=class_of(small_city, NINE_YEAR), reason="就近安排", after=one.application
        )
    assert _waiting(small_city) == ()
    with pytest.raises(Refused, match="岗位不能办理"):  # clerk and head are two persons
        step(small_city.clerk(QINHUAI), lodged.application, "approve")
    _approved(small_city, lodged.application)
    after = standing(small_city, student, NINE_YEAR)
    assert before is not None
    assert after is not None
    assert (after.school, after.stage, after.started_on) == (small_city.id(NINE_YEAR), "primary", date(2008, 9, 22))
    assert after.value("arrival", date(2008, 9, 22)) == "awaited"
    assert after.number != before.number
    for actor in (small_city.registrar(NINE_YEAR), small_city.registrar(BAIXIA_PRIMARY), small_city.clerk("320103")):
        assert "pupil_placed" in told(small_city, actor)


def test_a_child_whom_no_school_has_registered_gets_its_registration_where_it_is_placed(small_city: SmallCity) -> None:
    lodged = lodge(small_city, [child(1), child(2)], file="new")
    step(small_city.proofreader(), lodged.application, "proofread")
    step(small_city.deputy_head(), lodged.application, "decide")
    step(small_city.head(), lodged.application, "approve", lines={2}, reason="不在本施教区")
    ((one),) = _waiting(small_city)
    assert (one.name, one.grade) == (child(2)["name"], "1")
    assert one.line is not None
    with acting(small_city.clerk(QINHUAI)) as clerk:
        placed = services.lodge_placement_of_row(
            actor=clerk, class_group=class_of(small_city, NINE_YEAR), reason="就近安排", line=one.line
        )
    _approved(small_city, placed.application)
    now = standing(small_city, one.student, NINE_YEAR)
    assert now is not None
    assert (now.how_started, now.value("arrival", date(2008, 9, 22))) == ("placement", "awaited")
    assert now.number[:15] == f"{NINE_YEAR}2008"
    assert _waiting(small_city) == ()
    assert "pupil_placed" in told(small_city, small_city.registrar(NINE_YEAR))


def test_the_grade_stays_and_only_the_schools_own_bureau_places(small_city: SmallCity) -> None:
    enrol(small_city, [child(40, grade=2)], kind="opening", school=NINE_YEAR, file="older")
    with acting(small_city.clerk(QINHUAI)):
        older = next(one for one in organisations.class_groups(small_city.id(NINE_YEAR)) if one.intake_year != 2008)
    with acting(small_city.clerk(QINHUAI)) as clerk, pytest.raises(Refused) as refused:
        services.lodge_placement(actor=clerk, class_group=older.id, **NAMED)
    assert refused.value.code == "grade_changed"
    for actor in (small_city.clerk("320103"), small_city.head(QINHUAI), small_city.registrar(NINE_YEAR)):
        with acting(actor), pytest.raises(Refused, match="经办人申报"):
            services.lodge_placement(actor=actor, class_group=class_of(small_city, NINE_YEAR), **NAMED)


def test_while_something_else_is_under_way_the_child_is_not_placed(small_city: SmallCity) -> None:
    lodge_transfer(small_city, child(32), to=PRIMARY)
    with acting(small_city.clerk(QINHUAI)) as clerk, pytest.raises(Refused) as refused:
        services.lodge_placement(actor=clerk, class_group=class_of(small_city, NINE_YEAR), **NAMED)
    assert (refused.value.code, refused.value.basis) == ("placement_pending", "通知三.2")
    assert "待其办结后再安排" in refused.value.message


def test_clerk_and_head_do_it_at_their_pages(small_city: SmallCity) -> None:
    clerk = signed_in(small_city.clerk(QINHUAI))
    assert "没有等待安排的学生" in clerk.get("/changes/placements/").content.decode()
    page = clerk.get("/changes/placements/new/?grade=1").content.decode()
    assert "秦淮白鹭九年一贯制学校" in page
    answer = clerk.post(
        "/changes/placements/new/",
        {
            "step": "lodge", "grade": "1", "name": child(32)["name"], "id_number": child(32)["id_number"],
            "class_group": str(class_of(small_city, NINE_YEAR)), "reason": "家长直接申请",
        },
    )  # fmt: skip
    assert answer.status_code == 302, answer.content.decode()
    application = answer["Location"].rstrip("/").rsplit("/", 1)[1]
    page = clerk.get(answer["Location"]).content.decode()
    assert "统筹安排" in page
    _approved(small_city, UUID(application))
    assert signed_in(small_city.registrar(NINE_YEAR)).get("/changes/placements/").status_code == 404


def test_a_child_whom_nobody_has_entered_is_entered_and_placed_by_the_clerk(small_city: SmallCity) -> None:
    clerk = signed_in(small_city.clerk(QINHUAI))
    address = "/changes/placements/new/child/"
    assert address in clerk.get("/changes/placements/").content.decode()
    page = clerk.get(f"{address}?grade=1").content.decode()
    assert 'name="class_no"' not in page, "the chosen class says it"
    typed = {
        **{key: value for key, value in good_row(50, grade=1).items() if key not in ("grade", "class_no")},
        "grade": "1", "class_group": str(class_of(small_city, NINE_YEAR)), "reason": "随父母新到本区居住",
        "enrolment_month": "2008-09", "prior_registration_number": "",
    }  # fmt: skip
    wrong = clerk.post(address, {**typed, "id_number": "320104200109030011"})
    assert wrong.status_code == 422
    assert "还不能提交" in wrong.content.decode()
    assert 'value="随父母新到本区居住"' in wrong.content.decode() or "随父母新到本区居住" in wrong.content.decode()
    answer = clerk.post(address, typed)
    assert answer.status_code == 302, _said(answer.content.decode())
    application = UUID(answer["Location"].rstrip("/").rsplit("/", 1)[1])
    assert "随父母新到本区居住" in clerk.get(answer["Location"]).content.decode()
    _approved(small_city, application)
    now = standing(small_city, student_of(small_city, typed["name"], NINE_YEAR), NINE_YEAR)
    assert now is not None
    assert (now.how_started, now.value("arrival", date(2008, 9, 22))) == ("placement", "awaited")
    assert "pupil_placed" in told(small_city, small_city.registrar(NINE_YEAR))
    assert signed_in(small_city.registrar(NINE_YEAR)).get(address).status_code == 404
    assert signed_in(small_city.head(QINHUAI)).get(address).status_code == 404


def _said(page: str) -> str:
    return " ".join(re.findall(r"(?s)<div class=.note.*?</div>", page))
