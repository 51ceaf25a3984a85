"""Changes of status at their pages in a real browser, each step by the one whose act it is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.people import People
from tests.small_city import BAIXIA, BAIXIA_PRIMARY, PRIMARY, QINHUAI, SmallCity
from tests.stories_of_kinds import TOLD
from xueji.doors.web.changes.words import AGREE_WORDS
from xueji.doors.web.tests.support import load
from xueji.ground.accounts.context import acting
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment, today
from xueji.pure.kernel.rulebook import ChangeKind
from xueji.pure.kernel.types import Role
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.tests.ways import pdf_of
from xueji.registry.intake.tests.invented import good_row, name_of
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import StudentRecord

_BOOK = rulebook_from_files(date(2008, 9, 22), QINHUAI)
#: Kinds done one after another with one pupil, and a word of his page's heading afterwards.
STORIES = {
    "suspension to resumption": (("suspension", "休学"), ("resumption", "在校")),
    "dropout to return": (("dropout", "辍学"), ("dropout_return", "在校")),
    "guest study and its end": (("guest_begin", "借读"), ("guest_end", "在校")),
    "number correction": (("number_correction", "在校"),),
}


class Told:
    """One pupil of 秦淮's primary school, and the people around him."""

    def __init__(self, people: People, city: SmallCity, clock: SeededEnvironment) -> None:
        self.people, self.city, self.clock = people, city, clock
        load(city, PRIMARY, range(3), 3, QINHUAI)
        load(city, PRIMARY, range(10, 12), 2, QINHUAI)
        load(city, BAIXIA_PRIMARY, range(20, 22), 3, BAIXIA)
        with acting(city.registrar(PRIMARY)) as registrar:
            found = register.find_students(schools=[registrar.organisation], query=name_of(0)).pupils
        self.student = found[0].student

    def on(self, day: date) -> None:
        self.clock.move_to(datetime(day.year, day.month, day.day, 9, tzinfo=LOCAL_ZONE))

    def tomorrow(self) -> None:
        self.on(self.clock.now().astimezone(LOCAL_ZONE).date() + timedelta(days=1))

    def record(self, school: str = PRIMARY) -> StudentRecord:
        with acting(self.city.registrar(school)):
            found = register.student_record(self.student)
        assert found is not None
        return found

    def lodge(self, kind: str) -> UUID:
        """From the list of kinds to the form and its submission."""
        change, told = _BOOK.changes[kind], TOLD[kind]
        self.on(max(told.day, self.clock.now().astimezone(LOCAL_ZONE).date()))
        registrar = self.people.at(PRIMARY, Role.REGISTRAR)
        registrar.go("/changes/new/")
        registrar.page.get_by_role("link", name=change.title, exact=True).first.click()
        registrar.page.locator("#q").fill(name_of(0))
        registrar.page.get_by_role("button", name="查找", exact=True).click()
        registrar.follow(registrar.page.get_by_role("link", name=name_of(0), exact=True).first)
        self._fill(kind, change)
        registrar.page.get_by_role("button", name="提交申请").click()
        registrar.expect_heading(change.title)
        assert "/new/" not in registrar.page.url, registrar.page.locator(".note").all_inner_texts()
        return UUID(registrar.page.url.rstrip("/").rsplit("/", 1)[1])

    def _fill(self, kind: str, change: ChangeKind) -> None:
        page = self.people.at(PRIMARY, Role.REGISTRAR).page
        for key, value in TOLD[kind].claim.items():
            field = page.locator(f"[name={key}]")
            if value.startswith("$") and value != "$host":
                field.select_option(index=1)
            elif field.evaluate("element => element.tagName") == "SELECT":
                field.select_option(value=value)
            else:
                field.fill(BAIXIA_PRIMARY if value == "$host" else value)
        for paper in change.evidence:
            file: FilePayload = {"name": f"{paper.key}.pdf", "mimeType": "application/pdf", "buffer": pdf_of(paper.key)}
            page.locator(f"[name=paper_{paper.key}]").set_input_files(file)

    def decide(self, application: UUID, lodged_at: str = PRIMARY) -> None:
        """Everybody whose act it is, in order, from the own inbox, a day each."""
        codes = {organisation: code for code, organisation in self.city.organisations.items()}
        for _ in range(10):
            with acting(self.city.registrar(lodged_at)):
                view = applications.application(application)
            assert view is not None
            step = view.case.current if view.case else None
            if step is None:
                assert view.state == "approved"
                return
            self.tomorrow()
            person = self.people.at(codes[step.organisation], Role(step.role))
            person.open_matter(_BOOK.changes[view.kind].title)
            person.act(AGREE_WORDS[step.act])
            refused = person.page.locator(".note.is-wrong:visible").all_inner_texts()
            assert not refused, (step.key, refused)
        raise AssertionError("the steps came to no end")


