"""定期审核 from the draw to the sign-off (clause A4): what is refused, what the database holds."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, PRIMARY, QINHUAI, SmallCity
from xueji.duties.inspections import selectors, services
from xueji.duties.inspections.models import Inspection, InspectionFinding, SampleLine
from xueji.duties.inspections.selectors.retention import retention_of
from xueji.duties.inspections.services import Wrong, digest_of
from xueji.duties.inspections.tests.support import drawn, examined, plan, school_with_pupils
from xueji.duties.reminders.services import remind
from xueji.ground.accounts.context import acting
from xueji.ground.journals import selectors as journals
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.cases.selectors import notices

pytestmark = pytest.mark.django_db
FORM = {"form": Wrong("核对表没有监护人签名", "class_teacher")}


def refused(code: str) -> pytest.RaisesExc[Refused]:
    return pytest.RaisesExc(Refused, check=lambda error: error.code == code)


@pytest.fixture
def inspection(small_city: SmallCity, environment: SeededEnvironment) -> Inspection:
    """The bureau's sample of 秦淮's primary school, drawn on 3 November."""
    school_with_pupils(small_city, environment)
    return drawn(small_city)


@pytest.fixture
def found(small_city: SmallCity, inspection: Inspection) -> UUID:
    """Everything looked at by the clerk, one finding, handed over; the finding."""
    clerk = small_city.clerk(QINHUAI)
    examined(clerk, inspection, FORM)
    with acting(clerk):
        assert services.hand_over(actor=clerk, inspection=inspection.pk) == 1
    return InspectionFinding.objects.get(inspection=inspection).pk


def test_the_same_seed_draws_the_same_pupils_again(small_city: SmallCity, inspection: Inspection) -> None:
    again = drawn(small_city, title="再抽一次")
    assert again.sample_digest == inspection.sample_digest
    assert drawn(small_city, title="换种子", seed="c3").sample_digest != inspection.sample_digest
    with acting(small_city.clerk(QINHUAI)):
        assert [one.what for one in selectors.lines(inspection.pk)] == ["record", "record"]


def test_the_city_draws_schools_of_its_districts_and_a_district_none_of_another(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    school_with_pupils(small_city, environment, count=2)
    with acting(small_city.clerk(CITY)) as actor:
        made = services.draw_round(actor=actor, plan=plan(small_city, records=1))
        (one,) = selectors.inspections_of_round(made)
        assert (one.school, one.inspector) == (small_city.id(PRIMARY), small_city.id(CITY))
        within = (small_city.id(BAIXIA),)
        some = plan(small_city, school_method="random", schools=(), school_count=9, within=within)
        drawn_there = services.draw_round(actor=actor, plan=some)
        assert [one.school for one in selectors.inspections_of_round(drawn_there)] == [small_city.id(BAIXIA_PRIMARY)]
    examined(small_city.clerk(CITY), one)
    with acting(small_city.clerk(BAIXIA)) as actor, refused("inspections.plan"):
        services.draw_round(actor=actor, plan=plan(small_city))


def test_a_drawn_sample_is_frozen_by_the_database(small_city: SmallCity, inspection: Inspection) -> None:
    line = SampleLine.objects.filter(inspection=inspection).first()
    assert line is not None
    for statement, values in (
        ("DELETE FROM inspections_sampleline WHERE id = %s", [line.pk]),
        ("UPDATE inspections_inspection SET seed = 'x' WHERE id = %s", [inspection.pk]),
        ("INSERT INTO inspections_sampleline (inspection_id, school, what, place, subject, why, score)"
         " SELECT id, school, 'record', 99, school, 'lot', 0 FROM inspections_inspection WHERE id = %s",
         [inspection.pk]),
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)


def test_a_plan_is_refused_with_all_that_is_wrong_at_once(small_city: SmallCity, inspection: Inspection) -> None:
    bad = plan(small_city, title=" ", schools=(small_city.id(BAIXIA_PRIMARY),), records=0, procedures=5000)
    with acting(small_city.clerk(QINHUAI)) as actor, pytest.raises(Refused) as caught:
        services.draw_round(actor=actor, plan=bad)
    assert all(words in caught.value.message for words in ("检查名称", "本局管辖", "0 到"))
    with acting(small_city.registrar()) as actor, refused("inspections.post"):
        services.draw_round(actor=actor, plan=plan(small_city))


def test_results_are_handed_over_only_when_everything_is_looked_at(
    small_city: SmallCity, inspection: Inspection
) -> None:
    with acting(small_city.clerk(QINHUAI)) as actor, pytest.raises(Refused, match="2 名学生或变动"):
        services.hand_over(actor=actor, inspection=inspection.pk)
    with acting(small_city.clerk(QINHUAI)) as actor, pytest.raises(Refused, match="请写明是什么问题"):
        services.examine(
            actor=actor, inspection=inspection.pk, checklist="school", subject=inspection.school,
            verdicts={"posts": "wrong"},
        )  # fmt: skip


def test_a_finding_has_its_day_from_the_rulebook_and_the_school_is_told(small_city: SmallCity, found: UUID) -> None:
    with acting(small_city.registrar()) as actor:
        view = selectors.finding(found)
        assert view is not None
        assert (view.said, view.severity, view.due_on) == ("核对表没有监护人签名", "note", date(2008, 12, 1))
        assert any("有 1 处问题，最早的须在 2008-12-01 前更正" in one.text for one in notices(actor, limit=9))
    raw = InspectionFinding.objects.get(pk=found).said
    assert "监护人".encode() not in bytes(raw)


def test_the_finder_neither_looks_again_nor_signs_and_open_findings_hinder(small_city: SmallCity, found: UUID) -> None:
    inspection = InspectionFinding.objects.get(pk=found).inspection_id
    clerk, head, registrar = small_city.clerk(QINHUAI), small_city.head(QINHUAI), small_city.registrar()
    with acting(head), refused("inspections.open_findings"):
        services.sign_off(actor=head, inspection=inspection)
    with acting(clerk), refused("inspections.post"):
        services.correct(actor=clerk, finding=found, note="已补签")
    with acting(registrar):
        services.correct(actor=registrar, finding=found, note="已补签")
    with acting(clerk), refused("inspections.same_person"):
        services.recheck(actor=clerk, finding=found, accept=True)
    with pytest.raises(DatabaseError), transaction.atomic():
        InspectionFinding.objects.filter(pk=found).update(state="closed", rechecked_by=clerk.person)
    with acting(head):
        services.recheck(actor=head, finding=found, accept=False, note="日期没有写")
    with acting(registrar):
        services.correct(actor=registrar, finding=found, note="日期已补")
    with acting(head):
        services.recheck(actor=head, finding=found, accept=True)
        done = services.sign_off(actor=head, inspection=inspection)
        assert (done.counts["findings"], done.counts["closed"]) == (1, 1)
        assert digest_of(inspection) == done.digest
        entry = journals.entries_of_organisation(small_city.id(QINHUAI))[-1]
        assert (entry.kind, entry.basis["digest"]) == ("inspection_signed_off", done.digest)
    for change in ({"title": "x"}, {"state": "handed_over"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Inspection.objects.filter(pk=inspection).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        InspectionFinding.objects.filter(pk=found).update(due_on=date(2009, 1, 1))


def test_data_that_are_wrong_are_mended_by_a_change_or_correction_not_by_words(
    small_city: SmallCity, inspection: Inspection
) -> None:
    clerk, registrar = small_city.clerk(QINHUAI), small_city.registrar()
    examined(clerk, inspection, {"identity": Wrong("出生日期与户口簿不符")})
    with acting(clerk):
        services.hand_over(actor=clerk, inspection=inspection.pk)
    finding = InspectionFinding.objects.get(inspection=inspection).pk
    with acting(registrar), pytest.raises(Refused, match="须通过学籍变动或信息更正"):
        services.correct(actor=registrar, finding=finding, note="已改")
    with acting(registrar), pytest.raises(Refused, match="不是本校为这名学生提出的"):
        services.correct(actor=registrar, finding=finding, note="已改", application=UUID(int=5))


def test_a_school_checks_itself_once_a_term_and_its_deputy_head_signs(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    school_with_pupils(small_city, environment)
    registrar, deputy = small_city.registrar(), small_city.deputy_head()
    with acting(registrar):
        own = services.open_own_check(actor=registrar, school=small_city.id(PRIMARY))
    with acting(registrar), refused("inspections.begun"):
        services.open_own_check(actor=registrar, school=small_city.id(PRIMARY))
    made = Inspection.objects.get(pk=own)
    assert made.due_on == date(2008, 11, 30)
    examined(registrar, made)
    with acting(registrar):
        services.hand_over(actor=registrar, inspection=own)
    with acting(registrar), refused("inspections.post"):
        services.sign_off(actor=registrar, inspection=own)
    with acting(deputy):
        assert services.sign_off(actor=deputy, inspection=own).counts["findings"] == 0
        line = selectors.summary_of([small_city.id(PRIMARY)], 2008)[0]
        assert (line.own, line.own_signed, line.bureau) == (1, 1, 0)
        assert retention_of([small_city.id(PRIMARY)], 2008)[0].dropped_out == 0


def test_who_is_late_is_reminded_and_the_bureau_with_him(
    small_city: SmallCity, found: UUID, environment: SeededEnvironment
) -> None:
    environment.move_to(datetime(2008, 11, 10, 6, tzinfo=LOCAL_ZONE))
    assert remind().matters["inspection_due"] == 0
    environment.move_to(datetime(2008, 12, 3, 6, tzinfo=LOCAL_ZONE))
    assert remind().matters["inspection_due"] > 0
    for actor in (small_city.registrar(), small_city.clerk(QINHUAI)):
        with acting(actor):
            assert any(one.text.startswith("定期审核") for one in notices(actor, limit=20))
