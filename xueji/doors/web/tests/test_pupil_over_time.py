"""A pupil's page over time: the record of any day, what each entry changed, the file that it rests on."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import pytest

from tests.small_city import PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.registry.applications import services
from xueji.registry.applications.tests.support import child, step, two_pupils
from xueji.registry.applications.tests.ways import papers

pytestmark = pytest.mark.usefixtures("fresh_database")
RENAMED, FATHER = "石改名", "石新大"


def _changed(city: SmallCity, environment: SeededEnvironment) -> UUID:
    """A pupil renamed on 25 September (two papers, decided by the bureau) and given another guardian."""
    student = two_pupils(city, environment)
    environment.move_to(datetime(2008, 10, 6, 9, tzinfo=LOCAL_ZONE))
    school = city.id(PRIMARY)
    with acting(city.registrar()) as actor:
        services.correct_record(
            actor=actor, school=school, student=student, values={"guardian_1_name": FATHER, "commute_mode": "1"}
        )
        lodged = services.lodge_key_correction(
            actor=actor, school=school, student=student, values={"name": RENAMED}, reason="改名",
            nature="changed", changed_on=date(2008, 9, 25), evidence=papers(actor, ("hukou_or_police_proof", "other")),
        )  # fmt: skip
    for who, act in (
        (city.proofreader(), "proofread"),
        (city.deputy_head(), "decide"),
        (city.clerk(QINHUAI), "examine"),
        (city.head(QINHUAI), "approve"),
    ):
        step(who, lodged.application, act)
    return student


@pytest.fixture
def beginning() -> Beginning:
    return _changed


def test_the_record_is_shown_as_of_any_day_with_the_way_back_and_without_acts(
    small_city: SmallCity, begun: UUID
) -> None:
    client, url = signed_in(small_city.registrar()), f"/pupils/{begun}/"
    now = client.get(url).content.decode()
    assert f"{RENAMED} · 在籍在校" in now
    assert "出具学籍证明" in now
    past = client.get(url, {"on": "20080924"}).content.decode()
    assert f"{child(1)['name']} · 在籍在校" in past
    assert "正在查看 2008-09-24 当天的学籍" in past
    assert f'href="{url}" data-main>回到今天' in past
    assert RENAMED not in past
    assert "出具学籍证明" not in past
    assert "提出变动申请" not in past
    clear = client.post(f"{url}reveal/", {"ground": "核对户口簿", "on": "2008-09-24"}).content.decode()
    assert str(child(1)["id_number"]) in clear
    assert "正在查看 2008-09-24" in clear


def test_a_day_that_cannot_be_shown_is_answered_in_words(small_city: SmallCity, begun: UUID) -> None:
    client, url = signed_in(small_city.registrar()), f"/pupils/{begun}/"
    for typed, said in (
        ("2008-10-07", "2008-10-07 还没有到"),
        ("20070914", "学籍库自 2007-09-15 起建立"),
        ("19900101", "学籍库自 2007-09-15 起建立"),
        ("2008-03-03", "2008-03-03 该生还没有学籍"),
        ("2008-13-03", "不是日期"),
    ):
        answer = client.get(url, {"on": typed})
        assert answer.status_code == 409
        assert said in answer.content.decode(), typed
    assert "正在查看" not in client.get(url, {"on": "2008-10-06"}).content.decode()


def test_the_timeline_says_field_by_field_what_was_and_what_is_masked_until_revealed(
    small_city: SmallCity, begun: UUID
) -> None:
    client, url = signed_in(small_city.registrar()), f"/pupils/{begun}/"
    page = client.get(url).content.decode()
    assert f"{child(1)['name']} → {RENAMED}" in page
    assert "（空） → 步行" in page
    assert "已填写（已隐去） → 已更改（已隐去）" in page
    assert "已填写（已隐去） → 已填写" not in page
    assert FATHER not in page
    clear = client.post(f"{url}reveal/", {"ground": "核对户口簿"}).content.decode()
    assert f"{child(1)['guardian_1_name']} → {FATHER}" in clear


def test_an_entry_leads_to_the_file_of_its_application_and_says_how_many_papers_it_has(
    small_city: SmallCity, begun: UUID
) -> None:
    page = signed_in(small_city.registrar()).get(f"/pupils/{begun}/").content.decode()
    (line,) = [one for one in page.split('<div class="when">') if f"→ {RENAMED}" in one]
    assert "材料 2 份" in line
    assert "卷号" in line
    assert 'href="/changes/' in line
