"""A registrar's day at the pages, at a desk and on a phone (issue 3, Shows 8): from the first look to logging out."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import FilePayload, Locator, expect

from tests.browser.people import PATIENCE, People
from tests.small_city import BAIXIA, BAIXIA_PRIMARY, PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import load
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Role
from xueji.registry.applications import services
from xueji.registry.applications.tests.support import step
from xueji.registry.applications.tests.ways import lodge_transfer, papers, pdf_of, student_of
from xueji.registry.applications.tests.ways import people as deciding
from xueji.registry.intake.tests.invented import good_row, name_of

pytestmark = pytest.mark.browser
SIZES = {"desk": (1366, 768), "phone": (390, 844)}
SHOTS = os.environ.get("XUEJI_SHOTS", "")
LEAVING, ILL, MISTAKEN, OTHER, SENT_BACK = (name_of(number) for number in range(5))
NEW = name_of(20)

#: What is shown, and ends outside the window or is clipped inside its own box (a table that scrolls may).
CUT = """() => [...document.querySelectorAll('main h1, main h2, main td, main th, main dd, main label, main .btn')]
  .filter(one => one.offsetParent && !one.closest('.table-scroll, dialog, .visually-hidden'))
  .filter(one => one.getBoundingClientRect().right > innerWidth + 1
    || (getComputedStyle(one).overflowX !== 'visible' && one.scrollWidth > one.clientWidth + 1))
  .map(one => one.outerHTML.slice(0, 160))"""


class Day:
    """The registrar of 秦淮's primary school on the third day of term, at one size of window."""

    def __init__(self, people: People, size: str, run_jobs: Callable[[], None]) -> None:
        self.size, self.run_jobs = size, run_jobs
        self.me = people.fresh(*SIZES[size])
        self.me.log_in(people.login_of(PRIMARY, Role.REGISTRAR))
        self.me.page.get_by_role("button", name=re.compile("秦淮云锦小学")).click()
        self.me.expect_heading("")

    def look(self, name: str) -> None:
        """Nothing scrolls sideways, nothing is cut off; kept as a picture where somebody wants to see it."""
        self.me.fits()
        assert self.me.page.evaluate(CUT) == [], name
        if SHOTS:
            self.me.page.screenshot(path=f"{SHOTS}/day-{self.size}-{name}.png", full_page=True)

    def main_act(self, of: Locator | None = None) -> None:
        """The page's main act, by the keyboard."""
        expect((of or self.me.page.locator("main")).locator("[data-main]").first).to_be_enabled()
        self.me.page.keyboard.press("Control+Enter")

    def find(self, letters: str, name: str) -> None:
        """A pupil by the initials of the name; the only one found is opened."""
        self.me.page.keyboard.press("/")
        expect(self.me.page.locator("#find")).to_be_focused()
        self.me.page.keyboard.type(letters)
        self.me.page.keyboard.press("Enter")
        self.me.expect_heading(name)

    def printed(self, button: Locator) -> None:
        """A paper that a button prints, asked for as the button would."""
        form = button.locator("xpath=ancestor::form")
        answer = self.me.page.context.request.post(
            f"{self.me.url}{form.get_attribute('action') or self.me.page.url.removeprefix(self.me.url)}",
            form={"csrfmiddlewaretoken": form.locator("input[name=csrfmiddlewaretoken]").input_value()},
        )
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.body().startswith(b"%PDF")

    def lodge(self, kind: str, answers: dict[str, str]) -> None:
        """From the pupil's page to the form, filled in, with its papers, and lodged."""
        page = self.me.page
        page.locator("aside").get_by_role("link", name=kind, exact=True).click()
        self.me.expect_heading(f"{kind} · 填写申请")
        self.look(f"form-{kind}")
        self.printed(page.get_by_role("button", name="预填的申请表"))
        for key, value in answers.items():
            field = page.locator(f"[name={key}]")
            if field.evaluate("one => one.tagName") == "SELECT":
                field.select_option(value=value)
            else:
                field.fill(value)
        paper: FilePayload = {"name": "材料.pdf", "mimeType": "application/pdf", "buffer": pdf_of(kind)}
        for place in page.locator("form[data-keep] input[type=file]").all():
            place.set_input_files(paper)
        self.main_act()
        self.me.said("申请已提交")
        self.look(f"lodged-{kind}")


def begins(day: Day) -> None:
    day.me.go("/")
    waiting = day.me.page.locator("section", has=day.me.page.locator("#waiting"))
    for matter in ("报到", "退回", "到校"):
        expect(waiting).to_contain_text(matter)
    day.look("home")


def calls_the_roll(day: Day) -> None:
    page = day.me.page
    day.me.go("/rollcall/")
    day.main_act()
    day.me.expect_heading("进行中")
    day.look("roll")
    page.get_by_role("link", name="四（1）班", exact=True).click()
    row = page.locator("tr[data-row]", has_text=OTHER)
    row.locator("select").select_option("excused")
    row.locator("input[name^=r-]").fill("水痘，9月15日返校")
    day.look("class")
    day.main_act()
    day.me.said("登记为“到”")


def answers_what_was_sent_back(day: Day) -> None:
    day.me.go("/")
    day.me.follow(day.me.page.locator("tr[data-row] a", has_text="退回").first)
    if "/changes/?" in day.me.page.url or day.me.page.url.endswith("/changes/"):
        day.me.follow(day.me.page.locator("tr[data-row] a", has_text=SENT_BACK).first)
    expect(day.me.page.get_by_text("诊断证明不清楚").first).to_be_visible()
    day.look("sent-back")
    day.me.act("改好了，重新提交")
    day.me.expect_heading("待学校校对")


