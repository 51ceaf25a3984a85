"""A dossier from another node is evidence of a transfer: it fills the form, and the usual steps decide (ADR 0018)."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.small_city import PRIMARY, QINHUAI
from xueji.doors.web.tests.support import signed_in
from xueji.duties.dossiers import taking
from xueji.duties.dossiers.tasks import sweep_unlodged
from xueji.duties.dossiers.tests.support import export, signed_elsewhere, stranger
from xueji.duties.dossiers.verification import verify
from xueji.ground.accounts.context import acting
from xueji.ground.documents import selectors as stored
from xueji.ground.documents import services as documents
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.applications.papers.selectors import papers_of
from xueji.registry.applications.tests.support import child, step
from xueji.registry.applications.tests.ways import pdf_of, student_of
from xueji.registry.intake.facts import context_for
from xueji.registry.intake.headers import columns_of
from xueji.registry.photos.tests.pictures import portrait
from xueji.registry.register.selectors import student_record
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.usefixtures("fresh_database")

NUMBER = "3401020012320060101"


ROW = {**child(7, grade=3), "name": "沐阳", "guardian_1_name": "沐大年", "enrolment_month": "2006-09"}


def from_hefei(content: dict[str, Any]) -> None:
    """The content as another city's school would have it, of a child whom this register does not know."""
    content["photo"] = base64.b64encode(portrait(9)).decode()
    content["pupil"] |= {"name": ROW["name"], "school": "庐阳小学", "school_code": NUMBER[:11], "number": NUMBER}
    for section in content["sections"]:
        for item in section["items"]:
            if item["code"] in ROW and item["kind"] != "code":
                item |= {"value": ROW[item["code"]], "text": ROW[item["code"]]}


def test_a_dossier_of_another_city_becomes_an_arrival_that_the_usual_steps_decide_and_an_unlodged_one_goes(
    lives: Lives, environment: SeededEnvironment
) -> None:
    city = lives.city
    environment.move_to(datetime(2008, 10, 6, 9, tzinfo=LOCAL_ZONE))
    outside = stranger()
    outside.trusted()
    elsewhere = lives.open()
    file = signed_elsewhere(export(city.registrar(), elsewhere.student).content, outside, from_hefei)
    with acting(city.registrar()) as actor:
        columns = columns_of(context_for(city.id(PRIMARY), "into_city").catalogue, "into_city")
        incoming = taking.read_in(file, "档案.pdf", columns=[column.code for column in columns])
        assert incoming.values["prior_registration_number"] == NUMBER
        outcome = taking.lodge_arrival(
            actor=actor, incoming=incoming, place={"grade": "3", "class_no": "1"},
            papers=[("move_proof", "迁移证.pdf", pdf_of("迁移证"))],
        )  # fmt: skip
        assert outcome.application is not None, outcome.findings
        kept = next(one for one in papers_of(outcome.application, None) if one.key == taking.SHEET)
        assert "合肥市教育局签发，签名相符" in kept.name
        assert verify(documents.open_document(kept.document).content).result == "valid"
        ahead = taking.keep(actor=actor, incoming=incoming)  # as the page does, and then the form is never lodged
    uploaded = environment.now()
    for after, there in ((30, True), (31, False)):
        environment.move_to(uploaded + timedelta(days=after))
        sweep_unlodged(0)
        with acting(city.registrar()):
            assert (stored.document(ahead.id) is not None, stored.document(kept.document) is not None) == (there, True)
    environment.move_to(uploaded)
    for who, act in (
        (city.proofreader(), "proofread"),
        (city.deputy_head(), "decide"),
        (city.clerk(QINHUAI), "examine"),
    ):
        step(who, outcome.application, act)
    assert step(city.head(QINHUAI), outcome.application, "approve").state == "approved"
    with acting(city.registrar()):
        record = student_record(student_of(city, "沐阳"))
    assert record is not None
    assert record.sensitive["id_number"] == ROW["id_number"]
    with acting(city.registrar()):
        assert taking.photo_of(record.student) == portrait(9)
    page, client = f"/pupils/{record.student}/photo/", signed_in(city.registrar())
    assert "用档案里的照片" in client.get(page).content.decode()
    assert client.post(page, {"act": "dossier"})["Location"].startswith("/pupils/photos/item/")
    with acting(city.registrar()), pytest.raises(Refused, match="没有交电子学籍档案"):
        taking.photo_of(elsewhere.student)


def test_a_changed_or_untrusted_dossier_and_one_of_this_city_are_no_arrival(lives: Lives) -> None:
    made = export(lives.city.registrar(), lives.open().student).content
    with acting(lives.city.registrar()) as actor:
        own = taking.read_in(made, "档案.zip")
        with pytest.raises(Refused) as refused:
            taking.lodge_arrival(actor=actor, incoming=own, place={})
        assert (refused.value.code, "按转学办理" in refused.value.message) == ("dossier.here", True)
        with pytest.raises(Refused) as refused:
            taking.read_in(signed_elsewhere(made, stranger(), from_hefei), "档案.pdf")
        assert (refused.value.code, bool(refused.value.basis)) == ("dossier.untrusted", True)
