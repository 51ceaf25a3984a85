"""Uploads end to end on the database: sealed, corrected, lodged once."""

from __future__ import annotations

import io
import json

import pytest
from django.db import connection
from python_calamine import CalamineWorkbook

from tests.small_city import CENTRAL, PRIMARY, SmallCity
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.types import Refused
from xueji.registry.applications import services as applications
from xueji.registry.applications.models import Application
from xueji.registry.intake import selectors, services
from xueji.registry.intake.tasks import check_upload
from xueji.registry.intake.tests.invented import good_rows, workbook
from xueji.registry.intake.types import CellChanged

pytestmark = pytest.mark.django_db


def _upload(city: SmallCity, data: bytes, kind: str = "opening"):  # type: ignore[no-untyped-def]
    actor, school = city.registrar(), city.id(PRIMARY)
    view = services.upload(actor=actor, school=school, kind=kind, data=data, file_name="名册.xlsx")
    return services.check(actor=actor, upload=view.id)


def test_a_clean_roster_becomes_an_application_and_the_same_file_the_same_one(small_city: SmallCity) -> None:
    actor = small_city.registrar()
    with acting(actor):
        data = workbook(good_rows(12))
        view = _upload(small_city, data)
        assert (view.state, view.rows, view.clean, view.errors) == ("checked", 12, 12, 0)
        assert selectors.preview(view.id).pupils == 12
        first = services.lodge(actor=actor, upload=view.id)
        again = services.lodge_workbook(actor=actor, school=small_city.id(PRIMARY), kind="opening", data=data)
        assert first.state == "lodged"
        assert (again.application, again.already_lodged) == (first.application, True)


def test_an_error_refuses_the_whole_and_a_correction_in_the_page_mends_it(small_city: SmallCity) -> None:
    rows = good_rows(6)
    rows[2]["gender"] = "男女"
    actor = small_city.registrar()
    with acting(actor):
        view = _upload(small_city, workbook(rows))
        assert view.errors == 1
        assert services.lodge(actor=actor, upload=view.id).state == "refused"
        view = services.correct_cell(actor=actor, upload=view.id, row=4, field="gender", value="男")
        assert view.errors == 0
        outcome = services.lodge(actor=actor, upload=view.id)
        assert (outcome.state, outcome.rows) == ("lodged", 6)


def test_the_later_of_two_editors_is_shown_the_others_change(small_city: SmallCity) -> None:
    actor = small_city.registrar()
    with acting(actor):
        view = _upload(small_city, workbook(good_rows(3)))
        services.correct_cell(actor=actor, upload=view.id, row=2, field="special_talent", value="唱歌")
        with pytest.raises(CellChanged) as changed:
            services.correct_cell(actor=actor, upload=view.id, row=2, field="special_talent", value="跳舞")
        assert changed.value.cell.value == "唱歌"
        services.correct_cell(actor=actor, upload=view.id, row=2, field="special_talent", value="跳舞", seen_version=1)


def test_nothing_of_a_pupil_stands_in_clear_in_the_uploads_tables(small_city: SmallCity) -> None:
    rows = good_rows(3)
    with acting(small_city.registrar()):
        view = _upload(small_city, workbook(rows))
        services.correct_cell(actor=small_city.registrar(), upload=view.id, row=2, field="phone", value="025-83370001")
        with connection.cursor() as cursor:
            cursor.execute("SELECT u::text, c::text FROM intake_upload u JOIN intake_cell_edit c ON c.upload_id = u.id")
            found = str(cursor.fetchall())
    for row in rows:
        for code in ("name", "id_number", "phone", "current_address", "guardian_1_phone"):
            assert row[code] not in found
            assert row[code].encode().hex() not in found


def test_an_unreadable_file_has_one_clear_answer(small_city: SmallCity) -> None:
    actor = small_city.registrar()
    with acting(actor):
        view = _upload(small_city, b"no workbook")
        assert view.state == "unreadable"
        assert view.answer.startswith("这不是 Excel 工作簿")
        with pytest.raises(Refused):
            services.lodge(actor=actor, upload=view.id)


def test_only_the_schools_registrar_fills_its_rosters(small_city: SmallCity) -> None:
    data = workbook(good_rows(1))
    for actor in (small_city.deputy_head(), small_city.clerk(), small_city.registrar("32010321001")):
        with acting(actor), pytest.raises(Refused) as refused:
            services.upload(actor=actor, school=small_city.id(PRIMARY), kind="opening", data=data)
        assert refused.value.code == "intake.not_your_school"


def test_another_school_sees_no_upload(small_city: SmallCity) -> None:
    with acting(small_city.registrar()):
        view = _upload(small_city, workbook(good_rows(1)))
    with acting(small_city.registrar("32010321001")):
        assert selectors.uploads(small_city.id(PRIMARY)) == []
        with pytest.raises(Refused):
            selectors.one(view.id)


def test_one_pupils_form_is_lodged_the_same_way(small_city: SmallCity) -> None:
    actor, school = small_city.registrar(), small_city.id(PRIMARY)
    (row,) = good_rows(1)
    with acting(actor):
        wrong = services.lodge_pupil(actor=actor, school=school, kind="opening", values={**row, "name": ""})
        assert [one.code for one in wrong.findings] == ["required.empty"]
        first = services.lodge_pupil(actor=actor, school=school, kind="opening", values=row)
        again = services.lodge_pupil(actor=actor, school=school, kind="opening", values=row)
        assert first.state == "lodged"
        assert again.application == first.application


