"""The page of nodes and packages: for bureaus and administrators, in plain words, empty or full."""

from __future__ import annotations

import pytest

from tests.small_city import CITY, NINE_YEAR, PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.duties.exchange.models import Package, Peer
from xueji.duties.exchange.reconcile import Difference, Reconciled, keep
from xueji.ground.accounts.context import acting_system
from xueji.pure.kernel.environment import environment as world
from xueji.pure.kernel.types import Role

pytestmark = pytest.mark.usefixtures("fresh_database")
PAGE = "/manage/exchange/"


def test_bureaus_and_administrators_see_what_was_refused_and_why(small_city: SmallCity) -> None:
    assert signed_in(small_city.registrar(PRIMARY)).get(PAGE).status_code == 404
    empty = signed_in(small_city.head(QINHUAI)).get(PAGE).content.decode()
    assert "本机没有建成节点" in empty
    assert "还没有收到数据包" in empty
    now = world().now()
    with acting_system():
        Peer.objects.create(code=QINHUAI, level="district", name="秦淮区教育局", trusted_at=now)
        Package.objects.create(
            id=world().new_id(), direction="in", peer=QINHUAI, number=3, kind="up", digest="ab" * 32, state="refused",
            reason="exchange.truncated", message="数据包不完整（被截断），已拒收。请重新传送。", size=900, at=now,
        )  # fmt: skip
    for actor in (small_city.head(CITY), small_city.actor(CITY, Role.SECURITY_ADMIN)):
        page = signed_in(actor).get(PAGE).content.decode()
        assert "数据包不完整（被截断），已拒收。" in page
        assert "秦淮区教育局" in page


def test_a_comparison_stands_school_by_school_with_pupil_and_field_in_words(small_city: SmallCity) -> None:
    child = world().new_id()
    found = [
        (PRIMARY, str(child), "ethnic_group", "aa" * 32, "bb" * 32),
        (PRIMARY, str(child), "entry 5.sensitive(id_number,phone)", "cc" * 32, "broken"),
        (PRIMARY, str(child), "registration.scheme", "dd" * 32, ""),
        (QINHUAI, "", "organisations_site.name", "ee" * 32, "ff" * 32),
    ]
    compared = (QINHUAI, PRIMARY, NINE_YEAR)
    outcome = Reconciled(False, 3, [Difference(*one) for one in found], compared)
    with acting_system():
        run = keep(outcome, other=QINHUAI, way="url", deep=True)
        equal = keep(Reconciled(True, 3, [], compared), other=QINHUAI, way="home", deep=False)
    head, page = signed_in(small_city.head(CITY)), f"{PAGE}reconciliations/{run.id}/"
    listed = head.get(PAGE).content.decode()
    assert "4 处不一致" in listed
    assert page in listed
    shown = head.get(page).content.decode()
    for words in (
        "民族",
        "第 5 条变动记录：加密内容（身份证件号、",
        "学籍记录",
        "校区和教学点",
        "打不开",
        f"/pupils/{child}/",
    ):
        assert words in shown
    assert shown.index(PRIMARY) < shown.index(NINE_YEAR)
    assert "不一致之处" not in head.get(f"{PAGE}reconciliations/{equal.id}/").content.decode()
    administrator = signed_in(small_city.actor(CITY, Role.SECURITY_ADMIN))
    assert "核对过" not in administrator.get(PAGE).content.decode()
    for nobody in (administrator, signed_in(small_city.registrar(PRIMARY))):
        assert nobody.get(page).status_code == 404
