"""The whole story as the people would: roster to the city's acceptance, a transfer by its nine people, a proof."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import cv2
import numpy as np
from playwright.sync_api import expect

from tests.browser.people import PATIENCE, People, Person
from tests.small_city import (
    BAIXIA,
    BAIXIA_PRIMARY,
    CENTRAL,
    CITY,
    CITY_SECONDARY,
    GAOCHUN,
    JUNIOR,
    NINE_YEAR,
    PRIMARY,
    QINHUAI,
    VILLAGE,
    SmallCity,
)
from xueji.doors.web.tests.support import load
from xueji.duties.certificates.tests.support import code_by_opencv
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Actor, Role
from xueji.registry.intake.tests.invented import good_row, name_of, workbook

ROUND = "2007-2008"
#: school → (numbers of invented pupils, grade), and which bureau decides
OTHERS = {
    BAIXIA_PRIMARY: (range(100, 103), 3, BAIXIA),
    JUNIOR: (range(200, 203), 8, QINHUAI),
    NINE_YEAR: (range(300, 303), 4, QINHUAI),
    CITY_SECONDARY: (range(400, 403), 7, CITY),
    CENTRAL: (range(500, 503), 2, GAOCHUN),
    VILLAGE: (range(600, 602), 2, GAOCHUN),
}


def _on(environment: SeededEnvironment, year: int, month: int, day: int) -> None:
    environment.move_to(datetime(year, month, day, 9, 0, tzinfo=LOCAL_ZONE))


def _faulty_roster() -> bytes:
    """Six pupils of grade 3, one with a wrong last digit, one with a date as clerks write it."""
    rows = [{**good_row(number, grade=3), "class_serial": str(number + 1)} for number in range(6)]
    rows[1]["id_number"] = rows[1]["id_number"][:-1] + ("1" if rows[1]["id_number"][-1] != "1" else "2")
    rows[2]["birth_date"] = rows[2]["birth_date"].replace("-", "/")
    return workbook(rows)


def _return(city: SmallCity, code: str, bureau: str | None) -> None:
    """A return through the services: made, explained, certified, submitted, accepted."""
    from xueji.duties.returns import services as returns
    from xueji.ground.accounts.context import acting

    maker, decider = (
        (city.registrar(code), city.deputy_head(code)) if len(code) == 11 else (city.clerk(code), city.head(code))
    )
    explain = partial(returns.explain_all, text="已逐人核实")
    acts: list[tuple[Actor, Callable[..., Any]]] = [
        (maker, returns.make), (maker, explain), (decider, returns.certify), (maker, returns.submit),
    ]  # fmt: skip
    for actor, act in acts:
        with acting(actor):
            act(actor=actor, round_code=ROUND, organisation=city.id(code))
    if bureau:
        head = city.head(bureau)
        with acting(head):
            returns.accept(actor=head, round_code=ROUND, organisation=city.id(code))


def _upload_and_correct(registrar: Person, wrong: str) -> None:
    registrar.go("/pupils/intake/")
    registrar.page.set_input_files(
        "#file-opening",
        {"name": "三年级.xlsx", "mimeType": "application/octet-stream", "buffer": _faulty_roster()},
    )
    form = registrar.page.locator("form", has=registrar.page.locator("#file-opening"))
    form.get_by_role("button", name="上传并校验").click()
    expect(registrar.page.locator("#batch")).to_be_visible(timeout=PATIENCE)
    registrar.expect_heading("有 1 处错误")
    row = registrar.page.locator("#row-3")
    expect(row).to_contain_text("不要只改末位")
    registrar.fits()
    row.locator(".cell.error .cell-open").click()
    row.locator("form.cell-form input[name=value]").fill(wrong)
    row.locator("[data-main]").click()
    expect(row).to_contain_text("已通过", timeout=PATIENCE)
    registrar.expect_heading("可以提交")


def _proof_lists(registrar: Person) -> None:
    registrar.page.get_by_role("button", name="打印校对名单…").click()
    registrar.page.locator("dialog[open] [data-main]").click()
    expect(registrar.page.locator(".paper-table")).to_have_count(1)
    expect(registrar.page.locator(".paper-table")).to_contain_text(name_of(5))
    registrar.page.go_back()


def _opening_load(people: People, right: str) -> None:
    registrar = people.at(PRIMARY, Role.REGISTRAR)
    _upload_and_correct(registrar, right)
    _proof_lists(registrar)
    registrar.act("提交审批…")
    registrar.expect_heading("待学校校对")
    for code, role, button, following in (
        (PRIMARY, Role.PROOFREADER, "已校对，一致", "待分管校长审核"),
        (PRIMARY, Role.DEPUTY_HEAD, "同意", "待主管教育局验收"),
        (QINHUAI, Role.HEAD, "批准", "已批准"),
    ):
        person = people.at(code, role)
        person.open_matter("建档")
        person.act(button)
        person.expect_heading(following)
    registrar.go("/pupils/")
    expect(registrar.page.locator("#pupils tbody tr")).to_have_count(6)
    expect(registrar.page.locator("#pupils")).to_contain_text(f"{PRIMARY} 2005 01 06")


def _transfer(people: People, number: str) -> None:
    """白下's school takes a pupil of 秦淮's: nine people, in the rulebook's order."""
    registrar = people.at(BAIXIA_PRIMARY, Role.REGISTRAR)
    registrar.go("/changes/transfer/")
    registrar.page.get_by_label("学生姓名").fill(name_of(0))
    registrar.page.get_by_label("学籍号（19 位）").fill(number[:-1] + "9")
    registrar.page.get_by_role("button", name="查找", exact=True).click()
    registrar.said("没有查到")
    registrar.page.get_by_label("学籍号（19 位）").fill(number)
    registrar.page.get_by_role("button", name="查找", exact=True).click()
    registrar.said("已查到")
    registrar.page.get_by_label("转入班级").select_option(index=1)
    registrar.page.get_by_label("性别").select_option(label="男")
    registrar.page.get_by_label("出生日期").fill(good_row(0, grade=3)["birth_date"].replace("-", ""))
    registrar.page.get_by_label("转学理由").fill("全家迁居本施教区")
    for box in registrar.page.locator("input[type=file]").all():
        box.set_input_files({"name": "材料.png", "mimeType": "image/png", "buffer": _paper()})
    registrar.page.get_by_role("button", name="提交申请").click()
    registrar.expect_heading("待转入学校校对")
    for code, role, button, following in (
        (BAIXIA_PRIMARY, Role.PROOFREADER, "已校对，一致", "待转入学校分管校长审核"),
        (BAIXIA_PRIMARY, Role.DEPUTY_HEAD, "同意", "待转入主管教育局经办人审查"),
        (BAIXIA, Role.CLERK, "审查通过", "待转入主管教育局审批"),
        (BAIXIA, Role.HEAD, "批准", "待转出学校核对"),
        (PRIMARY, Role.REGISTRAR, "审查通过", "待转出学校分管校长审核"),
        (PRIMARY, Role.DEPUTY_HEAD, "同意", "待转出主管教育局经办人审查"),
        (QINHUAI, Role.CLERK, "审查通过", "待转出主管教育局审批"),
        (QINHUAI, Role.HEAD, "批准", "已批准"),
    ):
        person = people.at(code, role)
        person.open_matter("转学")
        expect(person.page.locator("#check")).to_be_visible()
        expect(person.page.locator("table.compare tr.differs")).to_have_count(0)
        person.act(button)
        person.expect_heading(following)


