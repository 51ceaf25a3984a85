"""维护 and 问题报告 at the pages; the address that a monitor asks."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.small_city import CITY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Role

pytestmark = pytest.mark.django_db


def test_the_maintainer_sees_how_the_installation_is_and_nobody_else_does(small_city: SmallCity) -> None:
    page = signed_in(small_city.actor(CITY, Role.SOFTWARE_MAINTAINER)).get("/manage/maintenance/").content.decode()
    for words in ("最近备份", "还没有做过", "磁盘", "后台任务", "规则册", "运行日志", "PostgreSQL"):
        assert words in page
    assert signed_in(small_city.registrar()).get("/manage/maintenance/").status_code == 404


def test_a_monitor_is_told_that_it_lives_and_nothing_else() -> None:
    answer = Client().get("/health/")
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_a_school_reports_a_problem_and_gets_its_answer(small_city: SmallCity, environment: SeededEnvironment) -> None:
    registrar, clerk = signed_in(small_city.registrar()), signed_in(small_city.clerk(QINHUAI))
    assert registrar.post("/manage/problems/", {"title": "空白页", "text": ""}).status_code == 409
    made = registrar.post("/manage/problems/", {"title": "空白页", "text": "统计页空白"})["Location"]
    assert "轮到本单位" in clerk.get("/manage/problems/").content.decode()
    assert clerk.post(made, {"act": "close", "text": ""}).status_code == 409
    assert clerk.post(made, {"act": "answer", "text": "请刷新"}).status_code == 302
    assert "请刷新" in registrar.get(made).content.decode()
    assert "已有答复" in registrar.get("/changes/notices/").content.decode()
    assert registrar.post(made, {"act": "close", "text": ""}).status_code == 302
    assert "已解决" in registrar.get("/manage/problems/?state=closed").content.decode()
