"""The pages of the turn of the year: promotion and its exceptions, the list of leavers, a bureau at once, undo."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import openpyxl
import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl.worksheet.worksheet import Worksheet

from tests.small_city import JUNIOR, NINE_YEAR, PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.registry.applications.tests.support import child, enrol
from xueji.registry.applications.tests.test_dividing import leave
from xueji.registry.applications.tests.test_year_turn import set_status
from xueji.registry.register import selectors as register
from xueji.registry.register.models import Student
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.usefixtures("fresh_database")
LIST = "/pupils/leaving/primary/2007/"


def on(environment: SeededEnvironment, year: int, month: int, day: int) -> None:
    environment.move_to(datetime(year, month, day, 9, tzinfo=LOCAL_ZONE))


def _begin(city: SmallCity, environment: SeededEnvironment) -> None:
    """Grades 1, 2 and 6 of 秦淮's primary school; one of grade 2 and one of grade 6 suspended; it is June."""
    on(environment, 2008, 3, 24)
    rows = [child(1, grade=1), child(2, grade=2), child(3, grade=2), *(child(n, grade=6) for n in range(4, 9))]
    enrol(city, rows, kind="opening")
    for number in (3, 8):
        set_status(city, str(child(number)["name"]), "suspended", date(2008, 3, 3))
    on(environment, 2008, 6, 20)


@pytest.fixture
def beginning() -> Beginning:
    return _begin


@pytest.fixture
def city(small_city: SmallCity, begun: None) -> SmallCity:
    return small_city


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def act(client: Client, address: str, name: str, **more: str) -> None:
    seen = re.search(r'name="seen" value="(\d+)"', client.get(address).content.decode())
    assert seen
    answer = client.post(f"{address}act/", {"act": name, "seen": seen[1], **more})
    assert answer.status_code == 302, answer.content.decode()


def book_of(client: Client, address: str) -> Worksheet:
    answer = client.get(address)
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]


def test_the_promotion_shows_who_stays_and_the_exceptions_are_a_click_away(
    city: SmallCity, environment: SeededEnvironment
) -> None:
    on(environment, 2008, 9, 1)
    registrar = signed_in(city.registrar())
    shown = page(registrar, "/pupils/promotion/")
    stays = str(child(3)["name"])
    assert "2008-2009 学年" in shown
    assert "升级 2 人，不随班升级 2 人" in shown
    assert stays in shown
    rows = [[cell.value for cell in row] for row in book_of(registrar, "/pupils/promotion/exceptions/").iter_rows()]
    assert [stays, "休学", "二（1）班"] in [[row[1], row[4], row[6]] for row in rows]
    lodged = registrar.post("/pupils/promotion/")
    assert lodged.status_code == 302
    act(signed_in(city.deputy_head()), lodged["Location"], "decide")
    rest = page(registrar, "/pupils/promotion/")
    assert "不随班升级 1 人" in rest, "of grade 6, while nobody is a year younger"
    assert "下一届还没有班级" in rest
    assert stays not in rest


