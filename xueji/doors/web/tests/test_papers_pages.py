"""Papers at the pages: looked at one after another, added, printed, scanned and filed; every look is logged."""

from __future__ import annotations

import io
from datetime import date, datetime
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdf import PdfReader

from tests.small_city import BAIXIA, NINE_YEAR, PRIMARY, QINHUAI, Beginning, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.disclosure.models import Disclosure, DisclosureKind
from xueji.ground.documents.tests import hostile
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.registry.applications import services
from xueji.registry.applications.models import Evidence
from xueji.registry.applications.tests.support import child, step, two_pupils

pytestmark = pytest.mark.usefixtures("fresh_database")
CLAIM = {"effective_on": "2008-09-22", "until": "2009-08-31", "reason_code": "illness"}


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def beginning() -> Beginning:
    return two_pupils


@pytest.fixture
def pupil(begun: UUID, environment: SeededEnvironment) -> UUID:
    environment.move_to(datetime(2008, 9, 22, 9, tzinfo=LOCAL_ZONE))
    return begun


def lodge(city: SmallCity, pupil: UUID) -> UUID:
    """A suspension with a form of three pages and a photo of a medical proof."""
    with acting(city.registrar()) as actor:
        papers = [
            (key, services.keep_paper(actor=actor, name=name, content=content).id)
            for key, name, content in (
                ("application_form", "申请表.pdf", hostile.of_pages(3)),
                ("medical_proof", "病历.jpg", hostile.photo(size=(900, 1200))),
            )
        ]
        return services.lodge_change(
            actor=actor, kind="suspension", school=city.id(PRIMARY), student=pupil, claim=CLAIM, evidence=papers
        ).application


@pytest.fixture
def suspension(small_city: SmallCity, pupil: UUID) -> UUID:
    return lodge(small_city, pupil)


def documents(application: UUID) -> dict[str, UUID]:
    with acting_system():
        return {one.key: one.document for one in Evidence.objects.filter(application=application)}


def looks() -> int:
    with acting_system():
        return Disclosure.objects.filter(kind=DisclosureKind.LOOK).count()


def text(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_the_viewer_goes_from_page_to_page_and_paper_to_paper(small_city: SmallCity, suspension: UUID) -> None:
    clerk, papers = signed_in(small_city.clerk(QINHUAI)), documents(suspension)
    form, proof = (f"/changes/{suspension}/evidence/{papers[key]}/" for key in ("application_form", "medical_proof"))
    assert f'hx-get="{form}"' in text(clerk, f"/changes/{suspension}/")
    first = text(clerk, form)
    assert "第 1 / 3 页，第 1 / 2 份" in first
    assert f"{form}?page=2&amp;zoom=100" in first
    last = text(clerk, f"{form}?page=3&zoom=150")
    assert f"{proof}?page=1&amp;zoom=150" in last
    assert "第 2 / 2 份" in text(clerk, f"{proof}?page=9")
    inside = clerk.get(form, headers={"HX-Request": "true"}).content.decode()
    assert 'id="paper-view"' in inside
    assert "<html" not in inside


def test_a_page_is_shown_as_a_picture_made_anew_and_each_view_is_logged(
    small_city: SmallCity, suspension: UUID, pupil: UUID
) -> None:
    clerk, papers = signed_in(small_city.clerk(QINHUAI)), documents(suspension)
    before = looks()
    for page in (1, 2):
        answer = clerk.get(f"/changes/{suspension}/evidence/{papers['application_form']}/pages/{page}/")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.content.startswith(b"\xff\xd8")
    assert looks() == before + 2
    with acting_system():
        last = Disclosure.objects.latest("sequence")
    assert (last.subjects, last.person) == ([pupil], small_city.clerk(QINHUAI).person)


def test_the_original_is_saved_never_shown_as_a_page_of_ours(small_city: SmallCity, suspension: UUID) -> None:
    clerk, papers = signed_in(small_city.clerk(QINHUAI)), documents(suspension)
    answer = clerk.get(f"/changes/{suspension}/evidence/{papers['application_form']}/original/")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.content == hostile.of_pages(3)


def test_papers_are_seen_by_those_on_the_file_and_by_nobody_else(small_city: SmallCity, suspension: UUID) -> None:
    papers = documents(suspension)
    for stranger in (small_city.registrar(NINE_YEAR), small_city.clerk(BAIXIA)):
        client = signed_in(stranger)
        for tail in ("", "pages/1/", "original/"):
            address = f"/changes/{suspension}/evidence/{papers['medical_proof']}/{tail}"
            assert client.get(address).status_code == 404


def test_a_paper_is_added_and_put_in_anothers_place_at_the_page(small_city: SmallCity, suspension: UUID) -> None:
    registrar = signed_in(small_city.registrar())
    add = f"/changes/{suspension}/evidence/add/"
    answer = registrar.post(add, {"kind": "other", "file": upload("说明.png", hostile.photo("PNG"))}, follow=True)
    assert "材料已添加" in answer.content.decode()
    with acting_system():
        proof = Evidence.objects.get(application=suspension, key="medical_proof")
    answer = registrar.post(
        add, {"kind": "other", "supersedes": str(proof.id), "file": upload("新病历.jpg", hostile.photo())}, follow=True
    )
    page = answer.content.decode()
    assert "起由“新病历.jpg”替换" in page
    assert "新病历.jpg" in page
    with acting_system():
        assert Evidence.objects.get(supersedes=proof.id).key == "medical_proof"
    assert "添加或替换材料" not in text(signed_in(small_city.clerk(QINHUAI)), f"/changes/{suspension}/")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pdf", hostile.with_script(), "含有脚本"),
        ("a.jpg", hostile.of_pages(1), "与扩展名"),
        ("a.png", hostile.bomb(), "像素"),
    ],
)
def test_a_broken_or_disguised_file_is_refused_on_the_page_with_the_reason(
    small_city: SmallCity, suspension: UUID, name: str, content: bytes, words: str
) -> None:
    registrar = signed_in(small_city.registrar())
    answer = registrar.post(f"/changes/{suspension}/evidence/add/", {"kind": "other", "file": upload(name, content)})
    assert answer.status_code == 409
    assert words in answer.content.decode()
    assert len(documents(suspension)) == 2


