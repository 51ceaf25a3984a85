"""Photos and cards at the pages: many photos with their preview, a card order with its progress; no photo, no card."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.small_city import PRIMARY, SmallCity
from xueji.doors.api.auth import token_for
from xueji.doors.web.tests.support import signed_in
from xueji.ground.accounts.context import acting, identified
from xueji.ground.accounts.models import Account
from xueji.registry.photos import services
from xueji.registry.photos.tests.pictures import archive, give_photo, portrait
from xueji.registry.register.tests.lives import Lives

BOX = ("left", "top", "width", "height")
BATCHES, PHOTOS = "/certificates/cards/", "/pupils/photos/"


@pytest.fixture
def lives(small_city: SmallCity) -> Lives:
    return Lives(small_city)


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def _uploaded(client: Client, files: list[tuple[str, bytes]]) -> Any:
    packed = SimpleUploadedFile("photos.zip", archive(files), "application/zip")
    return client.post(PHOTOS, {"files": [packed]})


@pytest.mark.django_db
def test_photos_are_looked_at_sorted_cropped_and_taken(lives: Lives) -> None:
    first, second = lives.open(name="李红"), lives.open(name="张小明")
    client = signed_in(lives.city.registrar())
    assert "还没有照片的学生" in text(client, PHOTOS)
    page = _uploaded(
        client, [("李红.jpg", portrait(1)), ("张小明.jpg", portrait(2, 800, 500)), ("谁.jpg", portrait(3))]
    )
    assert page.status_code == 302
    assert "正在读取" in text(client, page["Location"])  # by a job: the page goes on by itself
    with acting(lives.city.registrar()) as actor:
        services.read(actor=actor, upload=UUID(page["Location"].split("/")[-2]))
    assert client.get(f"{page['Location']}?poll=1")["HX-Refresh"] == "true"
    preview = text(client, page["Location"])
    assert all(word in preview for word in ("1 张可以采用", "须先裁剪", "没有相符的学生", "谁.jpg"))
    item = re.search(r'href="(/pupils/photos/item/[^"]+)">裁剪<', preview)
    assert item is not None
    assert client.get(f"{item[1]}picture/")["Content-Type"] == "image/jpeg"
    box = {"left": "200", "top": "0", "width": "400", "height": "493"}
    assert "data-crop-frame" in text(client, item[1])
    assert client.post(item[1], {"act": "crop", **box}).status_code == 302
    assert client.post(page["Location"]).status_code == 302
    assert "正在写入档案" in text(client, page["Location"])
    with acting(lives.city.registrar()) as actor:
        services.take(actor=actor, upload=UUID(page["Location"].split("/")[-2]))
    assert "已采用" in text(client, page["Location"])
    shown = text(client, f"/pupils/{second.student}/")
    assert f"/pupils/{second.student}/photo/file/" in shown
    assert client.get(f"/pupils/{first.student}/photo/file/")["Content-Type"] == "image/jpeg"
    gone = client.post(f"/pupils/{first.student}/photo/withdraw/", {"reason": "照片不是本人"})
    assert gone.status_code == 302
    assert "没有照片" in text(client, f"/pupils/{first.student}/photo/")
    broken = client.post(PHOTOS, {"files": [SimpleUploadedFile("x.zip", b"PK\x03\x04nothing")]})
    assert (broken.status_code, "不是 ZIP" in broken.content.decode()) == (409, True)


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


@pytest.mark.django_db
def test_whoever_changes_a_photo_that_another_changed_meanwhile_is_shown_that_one_first(lives: Lives) -> None:
    child = lives.open(name="李红")
    give_photo(lives.city, child.student, 1)
    first, second = (signed_in(lives.city.registrar()) for _ in range(2))
    url = f"/pupils/{child.student}/photo/"
    opened = first.post(url, {"file": SimpleUploadedFile("a.jpg", portrait(2))})["Location"]
    item = text(first, opened)
    assert "档案里现在的照片" in item
    taken = {"act": "take", **{name: _hidden(item, name) for name in (*BOX, "photo_seen")}}
    withdrawn = {"reason": "照片不是本人", "photo_seen": _hidden(text(second, url), "photo_seen")}
    give_photo(lives.city, child.student, 3)
    for client, page, typed in ((second, f"{url}withdraw/", withdrawn), (first, opened, taken)):
        answer = client.post(page, typed)
        assert (answer.status_code, "刚刚由其他人换过" in answer.content.decode()) == (409, True)
        anew = _hidden(answer.content.decode(), "photo_seen")
        assert anew not in ("", typed["photo_seen"])
    assert first.post(opened, {**taken, "photo_seen": anew}).status_code == 302


@pytest.mark.django_db
def test_no_page_and_no_api_call_gives_a_card_without_a_photo(lives: Lives) -> None:
    child = lives.open()
    actor = lives.city.registrar()
    client = signed_in(actor)
    page = f"/certificates/student_card/for/{child.student}/"
    assert "还没有照片" in text(client, page)
    assert "还没有照片" in client.post(page).content.decode()
    with identified(actor.person):
        account = Account.objects.get(pk=actor.person)
    bearer = Client(headers={"Authorization": f"Bearer {token_for(account, actor)}"})
    wanted = json.dumps({"kind": "student_card", "registration_number": f"{PRIMARY}20070101"})
    answer = bearer.post("/api/certificates", wanted, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "certificate.no_photo")
    give_photo(lives.city, child.student, 1)
    answer = bearer.post("/api/certificates", wanted, content_type="application/json")
    assert (answer.status_code, answer.json()["number"]) == (200, f"{PRIMARY}-生-2008-00001")
    listed = text(client, "/certificates/")
    replace = re.search(r'action="(/certificates/[^"]+/replace/)"', listed)
    assert replace is not None
    again = client.post(replace[1], {"reason": "遗失"})
    assert (again.status_code, again.content[:5]) == (200, b"%PDF-")


def test_a_school_orders_its_cards_and_prints_them_by_class(
    fresh_database: str, lives: Lives, run_jobs: Callable[[], None]
) -> None:
    child = lives.open(name="欧阳𠮷")
    lives.open(name="丁四")
    give_photo(lives.city, child.student, 1)
    client = signed_in(lives.city.registrar())
    assert "二（1）班" in text(client, BATCHES)
    ordered = client.post(BATCHES, {"kind": "student_card"})
    assert ordered.status_code == 302
    assert "正在办理" in text(client, ordered["Location"])
    run_jobs()
    page = text(client, ordered["Location"])
    assert all(word in page for word in ("已办完", "已办 1 张", "丁四", "还没有照片"))
    for what in ("sheets", "roll"):
        address = re.search(rf'action="([^"]+/{what}/)"', page)
        assert address is not None
        printed = client.post(address[1])
        assert (printed.status_code, printed.content[:5]) == (200, b"%PDF-")
    clerk = signed_in(lives.city.clerk())
    assert "打印拼版" not in text(clerk, ordered["Location"])