def _paper() -> bytes:
    """A picture that stands for a paper."""
    done, content = cv2.imencode(".png", np.full((40, 60, 3), 240, np.uint8))
    assert done
    return bytes(content)


def _arrival_and_proof(people: People) -> str:
    registrar = people.at(BAIXIA_PRIMARY, Role.REGISTRAR)
    registrar.go("/changes/arrivals/")
    registrar.page.locator("input[name=pick]").first.check()
    registrar.page.get_by_role("button", name="确认所选").click()
    registrar.said("已确认 1 人到校")
    registrar.page.keyboard.press("/")
    registrar.page.keyboard.type(name_of(0))
    registrar.page.keyboard.press("Enter")
    registrar.expect_heading(name_of(0))
    expect(registrar.page.locator(".story")).to_contain_text("卷号")
    registrar.page.get_by_role("link", name="出具学籍证明").click()
    registrar.page.get_by_label("用途").fill("办理公交学生卡")
    with registrar.page.context.expect_page() as opened:
        registrar.page.get_by_role("button", name="出具并打印").click()
    opened.value.close()
    registrar.go("/certificates/")
    again = registrar.page.locator("form[action$='/print/']").first
    token = again.locator("input[name=csrfmiddlewaretoken]").input_value()
    answer = registrar.page.context.request.post(
        f"{registrar.url}{again.get_attribute('action')}", form={"csrfmiddlewaretoken": token}
    )
    assert answer.headers["content-type"] == "application/pdf"
    return code_by_opencv(answer.body())