@pytest.fixture
def told(people: People, small_city: SmallCity, environment: SeededEnvironment) -> Told:
    return Told(people, small_city, environment)


@pytest.mark.parametrize("story", STORIES)
def test_a_change_goes_from_the_form_through_all_its_people_into_force(story: str, told: Told) -> None:
    for kind, standing in STORIES[story]:
        told.decide(told.lodge(kind))
        registrar = told.people.at(PRIMARY, Role.REGISTRAR)
        registrar.go(f"/pupils/{told.student}/")
        registrar.expect_heading(standing)
        expect(registrar.page.locator("aside")).to_contain_text(_BOOK.changes[kind].title)
    for person in told.people.everyone():
        assert person.faults == []


def test_a_pupil_moves_to_another_district_and_back_and_keeps_the_chain_of_numbers(told: Told) -> None:
    told.on(date(2008, 9, 22))
    first = told.record().latest.number
    for receiver, holder in ((BAIXIA_PRIMARY, PRIMARY), (PRIMARY, BAIXIA_PRIMARY)):
        told.decide(_lodge_transfer(told, receiver, told.record(holder).latest.number), receiver)
        told.tomorrow()
    record = told.record()
    assert [one.school for one in record.registrations] == [
        told.city.id(code) for code in (PRIMARY, BAIXIA_PRIMARY, PRIMARY)
    ]
    assert record.numbers[0] == first
    assert len(set(record.numbers)) == 3
    registrar = told.people.at(PRIMARY, Role.REGISTRAR)
    registrar.go(f"/pupils/{told.student}/")
    registrar.expect_heading(name_of(0))


def _lodge_transfer(told: Told, receiver: str, number: str) -> UUID:
    registrar = told.people.at(receiver, Role.REGISTRAR)
    registrar.go("/changes/transfer/")
    registrar.page.get_by_label("学生姓名").fill(name_of(0))
    registrar.page.get_by_label("学籍号（19 位）").fill(number)
    registrar.page.get_by_role("button", name="查找", exact=True).click()
    registrar.said("已查到")
    registrar.page.get_by_label("转入班级").select_option(value=_same_cohort(told, receiver))
    registrar.page.get_by_label("性别").select_option(label=good_row(0, grade=3)["gender"])
    registrar.page.get_by_label("出生日期").fill(good_row(0, grade=3)["birth_date"])
    registrar.page.get_by_label("转学理由").fill("全家迁居本施教区")
    for box in registrar.page.locator("input[type=file]").all():
        box.set_input_files({"name": "材料.pdf", "mimeType": "application/pdf", "buffer": pdf_of("材料")})
    registrar.page.get_by_role("button", name="提交申请").click()
    registrar.expect_heading("待转入学校校对")
    return UUID(registrar.page.url.rstrip("/").rsplit("/", 1)[1])


def _same_cohort(told: Told, receiver: str) -> str:
    """The class group of the receiving school that is of the pupil's cohort."""
    holder = PRIMARY if receiver == BAIXIA_PRIMARY else BAIXIA_PRIMARY
    own = told.record(holder).latest.value("class_group", today())
    with acting(told.city.registrar(holder)):
        cohort = next(one.intake_year for one in organisations.class_groups(told.city.id(holder)) if str(one.id) == own)
    with acting(told.city.registrar(receiver)):
        groups = organisations.class_groups(told.city.id(receiver))
    return str(next(one.id for one in groups if one.intake_year == cohort))
