"""Through the API: the same findings as by workbook and form, and only for who may."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.small_city import PRIMARY, SmallCity
from xueji.doors.api.auth import token_for
from xueji.ground.accounts.context import acting, acting_system, identified, system_actor
from xueji.ground.accounts.models import Account, PostHolding
from xueji.ground.accounts.services import activate_many, end_holding
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Actor
from xueji.registry.intake.services import check_pupil
from xueji.registry.intake.tests.faults import FAULTS, RIGHT
from xueji.registry.intake.tests.invented import good_row, good_rows, workbook

pytestmark = pytest.mark.django_db


def _client(actor: Actor) -> Client:
    with identified(actor.person):
        account = Account.objects.get(pk=actor.person)
    return Client(headers={"Authorization": f"Bearer {token_for(account, actor)}"})


def _post(client: Client, address: str, body: Any) -> Any:
    return client.post(address, json.dumps(body, default=str), content_type="application/json")


def _file(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("名册.xlsx", data)


def _findings(answer: Any) -> list[tuple[str, str, tuple[str, ...]]]:
    assert answer.status_code == 200, answer.content
    return [(one["code"], one["severity"], tuple(one["columns"])) for one in answer.json()["findings"]]


def test_invariant_12_the_same_fault_gives_the_same_finding_by_workbook_form_and_api(small_city: SmallCity) -> None:
    actor = small_city.registrar()
    client = _client(actor)
    sent = 0
    for fault in FAULTS:
        if fault.school or any(isinstance(value, date) for value in fault.change.values()):
            continue  # another kind of school, or a cell that only a workbook can hold
        by_file = client.post(
            "/api/intake/check", {"kind": fault.kind, "file": _file(workbook([fault.row], kind=fault.kind))}
        )
        if any(isinstance(value, str) and value.startswith("=") for value in fault.change.values()):
            assert "cell.formula" in {code for code, _, _ in _findings(by_file)}
            continue
        by_api = _post(client, "/api/students/check", {"kind": fault.kind, "values": fault.row})
        assert _findings(by_api) == _findings(by_file), fault.code
        assert fault.code in {code for code, _, _ in _findings(by_api)}, fault.code
        if fault.text_only:
            with acting(actor):
                form = check_pupil(actor=actor, school=actor.organisation, kind=fault.kind, values=fault.row)
            assert [(one.code, one.severity, one.columns) for one in form.found()] == _findings(by_api)
        sent += 1
    assert sent >= 80


def test_good_values_bear_no_finding_by_api(small_city: SmallCity) -> None:
    client = _client(small_city.registrar())
    for change in RIGHT:
        assert (
            _findings(_post(client, "/api/students/check", {"kind": "opening", "values": {**good_row(7), **change}}))
            == []
        )


def test_a_pupil_may_be_sent_by_the_headers_of_the_official_form(small_city: SmallCity) -> None:
    labels = {"name": "姓名", "id_number": "身份证号", "guardian_1_phone": "监护人1·联系电话"}
    values = {labels.get(code, code): text for code, text in good_row(3).items()}
    client = _client(small_city.registrar())
    assert _findings(_post(client, "/api/students/check", {"kind": "opening", "values": values})) == []


def test_a_roster_and_a_pupil_are_lodged_by_api(small_city: SmallCity) -> None:
    client = _client(small_city.registrar())
    data = workbook(good_rows(5))
    first = client.post("/api/intake/lodge", {"kind": "opening", "file": _file(data)}).json()
    again = client.post("/api/intake/lodge", {"kind": "opening", "file": _file(data)}).json()
    assert first["state"] == "lodged"
    assert again["application"] == first["application"]
    one = _post(client, "/api/students", {"kind": "opening", "values": good_row(40)}).json()
    assert one["state"] == "lodged"
    wrong = _post(client, "/api/students", {"kind": "opening", "values": {**good_row(41), "name": ""}}).json()
    assert (wrong["state"], wrong["application"]) == ("refused", None)


def test_a_file_that_is_no_workbook_gets_a_sentence(small_city: SmallCity) -> None:
    answer = _client(small_city.registrar()).post("/api/intake/check", {"kind": "opening", "file": _file(b"text")})
    assert answer.status_code == 409
    assert answer.json()["code"] == "workbook.not_a_workbook"


def test_invariant_10_nobody_checks_or_lodges_outside_the_own_post(small_city: SmallCity) -> None:
    nobody = Client().post("/api/intake/check", {"kind": "opening", "file": _file(workbook(good_rows(1)))})
    assert nobody.status_code == 401
    forged = Client(headers={"Authorization": "Bearer not-a-token"})
    assert _post(forged, "/api/students", {"kind": "opening", "values": good_row()}).status_code == 401
    for actor in (small_city.clerk(), small_city.deputy_head()):
        answer = _post(_client(actor), "/api/students", {"kind": "opening", "values": good_row()})
        assert answer.status_code == 409
        assert answer.json()["code"] == "intake.not_your_school"


def test_a_token_ends_with_the_post(small_city: SmallCity, environment: SeededEnvironment) -> None:
    actor = small_city.registrar()
    client = _client(actor)
    with acting_system():
        holding = PostHolding.objects.get(account=actor.person, post=actor.post)
        end_holding(actor=system_actor(small_city.id("320100")), holding=holding.id)
    assert _post(client, "/api/students/check", {"kind": "opening", "values": good_row()}).status_code == 401


def test_an_upload_of_another_school_is_not_found(small_city: SmallCity) -> None:
    client = _client(small_city.registrar())
    made = client.post("/api/intake/uploads", {"kind": "opening", "file": _file(workbook(good_rows(1)))})
    assert made.status_code == 202
    address = f"/api/intake/uploads/{made.json()['id']}"
    assert client.get(address).json()["state"] == "waiting"
    other = _client(small_city.registrar("32010321001"))
    assert other.get(address).json()["code"] == "intake.no_upload"


def test_a_session_needs_the_csrf_token(small_city: SmallCity) -> None:
    actor = small_city.registrar()
    with acting_system():
        activate_many(passwords=[(actor.person, "一个够长的口令2008")])
    with identified(actor.person):
        account = Account.objects.get(pk=actor.person)
    client = Client(enforce_csrf_checks=True)
    client.force_login(account, backend="xueji.ground.accounts.backends.AccountBackend")
    session = client.session
    session["post"] = [str(actor.post), str(actor.organisation)]
    session.save()
    body = {"kind": "opening", "values": good_row()}
    assert _post(client, "/api/students/check", body).status_code in (401, 403)
    assert client.get("/api/intake/template?kind=opening").status_code == 200


def test_a_program_gets_a_token_by_log_in_and_post(small_city: SmallCity) -> None:
    actor = small_city.registrar()
    with acting_system():
        activate_many(passwords=[(actor.person, "一个够长的口令2008")])
    with identified(actor.person):
        login = Account.objects.get(pk=actor.person).login
    asked = {"login": login, "password": "一个够长的口令2008", "organisation": PRIMARY}
    given = _post(Client(), "/api/token", asked)
    assert given.status_code == 200
    client = Client(headers={"Authorization": f"Bearer {given.json()['token']}"})
    assert _findings(_post(client, "/api/students/check", {"kind": "opening", "values": good_row()})) == []
    assert _post(Client(), "/api/token", {**asked, "password": "不对的口令2008"}).status_code == 401
    assert _post(Client(), "/api/token", {**asked, "organisation": "32010321001"}).status_code == 401