def test_the_workbook_with_findings_and_the_proof_lists_can_be_made(small_city: SmallCity) -> None:
    rows = good_rows(8)
    rows[0]["name"] = ""
    with acting(small_city.registrar()):
        view = _upload(small_city, workbook(rows))
        assert selectors.annotated(view.id).startswith(b"PK")
        lists = selectors.proof_lists(view.id)
        assert sum(len(one.rows) for one in lists) == 8
        name, data = selectors.template(small_city.id(PRIMARY), "entrants")
        assert name == f"新生入学名册-{PRIMARY}.xlsx"
        assert data.startswith(b"PK")


def test_the_worker_checks_in_the_name_of_who_uploaded(small_city: SmallCity) -> None:
    actor, school = small_city.registrar(), small_city.id(PRIMARY)
    with acting(actor):
        view = services.upload(actor=actor, school=school, kind="opening", data=workbook(good_rows(2)))
        services.defer_check(actor=actor, upload=view.id)
        with connection.cursor() as cursor:
            cursor.execute("SELECT args::text FROM procrastinate_jobs WHERE task_name = 'intake.check_upload'")
            ((arguments,),) = cursor.fetchall()
    assert json.loads(arguments) == {
        "upload": str(view.id),
        "person": str(actor.person),
        "post": str(actor.post),
        "organisation": str(actor.organisation),
    }
    check_upload(**json.loads(arguments))
    with acting(actor):
        assert (selectors.one(view.id).state, selectors.one(view.id).progress) == ("checked", 100)


def test_a_pupil_whom_the_register_holds_is_a_query_and_a_given_number_an_error(small_city: SmallCity) -> None:
    actor, school = small_city.registrar(), small_city.id(PRIMARY)
    rows = good_rows(3)
    rows[0]["registration_number"] = f"{PRIMARY}20070101"
    with acting(actor):
        lodged = services.lodge_workbook(actor=actor, school=school, kind="opening", data=workbook(rows))
    assert lodged.application is not None
    for by, act in (
        (small_city.proofreader(), "proofread"),
        (small_city.deputy_head(), "decide"),
        (small_city.head(), "approve"),
    ):
        with acting(by):
            applications.act(actor=by, application=lodged.application, act=act)
    again = [{**rows[0], "special_talent": "唱歌"}, {**rows[1], "name": "试另名"}]
    again.append({**rows[2], "id_document_type": "其他", "id_number": "", "class_serial": "8"})
    again[0]["class_serial"] = "7"
    with acting(actor):
        result = services.look_at(actor=actor, school=school, kind="opening", data=workbook(again))
    found = {(one.row, one.code, one.severity) for one in result.found()}
    assert found == {
        (2, "regno.in_use", "error"),
        (2, "register.in_force", "query"),
        (3, "register.under_check", "query"),
        (4, "register.under_check", "query"),
    }
    told = [(one.message.split("”", 1)[1], one.fields) for one in result.found() if one.code == "register.under_check"]
    assert told[0] == told[1], "the school must not learn what was matched"
    assert all(rows[0]["name"] not in one.message for one in result.found())


def test_a_roster_of_entrants_is_lodged_as_an_enrolment(small_city: SmallCity) -> None:
    actor, school = small_city.registrar(), small_city.id(PRIMARY)
    rows = [{**row, "class_serial": ""} for row in good_rows(5, kind="entrants")]
    with acting(actor):
        data = workbook(rows, kind="entrants")
        outcome = services.lodge_workbook(actor=actor, school=school, kind="entrants", data=data)
    assert (outcome.state, outcome.rows, outcome.findings) == ("lodged", 5, ())


def test_a_central_schools_roster_has_a_column_for_its_teaching_points(small_city: SmallCity) -> None:
    actor, school = small_city.registrar(CENTRAL), small_city.id(CENTRAL)
    rows = [{**row, "class_serial": ""} for row in good_rows(2)]
    rows[1]["site"] = "东村教学点"
    with acting(actor):
        data = workbook(rows, with_sites=True)
        outcome = services.lodge_workbook(actor=actor, school=school, kind="opening", data=data)
        assert (outcome.state, outcome.findings) == ("lodged", ())
        assert "校区（教学点）" in _headers(selectors.template(school, "opening")[1])
        assert "校区（教学点）" not in _headers(selectors.template(small_city.id(PRIMARY), "opening")[1])


def _headers(data: bytes) -> list[str]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return [str(cell) for cell in book.get_sheet_by_index(0).to_python()[0]]


def test_a_corrected_roster_takes_the_place_of_the_one_that_was_sent_back(small_city: SmallCity) -> None:
    actor, school = small_city.registrar(), small_city.id(PRIMARY)
    rows = good_rows(2)
    rows[0]["registration_number"] = f"{PRIMARY}20070101"
    with acting(actor):
        first = services.lodge_workbook(actor=actor, school=school, kind="opening", data=workbook(rows))
    assert first.application is not None
    proofreader = small_city.proofreader()
    with acting(proofreader):
        applications.act(actor=proofreader, application=first.application, act="send_back", reason="姓名录错")
    rows[1]["name"] = "试改正"
    with acting(actor):
        second = services.lodge_workbook(actor=actor, school=school, kind="opening", data=workbook(rows))
        states = dict(Application.objects.values_list("id", "state"))
    assert second.application is not None
    assert (states[first.application], states[second.application]) == ("retracted", "lodged")
