"""Every kind that stands in words: its PDF can be read back and says what was to be said; no door issues around what
lacks (issue 5, shows 1 and 2). The sheets are held by ``test_sheets``."""

from __future__ import annotations

from datetime import date

import pytest

from tests.small_city import BAIXIA_PRIMARY, JUNIOR
from xueji.doors.web.tests.support import signed_in
from xueji.duties.certificates.models import Certificate
from xueji.duties.certificates.paper import Paper, print_paper
from xueji.duties.certificates.services import PROOF
from xueji.duties.certificates.sheets import SAMPLE
from xueji.duties.certificates.tests.support import text_of
from xueji.ground.accounts.context import acting_system
from xueji.ground.parameters.build import rulebook_from_files
from xueji.registry.register.models import Student
from xueji.registry.register.tests.lives import Lives

DAY = date(2008, 9, 1)
PROOFS = {code: one for code, one in rulebook_from_files(DAY).certificates.items() if one.sheet is None}
FACTS = {
    **SAMPLE, "status": "在读", "status_since": "2008年3月3日", "home_school": "安徽省合肥市庐阳小学",
    "former_school": "秦淮云锦小学", "how_ended": "毕业", "keeping": "该校已撤销，学籍档案由我单位保管。",
}  # fmt: skip


@pytest.mark.parametrize("code", PROOFS)
def test_a_proof_can_be_read_back_with_names_of_two_and_of_fifteen_characters_and_rare_ones(code: str) -> None:
    kind = PROOFS[code]
    for name in ("丁一", "阿卜杜拉·买买提·吐尔逊江𠮷䶮"):
        facts = {**FACTS, "name": name}
        made = Paper(kind, f"32010421001-{code}-1", facts, "XJ1.a", "办理少儿医疗保险", DAY, None)
        text = text_of(print_paper(made))
        for said in (
            name,
            kind.title,
            kind.seal,
            kind.body.format(**facts, on="2008年9月1日"),
            made.number,
            kind.basis,
        ):
            assert "".join(said.split()) in text, said


@pytest.mark.django_db
def test_no_page_issues_around_what_lacks(lives: Lives) -> None:
    """Number, record, status, agreement with the register, school, post: each with its sentence, and no paper."""
    city, good = lives.city, lives.open()
    left, differing = lives.open(), lives.open()
    lives.close(left, "graduation", date(2008, 7, 1))
    with acting_system():
        Student.objects.filter(pk=differing.student).update(name="张改名")
    page = signed_in(city.registrar())
    for student, kind, said in (
        (lives.open(number="").student, PROOF, "没有19位学籍号"),
        (lives.open(guardian_1_name=None).student, PROOF, "尚未建全"),
        (left.student, PROOF, "不在本校学籍库中"),
        (differing.student, PROOF, "与学籍库比对不一致：姓名"),
        (good.student, "suspension_certificate", "只能出具给“休学”的学生"),
    ):
        for answer in (
            page.get(f"/certificates/{kind}/for/{student}/"),
            page.post(f"/certificates/{kind}/for/{student}/", {"purpose": "办理医疗保险"}),
        ):
            assert said in answer.content.decode(), said
            assert answer.headers["Content-Type"].startswith("text/html")
    for actor in (city.registrar(JUNIOR), city.registrar(BAIXIA_PRIMARY), city.proofreader(), city.clerk()):
        answer = signed_in(actor).post(f"/certificates/{PROOF}/for/{good.student}/", {"purpose": "办理医疗保险"})
        assert answer.status_code == 404
    with acting_system():
        assert not Certificate.objects.exists()
