"""A kind of change that nobody has thought of: a pure file and its values are all that it needs (design §1).

The kind "校外实践" exists in this test alone. It goes through the page, all its steps, the journal, the timeline and
the page of procedures without a line elsewhere.
"""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

import xueji.pure.procedures
from tests.small_city import PRIMARY, QINHUAI, SmallCity, make_small_city
from xueji.config.procedures import AS_OF, document
from xueji.doors.web.tests.support import load, signed_in
from xueji.ground.accounts.context import acting
from xueji.ground.parameters.build import rulebook_from_files
from xueji.ground.parameters.loader import default_folder
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.procedures.frame import procedures
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.tests.ways import pdf_of
from xueji.registry.register import selectors as register

pytestmark = pytest.mark.usefixtures("fresh_database")

PROCEDURE = '''"""校外实践: for a test."""
from xueji.pure.kernel.operations import SetFields
from xueji.pure.procedures.frame import ChangeFacts, Procedure
from xueji.pure.procedures.planned import Plan


def go_out(facts: ChangeFacts) -> Plan:
    return Plan([facts.entry(SetFields({"native_place": facts.claim["place"]}))])


PROCEDURE = Procedure("field_practice", go_out)
'''
VALUES = """changes:
  - kind: field_practice
    kind_no: "99"
    title: 校外实践
    group: 试验
    from: 2007-09-01
    from_status: [in_school]
    asks:
      - {key: place, label: 实践地点, type: text}
    phases:
      - key: school
        at: applicant
        days: 3
        steps:
          - {key: decide, act: decide, role: deputy_head, title: 分管校长审核, register_check: true}
      - key: bureau
        at: bureau_of_applicant
        days: 3
        steps:
          - {key: approve, act: approve, role: head, title: 主管教育局审批, register_check: true}
    evidence:
      - {key: plan, title: 实践方案, basis: 试验}
    limits:
      - code: practice_pending
        kind: pending_application
        message: 该学生另有正在办理的学籍申请，请待其办结后再报
        basis: 试验
    file_number: "{bureau}-{year}-{kind_no}-{serial:04d}"
    basis: 试验
    certainty: 只在测试中
"""


@pytest.fixture
def invented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The kind's file beside the others, its values in a copy of the rulebook."""
    code, values = tmp_path / "code", tmp_path / "rulebooks"
    code.mkdir()
    (code / "field_practice.py").write_text(PROCEDURE, encoding="utf-8")
    shutil.copytree(default_folder(), values)
    (values / "city" / "nanjing-2008" / "changes" / "field_practice.yaml").write_text(VALUES, encoding="utf-8")
    path = [*xueji.pure.procedures.__path__, str(code)]
    monkeypatch.setattr(xueji.pure.procedures, "__path__", path)
    return values


def test_a_new_kind_needs_its_file_and_its_values_and_nothing_else(
    invented: Path, environment: SeededEnvironment
) -> None:
    assert "field_practice" in procedures()
    city = make_small_city(folder=invented)
    load(city, PRIMARY, range(2), 3, QINHUAI)
    environment.move_to(datetime(2008, 9, 22, 9, tzinfo=LOCAL_ZONE))
    with acting(city.registrar(PRIMARY)) as registrar:
        student = register.find_students(schools=[registrar.organisation]).pupils[0].student
    registrar_at_page = signed_in(city.registrar(PRIMARY))
    assert "校外实践" in registrar_at_page.get("/changes/new/").content.decode()
    paper = SimpleUploadedFile("plan.pdf", pdf_of("plan"), "application/pdf")
    lodged = registrar_at_page.post(f"/changes/new/field_practice/{student}/", {"place": "320100", "paper_plan": paper})
    application = UUID(lodged["Location"].rstrip("/").rsplit("/", 1)[1])
    _decide(city, application)
    page = registrar_at_page.get(f"/pupils/{student}/").content.decode()
    assert "校外实践" in page[page.index("学籍经过") :]
    with acting(city.registrar(PRIMARY)):
        record = register.student_record(student)
    assert record is not None
    assert record.fields["native_place"] == "320100"
    assert "### 99 校外实践 `field_practice`" in document(rulebook_from_files(AS_OF, folder=invented))


def _decide(city: SmallCity, application: UUID) -> None:
    for actor, act in ((city.deputy_head(PRIMARY), "decide"), (city.head(QINHUAI), "approve")):
        client = signed_in(actor)
        seen = re.search(r'name="seen" value="(\d+)"', client.get(f"/changes/{application}/").content.decode())
        assert seen
        client.post(f"/changes/{application}/act/", {"act": act, "seen": seen[1]})
    with acting(city.registrar(PRIMARY)):
        view = applications.application(application)
    assert view is not None
    assert view.state == "approved"