def _returns(people: People, city: SmallCity) -> None:
    """秦淮's primary school, its bureau and the city at the pages; the others through the services."""
    for code, (_, _, bureau) in OTHERS.items():
        _return(city, code, bureau)
    registrar, deputy = people.at(PRIMARY, Role.REGISTRAR), people.at(PRIMARY, Role.DEPUTY_HEAD)
    registrar.go("/returns/2007-2008/")
    registrar.act("生成数据")
    registrar.said("数据已生成")
    expect(registrar.page.locator("tr.total").first).to_contain_text("6")
    deputy.go("/returns/2007-2008/")
    deputy.act("确认")
    deputy.said("已确认")
    deputy.act("上报")
    deputy.said("已上报")
    _bureau(people, QINHUAI, "秦淮云锦小学")
    for code in (BAIXIA, GAOCHUN):
        _return(city, code, CITY)
    _city(people)


def _bureau(people: People, code: str, school: str) -> None:
    head, clerk = people.at(code, Role.HEAD), people.at(code, Role.CLERK)
    head.go("/returns/2007-2008/")
    expect(head.page.locator("[data-chart] canvas")).to_be_visible()
    head.page.get_by_role("link", name=school).click()
    head.act("接受")
    head.said("已接受")
    clerk.go("/returns/2007-2008/")
    clerk.page.get_by_role("link", name="本局汇总上报").click()
    clerk.act("生成数据")
    clerk.said("数据已生成")
    head.go("/returns/2007-2008/")
    head.page.get_by_role("link", name="本局汇总上报").click()
    head.act("确认")
    head.said("已确认")
    head.act("上报")
    head.said("已上报")


def _city(people: People) -> None:
    head, clerk = people.at(CITY, Role.HEAD), people.at(CITY, Role.CLERK)
    head.go("/returns/2007-2008/")
    head.page.locator("tr[data-row] a", has_text="秦淮区教育局").click()
    head.act("接受")
    head.said("已接受")
    clerk.go("/returns/2007-2008/")
    clerk.page.get_by_role("link", name="全市汇总").click()
    clerk.act("生成数据")
    clerk.said("数据已生成")
    head.go("/returns/2007-2008/")
    head.page.get_by_role("link", name="全市汇总").click()
    head.act("确认")
    head.expect_heading("已接受")
    total = 6 + sum(len(numbers) for numbers, _, _ in OTHERS.values())
    expect(head.page.locator(".summary").first).to_contain_text(f"在籍{total}")


def test_from_the_roster_to_the_citys_acceptance_with_a_transfer_across_two_districts(
    people: People, small_city: SmallCity, worker: None, environment: SeededEnvironment
) -> None:
    _on(environment, 2007, 9, 20)
    _opening_load(people, good_row(1, grade=3)["id_number"])
    for code, (numbers, grade, bureau) in OTHERS.items():
        load(small_city, code, numbers, grade, bureau)
    _on(environment, 2007, 10, 8)
    _returns(people, small_city)
    _on(environment, 2008, 3, 10)
    _transfer(people, f"{PRIMARY}20050101")
    code = _arrival_and_proof(people)
    _statement_is_true(code)
    for person in people.everyone():
        assert person.faults == []
        hosts = {urlsplit(address).netloc for address in person.asked if not address.startswith(("data:", "blob:"))}
        assert hosts == {urlsplit(people.url).netloc}, "a page asked somebody outside"


def _statement_is_true(code: str) -> None:
    from xueji.duties.certificates.statement import decode
    from xueji.ground.accounts.context import acting_system

    with acting_system():
        statement = decode(code)
    assert statement.registration.startswith(BAIXIA_PRIMARY)
    assert statement.school == "白下月华小学"