@pytest.mark.parametrize(("paper", "words"), [("slip", "受理回执"), ("notice", "一次性告知书"), ("form", "休学申请表")])
def test_each_paper_is_printed_from_the_page_and_the_print_is_logged(
    small_city: SmallCity, suspension: UUID, paper: str, words: str
) -> None:
    registrar = signed_in(small_city.registrar())
    answer = registrar.post(f"/changes/{suspension}/print/{paper}/")
    assert answer.headers["Content-Type"] == "application/pdf"
    found = "".join(PdfReader(io.BytesIO(answer.content)).pages[0].extract_text().split())
    assert words in found
    with acting_system():
        assert Disclosure.objects.latest("sequence").kind == DisclosureKind.PRINT


def test_before_lodging_the_form_is_printed_blank_or_prefilled_and_what_is_missing_is_told(
    small_city: SmallCity, pupil: UUID
) -> None:
    registrar = signed_in(small_city.registrar())
    assert registrar.get("/changes/new/suspension/form/").headers["Content-Type"] == "application/pdf"
    address = f"/changes/new/suspension/{pupil}/"
    assert f"{address}print/notice/" in text(registrar, address)
    told = registrar.post(f"{address}print/notice/", {"given": ["application_form"]}).content
    found = "".join(PdfReader(io.BytesIO(told)).pages[0].extract_text().split())
    assert "尚缺：县级以上医院病历" in found
    filled = registrar.post(f"{address}print/form/").content
    assert str(child(1)["name"]) in "".join(PdfReader(io.BytesIO(filled)).pages[0].extract_text().split())


def test_a_scan_of_a_printed_form_finds_its_file_and_is_filed_after_confirmation(
    small_city: SmallCity, suspension: UUID
) -> None:
    registrar = signed_in(small_city.registrar())
    form = registrar.post(f"/changes/{suspension}/print/form/").content
    answer = registrar.post("/changes/scan/", {"files": [upload("扫描001.pdf", form)]})
    page = answer.content.decode()
    assert "休学 · " in page
    assert len(documents(suspension)) == 2  # nothing is filed yet
    document = page.split('name="pick" value="')[1].split('"')[0]
    done = registrar.post(
        "/changes/scan/confirm/", {"pick": [document], f"kind_{document}": "form"}, follow=True
    ).content.decode()
    assert "已归档 1 份扫描件" in done
    assert "扫描归档" in done
    assert documents(suspension)["form"] == UUID(document)
    again = registrar.post("/changes/scan/", {"files": [upload("扫描001.pdf", form)]}).content.decode()
    assert "不必再归档" in again