def test_the_list_of_leavers_goes_out_as_a_workbook_comes_back_and_is_decided(
    city: SmallCity, environment: SeededEnvironment
) -> None:
    registrar = signed_in(city.registrar())
    assert "可以办理 4 人，不能办理 1 人" in page(registrar, LIST)
    sheet = book_of(registrar, f"{LIST}file/")
    assert [cell.value for cell in sheet[1]] == ["学籍号", "姓名", "班级", "学科成绩", "思想品德", "体育", "毕业去向"]
    assert sheet.max_row == 5
    sheet["D2"], sheet["G3"], sheet["D4"] = "不合格", "升入本区县初中", "优秀"
    out = io.BytesIO()
    assert sheet.parent is not None
    sheet.parent.save(out)
    file = SimpleUploadedFile("毕业结果.xlsx", out.getvalue())
    answer = registrar.post(LIST, {"file": file}).content.decode()
    assert "第 4 行" in answer
    assert "“学科成绩”写的是“优秀”" in answer
    form = chosen(answer)
    assert sorted(value for value in form.values() if value != "pass") == ["11", "fail"]
    lodged = registrar.post(LIST, {**form, "destination-all": "12"})
    assert lodged.status_code == 302, lodged.content.decode()
    application = lodged["Location"]
    shown = page(registrar, application)
    assert "学科成绩不合格" in shown
    assert "升入本市其他区县初中" in shown
    act(signed_in(city.deputy_head()), application, "decide")
    on(environment, 2008, 7, 2)
    act(signed_in(city.head()), application, "approve")
    shown = page(registrar, "/pupils/leavers/")
    assert "待升学）的 4 人，其中结业 1 人" in shown
    assert book_of(registrar, "/pupils/leavers/file/?year=2007").max_row == 5
    on(environment, 2008, 9, 5)
    gone_on = str(child(5)["name"])
    with acting_system():
        student = Student.objects.get(name=gone_on).id
    junior = {"stage": "junior", "intake_year": 2008, "on": date(2008, 9, 1), "how": "enrolment"}
    Lives(city).open(JUNIOR, student=student, **junior)
    shown = page(registrar, application)
    assert gone_on in shown, "the list stays the school's own when its leavers are at other schools"
    assert "已不在本单位管理范围" not in shown


def chosen(answer: str) -> dict[str, str]:
    """What the selects of the grid say."""
    found = {}
    for name, options in re.findall(r'<select name="(o-[^"]+)"(.*?)</select>', answer, re.S):
        for value in re.findall(r'<option value="([^"]*)" selected', options):
            found[name] = value
    return found


def _lodge_and_decide(city: SmallCity) -> None:
    lodged = signed_in(city.registrar()).post(LIST, {})
    assert lodged.status_code == 302
    act(signed_in(city.deputy_head()), lodged["Location"], "decide")


def test_a_bureau_approves_all_lists_that_wait_and_takes_one_back(
    city: SmallCity, environment: SeededEnvironment, run_jobs: Callable[[], None]
) -> None:
    _lodge_and_decide(city)
    on(environment, 2008, 7, 2)
    head = signed_in(city.head())
    shown = page(head, "/pupils/leaving/?which=primary:2007")
    assert "1 所学校等我审批" in shown
    assert "休学中，不能毕业" in shown
    begun = head.post("/pupils/leaving/", {"which": "primary:2007"})
    assert begun.status_code == 302
    assert "正在办理" in page(head, begun["Location"])
    run_jobs()
    done = page(head, begun["Location"])
    assert "已办完" in done
    assert "写入 4 条" in done
    picks = re.findall(r'name="pick" value="([^"]+)"', head.get("/pupils/leavers/").content.decode())
    assert len(picks) == 4
    refused = head.post("/pupils/leavers/undo/", {"pick": picks[:1], "reason": ""})
    assert refused.status_code == 409
    assert head.post("/pupils/leavers/undo/", {"pick": picks[:1], "reason": "登记有误"}).status_code == 302
    with acting(city.registrar()):
        pupils = register.roster(city.id(PRIMARY), date(2008, 7, 2))
    assert UUID(picks[0]) in {one.student for one in pupils}
    assert signed_in(city.registrar()).post("/pupils/leavers/undo/", {"pick": picks[1:2]}).status_code == 404


def test_a_bureau_confirms_the_promotion_of_its_schools(
    city: SmallCity, environment: SeededEnvironment, run_jobs: Callable[[], None]
) -> None:
    on(environment, 2008, 9, 1)
    head = signed_in(city.head())
    assert "1 所学校未确认" in page(head, "/pupils/promotion/")
    begun = head.post("/pupils/promotion/")
    run_jobs()
    assert "已办完" in page(head, begun["Location"])
    assert "全部已确认" in page(head, "/pupils/promotion/")
    clerk = signed_in(city.clerk())
    assert clerk.post("/pupils/promotion/").status_code == 409
    assert signed_in(city.head("320103")).get(begun["Location"]).status_code == 404
    assert QINHUAI