def lodges_a_transfer_for_a_parent(day: Day) -> None:
    day.find("sjzc", LEAVING)
    day.look("pupil")
    region = {"region": "安徽省合肥市庐阳区", "other_school_name": "庐阳实验小学", "reason": "举家迁居"}
    day.lodge("转往外地", region)
    day.printed(day.me.page.get_by_role("button", name="受理回执"))


def lodges_a_suspension(day: Day) -> None:
    day.find("syzc", ILL)
    day.lodge("休学", {"effective_on": "2008-09-03", "until": "2009-08-31", "reason_code": "illness"})


def corrects_a_record(day: Day) -> None:
    page = day.me.page
    day.find("sbzc", MISTAKEN)
    day.me.follow(page.locator("aside").get_by_role("link", name="信息更正", exact=True))
    day.look("correct-other")
    page.locator("[name=correct_current_address]").fill("南京市秦淮区示例路 90 号 1 幢 101 室")
    day.main_act()
    day.me.said("已更正")
    day.me.follow(page.locator("aside").get_by_role("link", name="关键数据更正", exact=True))
    day.look("correct-key")
    page.locator("[name=correct_name]").fill("试丙子椿")
    page.locator("[name=nature]").select_option(value="wrong")
    page.locator("[name=reason]").fill("录入时写错一字")
    for place in page.locator("form[data-keep] input[type=file]").all():
        place.set_input_files({"name": "户口簿.pdf", "mimeType": "application/pdf", "buffer": pdf_of("户口簿")})
    day.main_act()
    day.me.said("申请已提交")
    expect(page.locator("main")).to_contain_text("试丙子椿")
    day.look("lodged-key")


def confirms_an_arrival(day: Day) -> None:
    day.me.go("/changes/arrivals/")
    day.look("arrivals")
    day.me.page.get_by_label(f"选 {NEW}").check()
    day.main_act()
    day.me.said("已确认 1 人到校")


def proves_a_registration(day: Day) -> None:
    page = day.me.page
    day.find("sdzc", OTHER)
    day.me.follow(page.get_by_role("link", name="出具学籍证明"))
    day.look("proof")
    page.get_by_label("用途").fill("办理公交学生卡")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="出具并打印").click()
    opened.value.close()
    day.me.go("/certificates/")
    expect(page.locator("main")).to_contain_text(OTHER)
    day.look("certificates")


def exports_a_ledger(day: Day) -> None:
    page = day.me.page
    day.me.go("/manage/ledgers/")
    day.look("ledgers")
    page.get_by_role("link", name=re.compile("更正")).first.click()
    expect(page.locator("tbody")).to_contain_text(MISTAKEN)
    day.look("ledger")
    page.get_by_role("button", name="导出…").click()
    page.locator("#export-ground").fill("2008 年度台账归档")
    page.locator("dialog[open] [data-main]").click()
    day.run_jobs()
    page.reload()
    ready = page.get_by_role("link", name="下载文件")
    expect(ready).to_be_visible(timeout=PATIENCE)
    day.look("export")
    file = page.context.request.get(f"{day.me.url}{ready.get_attribute('href')}")
    assert file.body().startswith(b"PK")


def ends(day: Day) -> None:
    day.me.go("/")
    day.me.page.locator("details.who summary").click()
    day.me.page.get_by_role("button", name="退出登录").click()
    expect(day.me.page.get_by_label("登录名")).to_be_visible(timeout=PATIENCE)
    day.me.page.goto(f"{day.me.url}/pupils/")
    expect(day.me.page.get_by_label("登录名")).to_be_visible(timeout=PATIENCE)


STORIES: dict[str, tuple[Callable[[Day], None], ...]] = {
    "desk": (
        begins, calls_the_roll, answers_what_was_sent_back, lodges_a_transfer_for_a_parent, lodges_a_suspension,
        corrects_a_record, confirms_an_arrival, proves_a_registration, exports_a_ledger, ends,
    ),
    "phone": (begins, calls_the_roll, answers_what_was_sent_back, lodges_a_suspension, confirms_an_arrival, ends),
}  # fmt: skip


@pytest.fixture
def school(people: People, small_city: SmallCity, environment: SeededEnvironment) -> People:
    """A class, a child on the way from another district, and a suspension that was sent back; it is 3 September."""
    load(small_city, PRIMARY, range(5), 3, QINHUAI)
    load(small_city, BAIXIA_PRIMARY, range(20, 22), 3, BAIXIA)
    row = good_row(20, grade=3)
    coming = lodge_transfer(small_city, {"name": row["name"], "id_number": row["id_number"]}, to=PRIMARY)
    for actor, act in deciding(small_city, BAIXIA_PRIMARY, PRIMARY):
        step(actor, coming.application, act)
    environment.move_to(datetime(2008, 9, 3, 9, tzinfo=LOCAL_ZONE))
    student = student_of(small_city, SENT_BACK)
    with acting(small_city.registrar()) as actor:
        lodged = services.lodge_change(
            actor=actor,
            kind="suspension",
            school=actor.organisation,
            student=student,
            claim={"effective_on": "2008-09-03", "until": "2009-08-31", "reason_code": "illness"},
            evidence=papers(actor, ("application_form", "medical_proof")),
        )
    with acting(small_city.proofreader()) as actor:
        services.act(actor=actor, application=lodged.application, act="send_back", reason="诊断证明不清楚，请重新扫描")
    return people


@pytest.mark.parametrize("size", list(SIZES))
def test_a_registrar_gets_through_the_day(school: People, run_jobs: Callable[[], None], size: str) -> None:
    day = Day(school, size, run_jobs)
    for chapter in STORIES[size]:
        chapter(day)
    assert day.me.faults == []
