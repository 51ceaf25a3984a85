"""Every kind that stands in words: its PDF can be read back and says what was to be said (issue 5, show 1).

The sheets are held by ``test_sheets``, what lacks at every door by ``doors/api/tests/test_papers_refused``."""

from __future__ import annotations

from datetime import date

import pytest

from xueji.duties.certificates.paper import Paper, print_paper
from xueji.duties.certificates.sheets import SAMPLE
from xueji.duties.certificates.tests.support import text_of
from xueji.ground.parameters.build import rulebook_from_files

DAY = date(2008, 9, 1)
PROOFS = {code: one for code, one in rulebook_from_files(DAY).certificates.items() if one.sheet is None}
FACTS = {
    **SAMPLE, "status": "在读", "status_since": "2008年3月3日", "home_school": "安徽省合肥市庐阳小学",
    "former_school": "秦淮云锦小学", "how_ended": "毕业", "keeping": "该校已撤销，学籍档案由我单位保管。",
    "guest": "（借读，学籍在秦淮致远中学）",
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
