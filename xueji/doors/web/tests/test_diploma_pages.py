"""A bureau's many requests decided at once, and its schools' diplomas printed in one order, at the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.small_city import BAIXIA, JUNIOR, PRIMARY, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.duties.certificates import selectors, services
from xueji.duties.certificates.models import Certificate
from xueji.duties.certificates.tests.attested import DIPLOMA, attest, attest_at, junior_leaver, leaver, stock
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.operations import SetFields
from xueji.registry.register.tests.lives import Lives

ORDERS, DIPLOMAS = "/certificates/attestations/", "/certificates/diplomas/"


@pytest.fixture
def lives(small_city: SmallCity) -> Lives:
    return Lives(small_city)


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


def requested(city: SmallCity, school: str, students: list[UUID]) -> UUID:
    """A school's request that waits for the bureau's clerk."""
    with acting(city.registrar(school)) as actor:
        order = services.request(actor=actor, kind=DIPLOMA, students=students).order
    with acting(city.deputy_head(school)) as actor:
        services.agree(actor=actor, order=order, act="decide")
    return order


@pytest.mark.django_db
def test_a_bureau_decides_all_its_schools_requests_at_once_with_the_exceptions_picked_out(lives: Lives) -> None:
    city = lives.city
    changed, later = leaver(lives, name="王小明"), junior_leaver(lives, name="李红")
    first = requested(city, PRIMARY, [leaver(lives, name="甲一").student, changed.student])
    second = requested(city, JUNIOR, [junior_leaver(lives, name="乙二").student, later.student])
    lives.change(changed, "correction", date(2008, 7, 2), SetFields({"name": "王晓明"}))
    clerk, head = signed_in(city.clerk()), signed_in(city.head())
    assert "核对并办理全部 2 件" in text(clerk, ORDERS)
    assert "核对并办理全部 1 件" in text(clerk, f"{ORDERS}?school={city.id(JUNIOR)}")

    def confirm(client: Client, **asked: object) -> tuple[str, dict[str, str | list[str]]]:
        page = client.post(f"{ORDERS}bulk/", {"all": "yes", **asked}).content.decode()
        values: dict[str, str | list[str]] = dict(re.findall(r'name="(seen-[^"]+)" value="([^"]+)"', page))
        return page, {**values, "pick": re.findall(r'name="pick" value="([^"]+)"', page), "confirm": "1"}

    page, values = confirm(clerk, school=city.id(JUNIOR))
    assert values["pick"] == [str(second)], "one school alone"
    page, values = confirm(clerk)
    assert values["pick"] == [str(first), str(second)]
    assert "可以办理 2 件，与学籍库一致 3 人；例外 1 人" in page
    assert "第 2 行 王小明" in page
    clerk.post(f"{ORDERS}bulk/", values)
    assert "已办理 2 件，剔除 1 人" in text(clerk, ORDERS)
    _, values = confirm(head)
    # What changes after the head has looked is not attested unseen: that request alone is left.
    lives.change(later, "correction", date(2008, 7, 2), SetFields({"name": "李宏"}))
    head.post(f"{ORDERS}bulk/", values)
    page = text(head, ORDERS)
    assert "已办理 1 件，验印 1 份证书" in page
    assert "请看过最新的核对结果再决定" in page
    page, values = confirm(head)
    assert (values["pick"], "第 2 行 李红" in page) == ([str(second)], True)
    head.post(f"{ORDERS}bulk/", values)
    with acting_system():
        assert Certificate.objects.count() == 2


@pytest.mark.django_db
def test_many_requests_are_held_against_the_register_in_as_many_queries_as_one(lives: Lives) -> None:
    city = lives.city
    orders = [
        requested(city, PRIMARY, [leaver(lives).student]),
        requested(city, JUNIOR, [junior_leaver(lives).student, junior_leaver(lives).student]),
    ]
    counts = []
    with acting(city.clerk()) as actor:
        for some in (orders[:1], orders):
            with CaptureQueriesContext(connection) as asked:
                found = selectors.look_at(actor, some)
            assert [one.good for one in found] == [1, 2][: len(some)]
            counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_bureau_orders_its_schools_diplomas_sees_their_progress_and_prints_them(
    fresh_database: str, lives: Lives, run_jobs: Callable[[], None]
) -> None:
    city = lives.city
    attest(city, [leaver(lives, name="甲一").student])
    attest_at(city, JUNIOR, [junior_leaver(lives, name="乙二").student])
    leaver(lives, name="丙三")
    clerk = signed_in(city.clerk())
    page = text(clerk, DIPLOMAS)
    assert all(word in page for word in ("2008 年毕业证书", "还没有验印 1 人", "学校未用的空白证书不够 1 人"))
    assert clerk.post(DIPLOMAS, {"kind": DIPLOMA, "year": "2008"}).status_code == 409
    stock(city, "JS001", "JS009")
    stock(city, "JS101", "JS109", JUNIOR)
    page = text(clerk, DIPLOMAS)
    schools = re.findall(r'name="school" value="([^"]+)"', page)
    assert schools == [str(city.id(PRIMARY)), str(city.id(JUNIOR))]
    ordered = clerk.post(DIPLOMAS, {"kind": DIPLOMA, "year": "2008", "school": schools})
    assert ordered.status_code == 302
    assert "正在办理" in text(clerk, ordered["Location"])
    run_jobs()
    page = text(clerk, ordered["Location"])
    assert all(
        word in page for word in ("已办完", "已办 2 份", "丙三", "还没有验印。请学校申请验印", "空白证书 JS101，按顺序")
    )
    for what in ("sheets", "roll"):
        (address, *_) = re.findall(rf'action="([^"]+/{what}/)"', page)
        printed = clerk.post(address)
        assert (printed.status_code, printed.content[:5]) == (200, b"%PDF-")
        assert signed_in(city.clerk(BAIXIA)).post(address).status_code == 404
    assert ordered["Location"] in text(clerk, DIPLOMAS)
    for other in (city.clerk(BAIXIA), city.registrar()):
        text(signed_in(other), ordered["Location"], 404)
    text(signed_in(city.registrar()), DIPLOMAS, 404)
