"""信息更正: key data on evidence by the bureau, other data by the school alone, the same rules for both (clause A4)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import pytest

from tests.small_city import PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.applications import services
from xueji.registry.applications.tests.support import child, resident_id, step, two_pupils
from xueji.registry.applications.tests.ways import papers
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import StudentRecord

pytestmark = pytest.mark.usefixtures("fresh_database")


@pytest.fixture
def beginning() -> Beginning:
    return two_pupils


@pytest.fixture
def pupil(begun: UUID, environment: SeededEnvironment) -> UUID:
    environment.move_to(datetime(2008, 10, 6, 9, tzinfo=LOCAL_ZONE))
    return begun


def _record(city: SmallCity, student: UUID, on: date | None = None) -> StudentRecord:
    with acting(city.registrar(PRIMARY)):
        found = register.student_record(student, on)
    assert found is not None
    return found


def _lodge(city: SmallCity, student: UUID, values: dict[str, str], **more: object) -> UUID:
    with acting(city.registrar(PRIMARY)) as actor:
        given: dict[str, object] = {"reason": "录入时抄错", "evidence": papers(actor, ("hukou_or_police_proof",))}
        return services.lodge_key_correction(
            actor=actor,
            school=city.id(PRIMARY),
            student=student,
            values=values,
            **(given | more),  # type: ignore[arg-type]
        ).application


def _decide(city: SmallCity, application: UUID) -> None:
    step(city.proofreader(PRIMARY), application, "proofread")
    step(city.deputy_head(PRIMARY), application, "decide")
    step(city.clerk(QINHUAI), application, "examine")
    assert step(city.head(QINHUAI), application, "approve").state == "approved"


def _correct(city: SmallCity, student: UUID, values: dict[str, str], **more: object) -> tuple[str, ...]:
    with acting(city.registrar(PRIMARY)) as actor:
        return services.correct_record(
            actor=actor,
            school=city.id(PRIMARY),
            student=student,
            values=values,
            **more,  # type: ignore[arg-type]
        )


def test_a_value_wrong_from_the_beginning_is_right_as_of_every_day(small_city: SmallCity, pupil: UUID) -> None:
    born, was = "2001-01-20", str(child(1)["birth_date"])
    number = resident_id(501, born)
    _decide(small_city, _lodge(small_city, pupil, {"birth_date": born, "id_number": number}))
    assert _record(small_city, pupil).fields["birth_date"] == born
    assert _record(small_city, pupil, date(2008, 9, 10)).fields["birth_date"] == born != was
    assert _record(small_city, pupil).sensitive["id_number"] == number


def test_a_value_that_has_changed_holds_from_the_day_of_the_change(small_city: SmallCity, pupil: UUID) -> None:
    claim = {"nature": "changed", "changed_on": date(2008, 9, 25)}
    _decide(small_city, _lodge(small_city, pupil, {"name": "石改名"}, **claim))
    assert _record(small_city, pupil).name == "石改名"
    assert _record(small_city, pupil, date(2008, 9, 24)).name == child(1)["name"]


def test_key_data_is_corrected_on_evidence_only(small_city: SmallCity, pupil: UUID) -> None:
    with pytest.raises(Refused) as refused:
        _lodge(small_city, pupil, {"name": "石改名"}, evidence=[])
    assert refused.value.code == "evidence_missing"
    assert "户口簿" in refused.value.message
    with pytest.raises(Refused) as refused:
        _correct(small_city, pupil, {"name": "石改名"})
    assert refused.value.code == "correction_of_the_other_kind"
    assert "主管教育局" in refused.value.message
    assert refused.value.basis


def test_a_corrected_number_that_does_not_fit_the_birth_date_has_the_finding_of_a_roster(
    small_city: SmallCity, pupil: UUID
) -> None:
    with pytest.raises(Refused) as refused:
        _lodge(small_city, pupil, {"birth_date": "2001-02-30"})
    assert refused.value.code == "date.impossible"
    with pytest.raises(Refused) as refused:
        _lodge(small_city, pupil, {"birth_date": "2001-01-20"})
    assert refused.value.code == "id.birth_unlike"
    with pytest.raises(Refused) as refused:
        _lodge(small_city, pupil, {"id_number": "320104200101200011"})
    assert refused.value.code == "id.check_digit"


def test_a_corrected_number_that_another_child_bears_is_refused_without_saying_whose(
    small_city: SmallCity, pupil: UUID
) -> None:
    with pytest.raises(Refused) as refused:
        _lodge(small_city, pupil, {"id_number": str(child(2)["id_number"]), "birth_date": str(child(2)["birth_date"])})
    assert refused.value.code == "register.document_used"
    assert str(child(2)["name"]) not in refused.value.message


def test_other_data_is_corrected_by_the_school_at_once_and_stays_in_the_journal(
    small_city: SmallCity, pupil: UUID
) -> None:
    assert _correct(small_city, pupil, {"guardian_1_phone": "13911112222", "commute_mode": "1"}) == (
        "commute_mode",
        "guardian_1_phone",
    )
    record = _record(small_city, pupil)
    assert record.sensitive["guardian_1_phone"] == "13911112222"
    with acting(small_city.registrar(PRIMARY)):
        assert [one.kind for one in register.timeline(pupil)].count("correction") >= 1


def test_a_correction_that_changes_nothing_is_refused(small_city: SmallCity, pupil: UUID) -> None:
    with pytest.raises(Refused) as refused:
        _correct(small_city, pupil, {"guardian_1_phone": str(child(1)["guardian_1_phone"])})
    assert refused.value.code == "nothing_to_correct"


def test_of_two_people_at_one_pupil_the_later_is_shown_what_the_other_changed(
    small_city: SmallCity, pupil: UUID
) -> None:
    seen = {"guardian_1_phone": str(_record(small_city, pupil).state.field_entries["guardian_1_phone"])}
    _correct(small_city, pupil, {"guardian_1_phone": "13911112222"}, seen=seen)
    with pytest.raises(Refused) as refused:
        _correct(small_city, pupil, {"guardian_1_phone": "13933334444"}, seen=seen)
    assert refused.value.code == "changed_meanwhile"
    assert "电话" in refused.value.message
    assert f"{small_city.registrar(PRIMARY).name}（秦淮云锦小学）于 2008-" in refused.value.message
    assert _record(small_city, pupil).sensitive["guardian_1_phone"] == "13911112222"


def test_a_record_that_changed_while_the_bureau_had_the_file_blocks_the_decision(
    small_city: SmallCity, pupil: UUID
) -> None:
    name = str(_record(small_city, pupil).state.field_entries["name"])
    application = _lodge(small_city, pupil, {"name": "石改名"}, seen={"name": name})
    step(small_city.proofreader(PRIMARY), application, "proofread")
    _correct(small_city, pupil, {"guardian_1_phone": "13911112222"})  # another field: does not concern it
    step(small_city.deputy_head(PRIMARY), application, "decide")


def test_who_has_another_application_under_way_waits_with_the_correction(small_city: SmallCity, pupil: UUID) -> None:
    _lodge(small_city, pupil, {"name": "石改名"})
    with pytest.raises(Refused) as refused:
        _lodge(small_city, pupil, {"name": "石又改"})
    assert refused.value.code == "key_correction_pending"
    assert refused.value.basis == "通知三.2"
