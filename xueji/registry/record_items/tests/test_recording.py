"""Items of a record: who records them, from which day they are true, and that nothing of them stands in clear."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from tests.small_city import BAIXIA_PRIMARY, PRIMARY, QINHUAI
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.journals import selectors as journals
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.operations import OpenRegistration
from xueji.pure.kernel.record_items import empty_sections
from xueji.pure.kernel.types import Refused
from xueji.registry.record_items import services
from xueji.registry.record_items.selectors import item_in, sections_of
from xueji.registry.record_items.tests.support import AWARD, held, move
from xueji.registry.register.selectors import record_with_timeline, student_record
from xueji.registry.register.services import rebuild
from xueji.registry.register.tests.lives import Child, Lives

pytestmark = pytest.mark.django_db
MARKS = {"chinese": "92.5", "mathematics": "优秀"}


def _marks(lives: Lives, child: Child, on: str = "2007-autumn", **typed: str) -> UUID:
    with acting(lives.city.registrar()) as actor:
        return services.record(actor=actor, student=child.student, kind="term_marks", on=on, typed=typed or MARKS)


def test_an_item_is_true_from_the_end_of_its_term_and_stands_in_its_section(
    lives: Lives, environment: SeededEnvironment
) -> None:
    move(environment, 2008, 11, 3)
    child = lives.open()
    item = _marks(lives, child)
    _marks(lives, child, "2008-autumn")
    with acting(lives.city.registrar()):
        before, after = (student_record(child.student, on) for on in (date(2008, 2, 14), date(2008, 2, 15)))
        now = student_record(child.student)
        assert before is not None
        assert after is not None
        assert now is not None
        assert item_in(before, item) is None
        assert item_in(after, item) is not None
        book = services.book_of(lives.city.id(PRIMARY), date(2008, 11, 3))
        found = {one.section.section: [item.on for item in one.items] for one in sections_of(now.sensitive, book)}
        assert found == {
            "development": ["2008-autumn", "2007-autumn"], "fitness": [], "conduct": [], "aid": [], "provincial": [],
        }  # fmt: skip
        assert empty_sections(book.record_items, now.sensitive) == ("体质与健康",)


def test_what_was_before_the_registration_is_true_from_its_first_day(
    lives: Lives, environment: SeededEnvironment
) -> None:
    move(environment, 2008, 11, 3)
    child = lives.open()
    with acting(lives.city.registrar()) as actor:
        services.record(actor=actor, student=child.student, kind="award", on="2007-06-01", typed=AWARD)
        entry = journals.history(child.student)[-1]
    assert (entry.effective_on, entry.kind) == (date(2007, 9, 15), "record_item")


def test_a_correction_and_a_removal_are_entries_of_their_own_with_their_reasons(
    lives: Lives, environment: SeededEnvironment
) -> None:
    move(environment, 2008, 11, 3)
    child = lives.open()
    item = _marks(lives, child)
    with acting(lives.city.registrar()) as actor:
        record = student_record(child.student)
        assert record is not None
        seen = record.state.field_entries[f"item:{item}"]
        with pytest.raises(Refused, match="原因"):
            services.correct(actor=actor, student=child.student, item=item, typed={"chinese": "90"}, reason="")
        with pytest.raises(Refused, match="没有要更正的"):
            services.correct(actor=actor, student=child.student, item=item, typed=MARKS, reason="看错")
        services.correct(
            actor=actor, student=child.student, item=item, typed={"chinese": "90"}, reason="看错一行", seen=seen
        )
        with pytest.raises(Refused, match="他人更正过"):
            services.remove(actor=actor, student=child.student, item=item, reason="重复", seen=seen)
        (now,) = held(child.student)
        assert (now.parts, now.reason) == ({"chinese": "90"}, "看错一行")
        past = student_record(child.student, date(2008, 3, 1))
        assert past is not None
        assert item_in(past, item) == now  # wrong from the beginning: right on every day
        services.remove(actor=actor, student=child.student, item=item, reason="不是本人的")
        assert held(child.student) == []
        with pytest.raises(Refused, match="没有这一项"):
            services.remove(actor=actor, student=child.student, item=item, reason="再撤一次")
        _, timeline = record_with_timeline(child.student)
        assert [one.kind for one in timeline[1:]] == ["record_item", "record_item_corrected", "record_item_removed"]
        assert timeline[-1].changes[0].after["reason"] == "不是本人的"
        # The term is free again.
        services.record(actor=actor, student=child.student, kind="term_marks", on="2007-autumn", typed=MARKS)


def test_only_the_registrar_of_the_school_that_holds_the_pupil_records(
    lives: Lives, environment: SeededEnvironment
) -> None:
    move(environment, 2008, 11, 3)
    child = lives.open()
    given: dict[str, Any] = {"student": child.student, "kind": "award", "on": "2008-05-06", "typed": AWARD}
    with acting(lives.city.deputy_head()) as actor, pytest.raises(Refused, match="学籍管理员登记"):
        services.record(actor=actor, **given)
    with acting(lives.city.clerk(QINHUAI)) as actor, pytest.raises(Refused, match="学籍管理员登记"):
        services.record(actor=actor, **given)
    with acting(lives.city.registrar(BAIXIA_PRIMARY)) as actor, pytest.raises(Refused, match="不是本校在籍学生"):
        services.record(actor=actor, **given)
    with acting(lives.city.registrar()) as actor:
        with pytest.raises(Refused, match="规则里没有这类"):
            services.record(actor=actor, **{**given, "kind": "expulsion"})
        with pytest.raises(services.ItemRefused) as caught:
            services.record(actor=actor, **{**given, "on": "2008-13-01", "typed": {"level": "x"}})
        assert {one.place for one in caught.value.faults} == {"on", "title", "level", "given_by"}
    lives.close(child, "transfer_out", date(2008, 11, 3))
    with acting(lives.city.registrar()) as actor, pytest.raises(Refused, match="不是本校在籍学生"):
        services.record(actor=actor, **given)


def test_of_many_all_are_recorded_or_none(lives: Lives, environment: SeededEnvironment) -> None:
    move(environment, 2008, 11, 3)
    first, second = lives.open(name="李红"), lives.open(name="张小明")
    typed = {first.student: {"chinese": "90"}, second.student: {"chinese": "151"}}
    with acting(lives.city.registrar()) as actor:
        with pytest.raises(services.ItemRefused, match="张小明的成绩有 1 处要改"):
            services.record_many(actor=actor, kind="term_marks", on="2007-autumn", typed=typed)
        assert (held(first.student), held(second.student)) == ([], [])
        typed[second.student] = {"chinese": "优秀"}
        assert services.record_many(actor=actor, kind="term_marks", on="2007-autumn", typed=typed) == 2


def test_the_new_school_sees_and_corrects_what_the_former_recorded_and_the_former_sees_no_more(
    lives: Lives, environment: SeededEnvironment
) -> None:
    move(environment, 2008, 11, 3)
    child = lives.open()
    item = _marks(lives, child)
    lives.close(child, "transfer_out", date(2008, 10, 6))
    there, entry = lives.opening(BAIXIA_PRIMARY, student=child.student, on=date(2008, 10, 6), how="transfer_in")
    assert isinstance(entry.operations[0], OpenRegistration)
    lives.write([entry], in_hand=False)
    with acting(lives.city.registrar(BAIXIA_PRIMARY)) as actor:
        services.correct(actor=actor, student=there.student, item=item, typed={"chinese": "91"}, reason="原校来函更正")
        services.record(actor=actor, student=there.student, kind="award", on="2008-10-20", typed=AWARD)
        assert [one.kind for one in held(there.student)] == ["term_marks", "award"]
    with acting(lives.city.registrar()):
        (seen,) = held(child.student)  # as of its last day
        assert seen.parts["chinese"] == "92.5"
    with acting(lives.city.registrar("32010431001")):
        assert student_record(child.student) is None


def test_nothing_of_an_item_stands_in_clear_and_the_register_folds_to_the_same(
    lives: Lives, environment: SeededEnvironment
) -> None:
    move(environment, 2008, 11, 3)
    child = lives.open()
    said = {"punishment": "警告", "cause": "损坏公物ZQX"}
    with acting(lives.city.registrar()) as actor:
        item = services.record(actor=actor, student=child.student, kind="punishment", on="2008-05-06", typed=said)
        services.correct(
            actor=actor, student=child.student, item=item, typed={**said, "lifted_on": "2008-10-01"}, reason="ZQX撤销"
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM register_earlier_fields WHERE student_id = %s", [child.student])
            assert cursor.fetchone() == (0,)  # no clear field changed
    with acting_system(), connection.cursor() as cursor:
        for table in ("journals_entry", "register_student", "register_earlier_fields"):
            cursor.execute(f"SELECT to_json(t)::text FROM {table} t")
            said_there = [text for (text,) in cursor.fetchall() if str(child.student) in text]
            assert said_there or table == "register_earlier_fields"
            assert not any(word in text for text in said_there for word in ("ZQX", "punishment", "2008-10-01"))
    with acting_system():
        assert rebuild().differed == ()