def test_a_nine_year_schools_leavers_go_on_and_are_divided_by_a_preview(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    leave(small_city, NINE_YEAR, range(1, 5), environment)
    registrar = signed_in(small_city.registrar(NINE_YEAR))
    assert "本校待升学的小学毕业生 4 人" in page(registrar, "/pupils/division/")
    lodged = registrar.post("/pupils/division/", {"admit": "1"})
    assert lodged.status_code == 302, lodged.content.decode()
    act(signed_in(small_city.deputy_head(NINE_YEAR)), lodged["Location"], "decide")
    act(signed_in(small_city.head()), lodged["Location"], "approve")
    assert "（1）班 2 人，（2）班 2 人" in page(registrar, "/pupils/division/?classes=2&order=balanced")
    shown = registrar.get("/pupils/division/?classes=2").content.decode()
    grid = dict(re.findall(r'name="(class-[^"]+)" value="(\d+)"', shown))
    assert len(grid) == 4
    lodged = registrar.post("/pupils/division/", grid)
    act(signed_in(small_city.deputy_head(NINE_YEAR)), lodged["Location"], "decide")
    assert "没有待分班的学生" in page(registrar, "/pupils/division/")
    assert f"{NINE_YEAR} 2008" in page(registrar, "/pupils/")


def test_lists_of_admission_and_division_come_as_workbooks(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    listed = leave(small_city, NINE_YEAR, range(1, 5), environment, ("石青禾", "石云帆", "石若溪", "石知远"))
    registrar = signed_in(small_city.registrar(NINE_YEAR))

    def upload(kind: str, *rows: Sequence[str]) -> Any:
        file = SimpleUploadedFile("list.xlsx", table(rows))
        return registrar.post("/pupils/division/", {"upload": kind, "list": file})

    heads = ("原学籍号", "姓名")
    wrong = upload("admission", heads, *listed[:3], (listed[3][0], "别的人"), listed[0])
    assert wrong.status_code == 422
    said = wrong.content.decode()
    assert "第 5 行“姓名”" in said or "第 5 行“原学籍号”" in said
    assert "与第 2 行是同一名学生" in said
    assert "表里缺少“原学籍号”这一列" in upload("admission", ("姓名", "性别"), ("石榴1", "男")).content.decode()
    assert registrar.post("/pupils/division/", {"upload": "admission"}).status_code == 409
    lodged = upload("admission", heads, *listed)
    assert lodged.status_code == 302, re.sub(r"<[^>]+>", "", lodged.content.decode())
    act(signed_in(small_city.deputy_head(NINE_YEAR)), lodged["Location"], "decide")
    act(signed_in(small_city.head()), lodged["Location"], "approve")
    names = [name for _, name in listed]
    wrong = upload("division", ("姓名", "班级"), (names[0], "1"), ("没有的人", "2"), (names[1], "一百"))
    assert wrong.status_code == 422
    assert "待分班的学生中没有这一名" in wrong.content.decode()
    filled = upload("division", ("姓名", "班级"), *((name, str(1 + n % 2)) for n, name in enumerate(names)))
    assert filled.status_code == 200
    grid = dict(re.findall(r'name="(class-[^"]+)" value="(\d+)"', filled.content.decode()))
    assert sorted(grid.values()) == ["1", "1", "2", "2"]
    lodged = registrar.post("/pupils/division/", grid)
    act(signed_in(small_city.deputy_head(NINE_YEAR)), lodged["Location"], "decide")
    assert "没有待分班的学生" in page(registrar, "/pupils/division/")


def table(rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook of these texts."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate(rows):
            for place, text in enumerate(row):
                sheet.write_string(line, place, text)
    return target.getvalue()
