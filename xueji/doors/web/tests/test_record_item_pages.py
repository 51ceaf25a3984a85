"""Record items at the pages: by section and date, masked until a ground is given, recorded one by one or by class."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.small_city import BAIXIA_PRIMARY, SmallCity
from xueji.doors.web.manage.reconciling import field_words
from xueji.doors.web.tests.support import signed_in
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.disclosure.models import Disclosure, DisclosureKind
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.registry.record_items import services
from xueji.registry.record_items.tests.support import AWARD, held, move
from xueji.registry.record_items.tests.test_class_workbook import filled
from xueji.registry.register.tests.lives import Child, Lives

pytestmark = pytest.mark.django_db
PUNISHED = {"punishment": "警告", "cause": "损坏公物"}


@pytest.fixture
def lives(small_city: SmallCity, environment: SeededEnvironment) -> Lives:
    move(environment, 2008, 11, 3)
    return Lives(small_city)


def _page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", answer.content.decode())


def _pupil(child: Child) -> str:
    return f"/pupils/{child.student}/"


def _records(lives: Lives, child: Child, kind: str, on: str, typed: dict[str, str]) -> UUID:
    with acting(lives.city.registrar()) as actor:
        return services.record(actor=actor, student=child.student, kind=kind, on=on, typed=typed)


def test_the_registrar_records_corrects_and_takes_away_and_the_story_says_so(lives: Lives) -> None:
    child = lives.open()
    client = signed_in(lives.city.registrar())
    before = _page(client, _pupil(child))
    assert before.count("还没有登记。") == 5
    form = f"{_pupil(child)}items/new/term_marks/"
    assert "2007-2008 学年第一学期" in _page(client, form)
    wrong = client.post(form, {"on": "2007-autumn", "part-chinese": "151", "part-art": "x"})
    assert wrong.status_code == 409
    body = wrong.content.decode()
    assert "成绩有 2 处要改" in body
    assert "151 不在 0 至 150 之间" in body
    assert 'value="151"' in body  # what was typed stays
    assert client.post(form, {"on": "2007-autumn", "part-chinese": "92.5"}).status_code == 302
    after = _page(client, _pupil(child))
    assert "已登记：2007-2008 学年第一学期成绩" in after
    assert '<span class="quiet">语文</span> 92.5' in after
    with acting(lives.city.registrar()):
        (item,) = held(child.student)
    change = f"{_pupil(child)}items/{item.id}/"
    seen = re.search(r'name="seen" value="([^"]+)"', _page(client, change))
    assert seen is not None
    post = {"act": "correct", "seen": seen[1], "part-chinese": "90", "reason": "看错一行"}
    assert client.post(change, post).status_code == 302
    stale = client.post(change, {**post, "part-chinese": "80"})
    assert stale.status_code == 409
    assert "他人更正过" in stale.content.decode()
    assert "已更正：2007-2008 学年第一学期成绩（原因：看错一行）" in _page(client, _pupil(child))
    assert client.post(change, {"act": "remove", "reason": "不是本人的"}).status_code == 302
    assert "已撤下：2007-2008 学年第一学期成绩（原因：不是本人的）" in _page(client, _pupil(child))
    assert client.get(change).status_code == 404


def test_health_and_punishment_are_masked_until_a_ground_is_given_and_logged(lives: Lives) -> None:
    child = lives.open()
    item = _records(lives, child, "punishment", "2008-05-06", PUNISHED)
    client = signed_in(lives.city.deputy_head())
    page = _page(client, _pupil(child))
    assert "2008-05-06 处分" in page
    assert "损坏公物" not in page
    shown = client.post(f"{_pupil(child)}reveal/", {"ground": "核对处分材料"}).content.decode()
    assert "损坏公物" in shown
    registrar = signed_in(lives.city.registrar())
    change = f"{_pupil(child)}items/{item}/"
    assert "损坏公物" not in _page(registrar, change)
    assert registrar.post(change, {"act": "reveal", "ground": ""}).status_code == 409
    assert "损坏公物" in registrar.post(change, {"act": "reveal", "ground": "撤销处分"}).content.decode()
    assert "损坏公物" in _page(registrar, change)  # the same piece of work
    with acting_system():
        assert Disclosure.objects.filter(kind=DisclosureKind.REVEAL).count() == 3


def test_an_item_is_called_an_item_wherever_fields_are_named() -> None:
    code = f"item:{UUID(int=1)}"
    assert field_words(code, {}) == "档案项目"
    assert field_words(f"entry 5.sensitive({code})", {}) == "第 5 条变动记录：加密内容（档案项目）"


def test_what_a_record_lacks_is_counted_by_class_and_forbids_nothing(lives: Lives) -> None:
    child = lives.open()
    lives.open()
    _records(lives, child, "term_marks", "2007-autumn", {"chinese": "92"})
    page = _page(signed_in(lives.city.registrar()), "/pupils/completeness/")
    assert '<td class="num" data-label="没有成绩与综合素质">1</td>' in page
    assert '<td class="num" data-label="没有体质与健康">2</td>' in page
    assert "全部建档" in page


def test_a_day_that_was_shows_the_items_of_that_day_and_nothing_to_be_done(lives: Lives) -> None:
    child = lives.open()
    _records(lives, child, "term_marks", "2007-autumn", {"chinese": "92"})
    _records(lives, child, "award", "2008-05-06", AWARD)
    client = signed_in(lives.city.registrar())
    past = _page(client, f"{_pupil(child)}?on=2008-03-01")
    assert "2007-2008 学年第一学期成绩" in past
    assert "三好学生" not in past
    assert "/items/new/" not in past
    assert "三好学生" in _page(client, f"{_pupil(child)}?on=2008-06-01")


def test_others_read_and_the_former_school_as_of_its_last_day(lives: Lives) -> None:
    child = lives.open()
    item = _records(lives, child, "award", "2008-05-06", AWARD)
    for actor in (lives.city.deputy_head(), lives.city.clerk()):
        client = signed_in(actor)
        page = _page(client, _pupil(child))
        assert "三好学生" in page
        assert "/items/new/" not in page
        assert client.get(f"{_pupil(child)}items/new/award/").status_code == 404
        assert client.post(f"{_pupil(child)}items/{item}/", {"act": "remove", "reason": "不要"}).status_code == 404
    other = signed_in(lives.city.registrar(BAIXIA_PRIMARY))
    assert other.get(f"{_pupil(child)}items/{item}/").status_code == 404


def test_a_class_is_recorded_from_its_workbook_with_a_preview(lives: Lives) -> None:
    child = lives.open(name="李红")
    lives.open(name="张小明")
    group = lives.group("32010421001", "primary", 2007)
    client = signed_in(lives.city.registrar())
    place, meant = "/pupils/items/", {"class": str(group), "kind": "term_marks", "on": "2007-autumn"}
    assert "填好的登记表（.xlsx）" in _page(client, f"{place}?kind=term_marks&class={group}&on=2007-autumn")
    template = client.get(f"{place}file/", meant)
    assert template["Content-Type"].startswith("application/vnd.openxmlformats")
    with acting_system():
        assert Disclosure.objects.filter(kind=DisclosureKind.EXPORT).count() == 1

    def send(rows: dict[int, dict[str, str]]) -> str:
        sheet = SimpleUploadedFile("成绩.xlsx", filled(template.content, rows))
        answer = client.post(place, {**meant, "file": sheet})
        assert answer.status_code == 302
        return str(answer["Location"])

    wrong = send({2: {"语文": "九十"}, 3: {"语文": "88"}})
    page = _page(client, wrong)
    assert "1 处要改" in page
    assert "“九十”不是数" in page
    assert client.post(wrong, {"act": "confirm"}).status_code == 409
    assert "继续处理" in _page(client, place)
    assert client.post(wrong, {"act": "discard"}).status_code == 302
    right = send({2: {"语文": "90"}})
    assert "1 人可以登记" in _page(client, right)
    done = client.post(right, {"act": "confirm"}, follow=True)
    assert "已登记 1 名学生" in done.content.decode()
    assert "语文</span> 90" in _page(client, _pupil(child))
    assert client.post(place, meant).status_code == 409  # no file
    assert client.get(f"{place}file/", {**meant, "on": "2007-autumn", "class": ""}).status_code == 409
    assert "由学籍管理员登记" in _page(signed_in(lives.city.deputy_head()), place)
    assert signed_in(lives.city.clerk()).get(place).status_code == 404


def test_a_day_is_chosen_before_a_class_can_be_recorded_and_stays_in_sight(lives: Lives) -> None:
    lives.open(name="李红")
    group = lives.group("32010421001", "primary", 2007)
    client = signed_in(lives.city.registrar())
    place = f"/pupils/items/?kind=award&class={group}"
    unchosen = _page(client, place)
    assert "选定" in unchosen
    assert "上传并检查" not in unchosen
    wrong = _page(client, f"{place}&on=2008-13-45")
    assert "“2008-13-45”不是日期" in wrong
    assert "上传并检查" not in wrong
    chosen = _page(client, f"{place}&on=20080506")
    assert "2008-05-06 · 奖励" in chosen
    assert '<input type="hidden" name="on" value="2008-05-06">' in chosen
    assert "换一天" in chosen
