"""Pages of the dossier (out and in) and of templates: what is asked, what comes, what is refused in plain words."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfReader

from tests.small_city import CITY, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.duties.certificates.services import templating
from xueji.duties.certificates.tests.attested import DIPLOMA
from xueji.duties.dossiers.tests.support import GROUND, export, signed_elsewhere, stranger
from xueji.duties.dossiers.tests.test_taking import from_hefei
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.disclosure.models import Disclosure
from xueji.ground.organisations import selectors as organisations
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db


def test_a_dossier_is_exported_with_a_ground_by_who_keeps_the_record(small_city: SmallCity) -> None:
    pupil = Lives(small_city).open(name="张小明")
    url = f"/pupils/{pupil.student}/dossier/"
    page = signed_in(small_city.registrar())
    assert "导出学籍档案" in page.get(f"/pupils/{pupil.student}/").content.decode()
    assert "请写明查看完整信息的事由" in page.post(url, {"form": "pdf", "ground": ""}).content.decode()
    made = page.post(url, {"form": "pdf", "ground": GROUND})
    assert (made.status_code, made.headers["Content-Type"]) == (200, "application/pdf")
    assert len(PdfReader(io.BytesIO(made.content)).attachments) == 3
    assert page.post(url, {"form": "zip", "ground": ""}).content.startswith(b"PK")  # the same piece of work
    with acting_system():
        assert [one.ground for one in Disclosure.objects.filter(kind="export")] == [GROUND, GROUND]
    bureau = signed_in(small_city.clerk()).get(url).content.decode()
    assert "该生的档案由秦淮云锦小学保管" in bureau
    assert signed_in(small_city.proofreader()).get(url).status_code == 404


def test_a_dossier_from_outside_fills_the_form_and_stands_among_its_papers(small_city: SmallCity) -> None:
    outside = stranger()
    file = signed_elsewhere(
        export(small_city.registrar(), Lives(small_city).open().student).content, outside, from_hefei
    )
    page, url = signed_in(small_city.registrar()), "/pupils/intake/one/"
    assert "有电子学籍档案的" in page.get(f"{url}?kind=into_city").content.decode()

    def sent() -> str:
        upload = SimpleUploadedFile("档案.pdf", file)
        return page.post(url, {"kind": "into_city", "dossier_file": upload}).content.decode()

    assert "没有信任签发单位的密钥" in sent()
    outside.trusted()
    filled = sent()
    for said in ("核对无误", 'value="沐阳"', 'value="3401020012320060101"', "合肥市教育局签发，签名相符"):
        assert said in filled, said


def test_a_bureau_tries_a_template_and_its_head_decides(small_city: SmallCity) -> None:
    url = f"/certificates/templates/{DIPLOMA}/"
    clerk, head = signed_in(small_city.clerk(CITY)), signed_in(small_city.head(CITY))
    assert "毕业证书" in clerk.get("/certificates/templates/").content.decode()
    assert "由负责人决定起用" in clerk.get(url).content.decode()
    changed = {"frame-2-label": "南京市教育局验印章", "code-x": "90"}
    sample = clerk.post(url, {"what": "preview", **changed})
    assert sample.headers["Content-Type"] == "application/pdf"
    wrong = head.post(url, {"what": "decide", "code-x": "x", "starts_on": "20080910", "basis": "宁教学〔2008〕21号"})
    assert "请写毫米数" in wrong.content.decode()
    decided = head.post(
        url, {"what": "decide", **changed, "starts_on": "20080910", "basis": "宁教学〔2008〕21号"}, follow=True
    )
    assert "从 2008-09-10 起用" in decided.content.decode()
    with acting(small_city.head(CITY)):
        bureau = organisations.by_id(small_city.id(CITY))
        sheet = templating.own_book(bureau, date(2008, 9, 10)).certificates[DIPLOMA].sheet
    assert sheet is not None
    assert (sheet.code_x, sheet.frames[2].label) == (90, "南京市教育局验印章")
    assert signed_in(small_city.registrar()).get(url).status_code == 404
