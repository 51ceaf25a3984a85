"""The dossier that moves with the pupil: who gives it out, what it says, and that no change of it passes (B3, A6)."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import date, datetime

import pytest
from pypdf import PdfReader

from tests.small_city import BAIXIA_PRIMARY, PRIMARY
from xueji.duties.certificates.tests.attested import leaver
from xueji.duties.certificates.tests.support import text_of
from xueji.duties.dossiers import services
from xueji.duties.dossiers.tests.support import GROUND, export, files_of, signed_elsewhere, stranger, zipped
from xueji.duties.dossiers.verification import verify
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.disclosure.models import Disclosure
from xueji.pure.kernel.dossier import JSON, PDF, SIGNATURE, TEXT
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Refused
from xueji.registry.applications.services import lodge_key_correction
from xueji.registry.applications.tests.support import step, two_pupils
from xueji.registry.applications.tests.ways import papers, pdf_of
from xueji.registry.record_items import services as items
from xueji.registry.register.selectors import student_record
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db

LONG = "阿卜杜拉·买买提·吐尔逊江𠮷䶮"


def test_a_dossier_is_a_pdf_with_all_data_inside_and_opens_without_this_system(lives: Lives) -> None:
    child = lives.open(name=LONG)
    lives.spell(child, "status", "suspended", date(2008, 3, 3))
    made = export(lives.city.registrar(), child.student, archive=False)
    reader = PdfReader(io.BytesIO(made.content))
    inside = {name: content[0] for name, content in reader.attachments.items()}
    assert set(inside) == {JSON, TEXT, SIGNATURE}
    assert b"pdfaid:part>3<" in reader.xmp_metadata.stream.get_data()  # type: ignore[union-attr]
    with acting(lives.city.registrar()):
        record = student_record(child.student)
    assert record is not None
    content, text, printed = json.loads(inside[JSON]), inside[TEXT].decode(), text_of(made.content)
    values = {item["code"]: item["value"] for section in content["sections"] for item in section["items"]}
    assert values == {**record.fields, **record.sensitive}
    assert content["registrations"][0]["number"] == record.latest.number
    assert [one["kind"] for one in content["entries"]] == ["opening", "status"]
    for said in (LONG, record.latest.number, str(record.sensitive["id_number"]), "休学", "秦淮云锦小学", GROUND):
        assert said in text, said
        assert said in printed, said
    with acting_system():
        (line,) = Disclosure.objects.filter(kind="export", subjects=[child.student])
    assert line.ground == GROUND


def test_a_dossier_says_what_the_record_holds_beside_its_fields(lives: Lives, environment: SeededEnvironment) -> None:
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))
    child = lives.open(name="张小明")
    with acting(lives.city.registrar()) as actor:
        marks = {"chinese": "92.5", "mathematics": "优秀"}
        items.record(actor=actor, student=child.student, kind="term_marks", on="2007-autumn", typed=marks)
        said = {"punishment": "警告", "cause": "损坏公物"}
        gone = items.record(actor=actor, student=child.student, kind="punishment", on="2008-05-06", typed=said)
        items.remove(actor=actor, student=child.student, item=gone, reason="不是本人的")
    made = export(lives.city.registrar(), child.student)
    assert verify(made.content).result == "valid"
    files = files_of(made.content)
    content = json.loads(files[JSON])
    section = next(one for one in content["sections"] if one["title"] == "成绩与综合素质")
    assert [(one["label"], one["text"]) for one in section["items"]] == [
        ("2007-2008 学年第一学期成绩", "语文 92.5；数学 优秀")
    ]
    assert section["items"][0]["value"]["parts"] == {"chinese": "92.5", "mathematics": "A"}
    assert "奖励与处分" not in [one["title"] for one in content["sections"]]
    for words in (files[TEXT].decode(), text_of(files[PDF])):
        for one in ("2007-2008 学年第一学期成绩", "语文 92.5；数学 优秀", "登记档案项目", "撤下（原因：不是本人的）"):
            assert one.replace(" ", "") in "".join(words.split()), one


def test_a_dossier_that_nobody_changed_is_valid_also_with_the_public_key_alone(lives: Lives) -> None:
    made = export(lives.city.registrar(), lives.open().student)
    with acting(lives.city.registrar(BAIXIA_PRIMARY)):
        assert verify(made.content).result == "valid"
        assert verify(files_of(made.content)[PDF]).result == "valid"
        manifest = json.loads(files_of(made.content)[SIGNATURE])
        assert verify(made.content, public_key=bytes.fromhex(manifest["public"])).result == "valid"
        assert verify(made.content, public_key=stranger().public).result == "changed"


def test_a_change_is_told_with_its_place(lives: Lives) -> None:
    made = export(lives.city.registrar(), lives.open(name="张小明").student)
    files = files_of(made.content)
    content = json.loads(files[JSON])
    manifest = json.loads(files[SIGNATURE])
    numbered = content["registrations"][0]["number"].encode()
    other = json.loads(files[JSON])
    other["pupil"]["name"] = "张小朋"
    changed = {
        "历次学籍第 1 条": {
            JSON: files[JSON].replace(b'"number": "' + numbered, b'"number": "' + numbered[:-1] + b"9", 2)
        },
        "dossier.txt：第 3 行": {TEXT: files[TEXT].replace("姓名：张小明".encode(), "姓名：张小朋".encode(), 1)},
        "第 1 页的文字": {PDF: services._pdf(other, {name: files[name] for name in (JSON, TEXT, SIGNATURE)})},
        "签名不符": {SIGNATURE: json.dumps({**manifest, "pages": []}).encode()},
    }
    with acting(lives.city.registrar()):
        for place, one in changed.items():
            answer = verify(zipped({**files, **one}))
            assert answer.result == "changed", place
            assert place in answer.reason
        for faulty in (b"%PDF-1.7", b"PK\x03\x04", b"", zipped({PDF: files[PDF][:2000]})):
            with pytest.raises(Refused):
                verify(faulty)


def test_a_key_that_nobody_here_trusted_or_that_was_revoked_makes_no_evidence(lives: Lives) -> None:
    made = export(lives.city.registrar(), lives.open().student).content
    outside = stranger()
    file = signed_elsewhere(made, outside)
    with acting(lives.city.registrar()):
        answer = verify(file)
    assert (answer.result, outside.key in answer.reason) == ("untrusted", True)
    outside.trusted(revoked_on=date(2008, 8, 1), reason="遗失")
    with acting(lives.city.registrar()):
        assert "已于 2008-08-01 吊销，遗失" in verify(file).reason
        # A bureau that is trusted signs for itself alone.
        assert "不是所称签发单位的" in verify(signed_elsewhere(made, stranger("320103", "白下区教育局"))).reason


def test_the_papers_that_changes_rest_on_are_listed_with_file_number_and_digest(
    lives: Lives, environment: SeededEnvironment
) -> None:
    student = two_pupils(lives.city, environment)
    environment.move_to(datetime(2008, 10, 6, 9, tzinfo=LOCAL_ZONE))
    with acting(lives.city.registrar()) as actor:
        lodged = lodge_key_correction(
            actor=actor, school=lives.city.id(PRIMARY), student=student, values={"name": "石改名"}, reason="录入时抄错",
            evidence=papers(actor, ("hukou_or_police_proof",)),
        ).application  # fmt: skip
    for who, act in (
        (lives.city.proofreader(), "proofread"),
        (lives.city.deputy_head(), "decide"),
        (lives.city.clerk(), "examine"),
        (lives.city.head(), "approve"),
    ):
        step(who, lodged, act)
    files = files_of(export(lives.city.registrar(), student).content)
    (paper,) = json.loads(files[JSON])["evidence"]
    assert paper["sha256"] == hashlib.sha256(pdf_of("hukou_or_police_proof")).hexdigest()
    assert (paper["name"], paper["size"]) == ("hukou_or_police_proof.pdf", len(pdf_of("hukou_or_police_proof")))
    assert paper["file_number"]
    printed = "".join(text_of(files[PDF]).split())
    for said in ("变动材料", paper["file_number"], paper["title"]):
        assert said in files[TEXT].decode()
        assert said in printed
    assert paper["sha256"] in files[TEXT].decode()
    assert paper["sha256"] in printed


def test_the_record_moves_with_the_pupil_and_stays_with_the_last_school(lives: Lives) -> None:
    city = lives.city
    gone = lives.open()
    lives.transfer(gone, BAIXIA_PRIMARY, date(2008, 3, 3))
    assert export(city.registrar(BAIXIA_PRIMARY), gone.student).pages > 0
    left = leaver(lives)
    assert export(city.deputy_head(PRIMARY), left.student).pages > 0
    for actor, student, code in (
        (city.registrar(PRIMARY), gone.student, "dossier.moved"),
        (city.proofreader(PRIMARY), left.student, "dossier.post"),
        (city.clerk(), left.student, "dossier.custody"),
        (city.registrar(BAIXIA_PRIMARY), left.student, "dossier.unknown"),
    ):
        with pytest.raises(Refused) as refused:
            export(actor, student)
        assert (refused.value.code, bool(refused.value.basis)) == (code, True)
