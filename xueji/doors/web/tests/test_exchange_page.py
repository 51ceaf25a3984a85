"""The page of nodes and packages: for bureaus and administrators, in plain words, empty or full."""

from __future__ import annotations

import pytest

from tests.small_city import CITY, PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.duties.exchange.models import Package, Peer
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