def test_the_form_with_all_seals_is_filed_after_the_approval_too(small_city: SmallCity, suspension: UUID) -> None:
    registrar = signed_in(small_city.registrar())
    for actor, act in (
        (small_city.proofreader(), "proofread"),
        (small_city.deputy_head(), "decide"),
        (small_city.clerk(QINHUAI), "examine"),
        (small_city.head(QINHUAI), "approve"),
    ):
        step(actor, suspension, act)
    form = registrar.post(f"/changes/{suspension}/print/form/").content
    page = registrar.post("/changes/scan/", {"files": [upload("a.pdf", form)]}).content.decode()
    document = page.split('name="pick" value="')[1].split('"')[0]
    registrar.post("/changes/scan/confirm/", {"pick": [document], f"kind_{document}": "form"})
    assert documents(suspension)["form"] == UUID(document)


def test_of_an_act_that_no_school_lodges_there_is_no_form_and_it_is_said_why(small_city: SmallCity) -> None:
    registrar = signed_in(small_city.registrar())
    for kind, why in (
        ("school_merger", "学校合并由教育局办理"),
        ("district_renaming", "由教育局办理，学校不用填写申请表"),
    ):
        answer = registrar.get(f"/changes/new/{kind}/form/")
        assert (answer.status_code, why in answer.content.decode()) == (403, True)
    assert registrar.get("/changes/new/nonsense/form/").status_code == 404


def test_a_scan_that_belongs_nowhere_says_why(small_city: SmallCity, pupil: UUID, suspension: UUID) -> None:
    registrar = signed_in(small_city.registrar())
    blank = registrar.get("/changes/new/suspension/form/").content
    own = registrar.post(f"/changes/{suspension}/print/form/").content
    page = registrar.post(
        "/changes/scan/",
        {"files": [upload("照片.jpg", hostile.photo()), upload("空白.pdf", blank), upload("坏.pdf", own[:900])]},
    ).content.decode()
    assert "没有找到查找码" in page
    assert "这是空白表" in page
    assert "不完整或已损坏" in page
    answer = signed_in(small_city.registrar(NINE_YEAR)).post("/changes/scan/", {"files": [upload("a.pdf", own)]})
    assert "不在您单位的管理范围内" in answer.content.decode()


def test_a_prefilled_form_finds_the_application_that_was_lodged_meanwhile(small_city: SmallCity, pupil: UUID) -> None:
    registrar = signed_in(small_city.registrar())
    form = registrar.post(f"/changes/new/suspension/{pupil}/print/form/").content
    page = registrar.post("/changes/scan/", {"files": [upload("a.pdf", form)]}).content.decode()
    assert "还没有在办的这种申请" in page
    assert f"/changes/new/suspension/{pupil}/" in page
    application = lodge(small_city, pupil)
    page = registrar.post("/changes/scan/", {"files": [upload("a.pdf", form)]}).content.decode()
    assert f"/changes/{application}/" in page


def test_an_application_from_paper_is_marked_with_the_papers_date(small_city: SmallCity, pupil: UUID) -> None:
    with acting(small_city.registrar()) as actor:
        papers = [
            (key, services.keep_paper(actor=actor, name="a.pdf", content=hostile.of_pages(1)).id)
            for key in ("application_form", "medical_proof")
        ]
        application = services.lodge_change(
            actor=actor,
            kind="suspension",
            school=small_city.id(PRIMARY),
            student=pupil,
            claim={"effective_on": "2008-09-16", "until": "2009-08-31", "reason_code": "illness"},
            evidence=papers,
            paper_date=date(2008, 9, 16),
            paper_reason="机房停电，系统停用",
        ).application
    page = text(signed_in(small_city.clerk(QINHUAI)), f"/changes/{application}/")
    assert "补录" in page
    assert "2008-09-16" in page
    assert "机房停电" in page
