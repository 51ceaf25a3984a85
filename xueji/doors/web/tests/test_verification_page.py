"""查验: pasted code or file, the masked statement to compare with the paper; a changed file is refused."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.small_city import PRIMARY, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.duties.certificates import paper
from xueji.duties.certificates.tests.support import issue
from xueji.ground.parameters.selectors import rulebook
from xueji.pure.kernel.environment import today
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db


def test_a_paper_is_checked_by_its_code_or_its_file_and_shown_masked(small_city: SmallCity) -> None:
    made = issue(small_city, Lives(small_city).open(name="张小明").student)
    page = signed_in(small_city.clerk())

    def check(**sent: object) -> str:
        return page.post("/certificates/check/", sent).content.decode()

    for said in (check(text=made.statement), check(file=SimpleUploadedFile("证明.pdf", made.pdf))):
        assert "查验通过" in said
        for shown in ("张＊＊", "学籍证明", made.number, "秦淮云锦小学"):
            assert shown in said, shown
        assert "张小明" not in said
    kind = rulebook(today()).certificates["proof_of_registration"]
    facts = {
        "name": "张小朋", "gender": "男", "birth_date": "2001年3月4日", "ethnic_group": "汉族",
        "school": "秦淮云锦小学",
        "grade": "", "class_name": "二（1）班", "registration_number": f"{PRIMARY}20070101",
        "student_number": "20070101", "status": "在读", "enrolment_month": "2007年9月", "ended_on": "",
        "status_since": "2007年9月15日",
    }  # fmt: skip
    forged = paper.Paper(
        kind, made.number, facts, made.statement, "办理医疗保险", today(), paper.valid_until(kind, today())
    )
    changed = check(file=SimpleUploadedFile("证明.pdf", paper.print_paper(forged)))
    assert "查验不通过" in changed
    assert "文件可能被改动过" in changed
    for wrong, sentence in (
        (check(text=" "), "请把二维码"),
        (check(file=SimpleUploadedFile("a.pdf", b"x")), "不是可以识别的"),
    ):
        assert sentence in wrong
