"""信息更正 at the pages: what stands is masked beside what it should be; the later of two is shown the other's change."""

from __future__ import annotations

import re
from uuid import UUID

import pytest

from tests.small_city import PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import load, signed_in
from xueji.ground.accounts.context import acting
from xueji.registry.register import selectors as register

pytestmark = pytest.mark.usefixtures("fresh_database")


@pytest.fixture
def pupil(small_city: SmallCity) -> UUID:
    load(small_city, PRIMARY, range(3), 3, QINHUAI)
    with acting(small_city.registrar(PRIMARY)) as actor:
        return register.find_students(schools=[actor.organisation]).pupils[0].student


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(seen_[a-z0-9_]+)" value="([^"]*)"', page))


def test_what_stands_in_the_record_is_shown_masked(small_city: SmallCity, pupil: UUID) -> None:
    with acting(small_city.registrar(PRIMARY)):
        record = register.student_record(pupil)
    assert record is not None
    page = signed_in(small_city.registrar(PRIMARY)).get(f"/changes/new/key_correction/{pupil}/").content.decode()
    assert record.name in page
    assert record.sensitive["id_number"] not in page
    assert record.sensitive["id_number"][:3] in page


def test_the_school_corrects_other_data_at_once_and_the_later_of_two_is_told(
    small_city: SmallCity, pupil: UUID
) -> None:
    client = signed_in(small_city.registrar(PRIMARY))
    address = f"/changes/new/correction/{pupil}/"
    seen = _hidden(client.get(address).content.decode())
    first = client.post(address, {**seen, "correct_guardian_1_phone": "13911112222", "nature": "changed"})
    assert first.status_code == 302
    second = client.post(address, {**seen, "correct_guardian_1_phone": "13933334444", "nature": "changed"})
    assert second.status_code == 409
    page = second.content.decode()
    assert "已由其他人更正" in page
    assert "13933334444" in page  # what was typed stays
    again = client.post(address, {**_hidden(page), "correct_guardian_1_phone": "13933334444", "nature": "changed"})
    assert again.status_code == 302
    with acting(small_city.registrar(PRIMARY)):
        record = register.student_record(pupil)
    assert record is not None
    assert record.sensitive["guardian_1_phone"] == "13933334444"


def test_a_fault_is_named_as_in_a_roster_and_nothing_is_changed(small_city: SmallCity, pupil: UUID) -> None:
    client = signed_in(small_city.registrar(PRIMARY))
    answer = client.post(f"/changes/new/correction/{pupil}/", {"correct_guardian_1_phone": "12", "nature": "changed"})
    assert answer.status_code == 409
    assert "电话" in answer.content.decode()
