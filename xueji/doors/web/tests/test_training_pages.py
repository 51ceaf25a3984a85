"""Trained hands at the pages: a registrar retires in the middle of the return; a training lapses (clauses A3, A5)."""

from __future__ import annotations

import io
import re
from datetime import datetime
from io import BytesIO
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from tests.small_city import BAIXIA_PRIMARY, CITY, GAOCHUN, PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.duties.returns.tests.support import ROUND, on, promote
from xueji.ground.accounts.context import acting_system
from xueji.ground.accounts.models import Account, PostHolding
from xueji.ground.accounts.selectors import actors_of
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Actor
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:400]
    return answer.content.decode()


def done(client: Client, address: str, **values: object) -> str:
    answer = client.post(address, values)
    text = answer.content.decode()
    assert answer.status_code in (200, 302), re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))[:1500]
    return str(answer.headers.get("Location", text))


def holding_of(actor: Actor) -> UUID:
    with acting_system():
        return PostHolding.objects.get(post=actor.post, ended_on__isnull=True).pk


def course(client: Client, day: str, **values: str) -> str:
    return done(client, "/manage/training/courses/new/", title="岗前培训", kind="new", held_on=day, **values)


def test_a_registrar_retires_on_20_september_and_the_return_is_on_time(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    city = small_city
    Lives(city).open(name="钱一鸣")
    promote(city, [PRIMARY], 2007)
    on(environment, 9, 18)
    address, clerk = f"/returns/{ROUND}/{city.id(PRIMARY)}/", signed_in(city.clerk())
    done(signed_in(city.registrar()), address, act="make")
    on(environment, 9, 20)
    old = holding_of(city.registrar())
    assert "办理交接" in page(clerk, f"/manage/posts/{old}/")
    handover = f"/manage/posts/{old}/handover/"
    assert "集中上报" in page(clerk, handover) or "上报" in page(clerk, handover)
    slip = done(clerk, handover, on="20080920", to="new", name="周新任")
    assert "激活" in slip
    with acting_system():
        people = actors_of(Account.objects.get(name="周新任").pk)
    new = next(one for one in people if one.organisation == city.id(PRIMARY))
    registrar, deputy = signed_in(new), signed_in(city.deputy_head())
    assert "上报" in page(registrar, "/"), "the open work came along"
    assert signed_in(city.registrar()).get("/").status_code == 302, "the former holder has no post any more"
    untrained = registrar.post(address, {"act": "make"})
    assert "须先参加培训" in untrained.content.decode()

    on(environment, 9, 23)
    at = course(clerk, "20080922")
    result = f"o-{holding_of(new)}"
    done(clerk, at, act="hand", **{result: "present"})
    done(registrar, address, act="make")
    done(deputy, address, act="certify")
    done(registrar, address, act="submit")
    assert "已上报" in page(registrar, address)
    history = page(clerk, f"/manage/posts/{holding_of(new)}/")
    assert city.registrar().name in history
    assert "岗前培训" in history
    assert signed_in(city.clerk(GAOCHUN)).get(f"/manage/posts/{holding_of(new)}/").status_code == 404


def test_a_lapse_is_listed_and_reminded_and_the_head_may_lock_after_the_return(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    from xueji.duties.reminders.services import remind

    city, held = small_city, holding_of(small_city.registrar())
    environment.move_to(datetime(2010, 9, 2, 9, tzinfo=LOCAL_ZONE))
    head, registrar = signed_in(city.head()), signed_in(city.registrar())
    assert "已过期（" in page(head, "/manage/training/?state=lapsed")
    assert "已过期" in page(registrar, "/manage/training/")
    assert remind().matters["training_due"] > 0
    assert "培训到期" in page(registrar, "/changes/notices/")
    assert "不因培训过期暂停" in page(head, f"/manage/posts/{held}/")
    assert head.post(f"/manage/posts/{held}/", {"act": "lock"}).status_code == 409
    environment.move_to(datetime(2010, 10, 21, 9, tzinfo=LOCAL_ZONE))
    done(head, f"/manage/posts/{held}/", act="lock")
    assert "已暂停办理" in page(registrar, "/manage/training/")
    refused = registrar.post(f"/returns/2010/{city.id(PRIMARY)}/", {"act": "make"})
    assert "暂停您办理学籍业务" in refused.content.decode()
    at = course(signed_in(city.clerk()), "20101021", examined="1")
    failed = signed_in(city.clerk()).post(at, {"act": "hand", f"o-{held}": "present"})
    assert "没有填写考核成绩" in failed.content.decode()
    done(signed_in(city.clerk()), at, act="hand", **{f"s-{held}": "59"})
    assert "已暂停办理" in page(registrar, "/manage/training/")
    done(signed_in(city.clerk()), at, act="hand", **{f"s-{held}": "60"})
    assert "2013-10-21" in page(registrar, "/manage/training/")


def test_results_come_as_a_workbook_line_by_line_and_only_of_whom_the_bureau_trains(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    import xlsxwriter

    on(environment, 9, 23)
    clerk, name = signed_in(small_city.clerk()), small_city.registrar().name
    at = course(clerk, "20080922", examined="1")
    blank = (
        CalamineWorkbook.from_filelike(io.BytesIO(clerk.get(f"{at}file/").content)).get_sheet_by_index(0).to_python()
    )
    codes = {row[1] for row in blank[1:]}
    assert PRIMARY in codes
    assert not codes & {BAIXIA_PRIMARY, QINHUAI, CITY}

    def upload(*rows: tuple[str, ...]) -> str:
        content = BytesIO()
        with xlsxwriter.Workbook(content) as book:
            sheet = book.add_worksheet()
            for line, row in enumerate([("姓名", "单位代码", "岗位", "成绩", "出勤"), *rows]):
                for cell, value in enumerate(row):
                    sheet.write_string(line, cell, value)
        file = SimpleUploadedFile("成绩.xlsx", content.getvalue())
        return clerk.post(at, {"act": "file", "file": file}, follow=True).content.decode()

    good = (name, PRIMARY, "学籍管理员", "88", "")
    wrong = upload(good, ("张三", PRIMARY, "", "90", ""), (small_city.proofreader().name, PRIMARY, "", "良", ""))
    assert "第 3 行“姓名”没有对上" in wrong
    assert "第 4 行“成绩”应是 0 到 100 的整数" in wrong
    assert "已登记 0 人" in page(clerk, at)
    assert "已登记 1 人的结果" in upload(good)
    assert signed_in(small_city.clerk(GAOCHUN)).get(at).status_code == 404
