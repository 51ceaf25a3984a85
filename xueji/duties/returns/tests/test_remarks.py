"""What is asked is explained before it is certified; a reviewer's notes stand at their lines; nothing of it changes."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import DatabaseError, transaction

from tests.small_city import BAIXIA, PRIMARY, QINHUAI
from xueji.duties.returns import remarks, services
from xueji.duties.returns.comparing import compare
from xueji.duties.returns.findings import key_of
from xueji.duties.returns.models import Remark, Return
from xueji.duties.returns.tests.support import by, make, refused, send_back, send_up, submit
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.journals import selectors as journals
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(school: Lives) -> tuple[Lives, Return, str]:
    """A return with one query: a record without a guardian."""
    school.open(guardian_1_name=None)
    made = make(school.city)
    (finding,) = made.findings
    return school, made, key_of(finding)


def test_a_query_is_explained_before_the_return_is_certified(asked: tuple[Lives, Return, str]) -> None:
    school, made, key = asked
    city = school.city
    certify = partial(by, city.deputy_head(), services.certify, PRIMARY, city)
    refusal = refused(certify)
    assert (refusal.code, "还有 1 处" in refusal.message) == ("return.unexplained_findings", True)
    explain = partial(by, city.registrar(), services.explain, PRIMARY, city)
    assert refused(partial(explain, texts={key: " "})).code == "return.remark_empty"
    assert refused(partial(explain, texts={"another": "原因"})).code == "return.no_such_finding"
    assert refused(partial(by, city.registrar(BAIXIA + "21001"), services.explain, PRIMARY, city, texts={})).code == (
        "return.not_yours"
    )
    assert explain(texts={key: "家长在外地，材料补办中"}) == 1
    # Made anew, the finding says the same: what was written still holds.
    assert key_of(make(city).findings[0]) == key
    assert certify().state == "certified"
    with acting_system():
        (entry,) = journals.entries_of_organisation(city.id(PRIMARY), kinds=["return_certified"])
        assert entry.basis["explanations"] == remarks.digest_of_explanations(made)
        assert [one.text for one in remarks.explanations(made).values()] == ["家长在外地，材料补办中"]
        stored = bytes(Remark.objects.get().text)
    assert "家长".encode() not in stored
    assert refused(partial(explain, texts={key: "再说一遍"})).code == "return.order"


def test_the_reviewers_notes_stand_at_their_lines_and_are_never_changed(asked: tuple[Lives, Return, str]) -> None:
    school, made, key = asked
    city = school.city
    note = partial(by, city.clerk(), services.note, PRIMARY, city)
    assert refused(partial(note, texts={"": "请补齐"})).code == "return.not_submitted"
    by(city.registrar(), services.explain_all, PRIMARY, city, text="材料补办中")
    by(city.deputy_head(), services.certify, PRIMARY, city)
    submit(city)
    for actor in (city.registrar(), city.clerk(BAIXIA)):
        assert refused(partial(by, actor, services.note, PRIMARY, city, texts={"": "不"})).code == "return.not_reviewer"
    assert note(texts={key: "请于 10 月 10 日前补齐", "totals:primary:2007": "与学校报表核对"}) == 2
    send_back(city, by=QINHUAI)
    with acting(city.registrar()):
        found = remarks.notes(made)
        assert {line: [one.text for one in said] for line, said in found.items()} == {
            key: ["请于 10 月 10 日前补齐"], "totals:primary:2007": ["与学校报表核对"],
        }  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            Remark.objects.all().delete()
    with acting(city.registrar(BAIXIA + "21001")):
        assert Remark.objects.count() == 0


def test_two_versions_are_compared_line_by_line(asked: tuple[Lives, Return, str]) -> None:
    school, first, _ = asked
    city = school.city
    send_up(city)
    send_back(city)
    assert compare(first, make(city)).same
    school.open(gender="1")
    told = compare(first, make(city))
    assert {(one.part, one.column, one.before, one.after) for one in told.figures} >= {
        ("totals", "registered", 2, 3), ("flow", "closing", 2, 3),
    }  # fmt: skip
    assert not told.new
    assert not told.gone
