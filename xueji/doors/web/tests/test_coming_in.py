"""Coming in: the slip's code, an own password, a lock-out, the post that was chosen."""

from __future__ import annotations

import re
import time
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django_otp.oath import TOTP

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CENTRAL, PRIMARY, VILLAGE, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.ground.accounts.context import acting
from xueji.ground.accounts.models import Account, SecondFactor
from xueji.ground.accounts.services import reset_password
from xueji.pure.kernel.types import Role

pytestmark = pytest.mark.django_db


def _slip(city: SmallCity) -> tuple[str, str]:
    head = city.head(BAIXIA)
    with acting(head):
        slip = reset_password(actor=head, account=city.registrar(BAIXIA_PRIMARY).person)
    return slip.login, slip.code


def _log_in(client: Client, login: str, password: str) -> int:
    return client.post("/login/", {"login": login, "password": password}).status_code


def test_the_slips_code_opens_the_door_once_and_an_own_password_is_asked_for(small_city: SmallCity) -> None:
    login, code = _slip(small_city)
    client = Client()
    assert _log_in(client, login, code) == 302
    answer = client.get("/pupils/")
    assert answer.headers["Location"] == "/password/"
    typed = {"old": code, "new": "珠江路旁的梧桐-2008", "again": "珠江路旁的梧桐-2008"}
    assert client.post("/password/", typed).status_code == 302
    assert client.get("/").status_code == 200
    assert _log_in(Client(), login, code) == 403
    assert _log_in(Client(), login, "珠江路旁的梧桐-2008") == 302


def test_a_weak_or_differing_new_password_is_named_at_its_field(small_city: SmallCity) -> None:
    login, code = _slip(small_city)
    client = Client()
    _log_in(client, login, code)
    page = client.post("/password/", {"old": code, "new": "12345678901", "again": "12345678902"}).content.decode()
    assert "两次输入的新密码不一样" in page
    page = client.post("/password/", {"old": code, "new": "1234567890123", "again": "1234567890123"}).content.decode()
    assert "has-error" in page


def test_an_unknown_name_and_a_wrong_password_are_answered_alike(small_city: SmallCity) -> None:
    login, _ = _slip(small_city)
    known = Client().post("/login/", {"login": login, "password": "错"}).content.decode()
    unknown = Client().post("/login/", {"login": "没有这个人", "password": "错"}).content.decode()
    assert "登录名或密码不对" in known
    token = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    assert token.sub("", known).replace(login, "") == token.sub("", unknown).replace("没有这个人", "")


def test_five_wrong_passwords_lock_the_door_for_a_while(small_city: SmallCity) -> None:
    login, code = _slip(small_city)
    for _ in range(5):
        _log_in(Client(), login, "错")
    page = Client().post("/login/", {"login": login, "password": code})
    assert page.status_code == 403
    assert "15 分钟后再试" in page.content.decode()


def test_whoever_acts_for_several_schools_chooses_one_and_it_stands_on_top(small_city: SmallCity) -> None:
    registrar = small_city.actor(CENTRAL, Role.REGISTRAR)
    client = signed_in(registrar)
    page = client.get("/post/").content.decode()
    assert "高淳桠溪中心小学" in page
    assert "高淳河西小学" in page
    village = small_city.actor(VILLAGE, Role.REGISTRAR)
    client.post("/post/", {"post": f"{village.post}:{village.organisation}"})
    page = client.get("/").content.decode()
    assert '<span class="org">高淳河西小学</span>' in page
    assert "换一个岗位" in page


def test_a_post_that_was_lost_closes_its_pages_at_once(small_city: SmallCity) -> None:
    from xueji.ground.accounts.context import acting_system
    from xueji.ground.accounts.models import PostHolding
    from xueji.pure.kernel.environment import today

    registrar = small_city.registrar(PRIMARY)
    client = signed_in(registrar)
    assert client.get("/pupils/").status_code == 200
    with acting_system():
        PostHolding.objects.filter(account=registrar.person).update(ended_on=today())
    assert client.get("/pupils/").headers["Location"] == "/post/"
    assert "目前没有任何岗位" in client.get("/post/").content.decode()


def test_a_closed_account_is_out_at_the_next_page(small_city: SmallCity) -> None:
    from xueji.ground.accounts.context import acting_system

    registrar = small_city.registrar(PRIMARY)
    client = signed_in(registrar)
    with acting_system():
        Account.objects.filter(pk=registrar.person).update(deactivated=True)
    assert client.get("/pupils/").headers["Location"].startswith("/login/")


def _digits(account: UUID) -> str:
    """What the holder's device shows; the digits that served before may serve again for the test."""
    found = SecondFactor.objects.filter(user_id=account)
    found.update(last_t=-1, throttling_failure_count=0, throttling_failure_timestamp=None)
    token = TOTP(found.get().bin_key)
    token.time = time.time()
    return f"{token.token():06d}"


def test_where_the_second_factor_is_asked_for_the_device_is_set_up_once_and_asked_each_time(
    small_city: SmallCity, settings: Any
) -> None:
    settings.XUEJI_SECOND_FACTOR = True
    registrar = small_city.registrar(PRIMARY)
    client = signed_in(registrar)
    assert client.get("/").headers["Location"] == "/second-factor/"
    assert "data:image/svg+xml" in client.get("/second-factor/").content.decode()
    assert "重新显示图案" in client.post("/second-factor/", {"token": "000000"}).content.decode()
    assert client.post("/second-factor/", {"token": _digits(registrar.person)}).headers["Location"] == "/"
    assert client.get("/").status_code == 200
    later = signed_in(registrar)
    page = later.get("/second-factor/").content.decode()
    assert "data:image/svg+xml" not in page
    assert "动态口令不对" in later.post("/second-factor/", {"token": "000000"}).content.decode()
    assert later.get("/").headers["Location"] == "/second-factor/"
    assert later.post("/second-factor/", {"token": _digits(registrar.person)}).headers["Location"] == "/"
    assert later.get("/").status_code == 200


def test_error_pages_speak_plain_chinese_and_show_nothing_of_the_inside(small_city: SmallCity) -> None:
    client = signed_in(small_city.registrar(PRIMARY))
    missing = client.get("/nichts/").content.decode()
    assert "找不到这一页" in missing
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    turned = strict.post("/search/", {"q": "x"})
    assert turned.status_code == 403
    assert "这一步没有完成" in turned.content.decode()
    for page in (missing, turned.content.decode()):
        assert not any(word in page for word in ("Traceback", "django", "CSRF", "Exception", "404", "403"))


def test_a_page_that_breaks_writes_nothing_and_says_so(small_city: SmallCity, monkeypatch: pytest.MonkeyPatch) -> None:
    from xueji.ground.disclosure.models import Disclosure
    from xueji.ground.disclosure.services import ground_for, log

    actor = small_city.head(BAIXIA)
    client = signed_in(actor)
    client.raise_request_exception = False

    def broken(*_: object, **__: object) -> str:
        log(actor=actor, kind="print", count=1, ground=ground_for("出错之前写下的一行"))
        raise RuntimeError("320104199804010068")

    monkeypatch.setattr("xueji.doors.web.manage.hub.help_for", broken)
    answer = client.get("/manage/")
    assert answer.status_code == 500
    page = answer.content.decode()
    assert "没有写入任何内容" in page
    assert "320104199804010068" not in page
    with acting(actor):
        assert Disclosure.objects.count() == 0
