"""What is right of a record item; pure, the same at every door."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.item_words import last_day, line_of, time_words, times_offered, title_of
from xueji.pure.kernel.record_items import Item, item_of, items_in
from xueji.pure.rules.record_items import ItemFacts, ReadItem, read_item

TODAY = date(2008, 11, 3)
BOOK = rulebook_from_files(TODAY, None)
KINDS = BOOK.record_items.kinds


def _read(kind: str, on: str, *held: Item, item: Item | None = None, **typed: str) -> ReadItem:
    return read_item(KINDS[kind], on, typed, ItemFacts(BOOK, TODAY, "primary", "2000-03-04", held, item))


def _at(read: ReadItem) -> dict[str, str]:
    return {one.place: one.code for one in read.faults}


def test_what_is_typed_is_kept_in_canonical_form() -> None:
    read = _read("term_marks", "2007-autumn", chinese="９２.50", mathematics="优", art="良好", sports=" 100 ")
    assert (read.faults, read.parts) == (
        (),
        {"chinese": "92.5", "mathematics": "A", "art": "B", "sports": "100"},
    )
    sight = _read("health_check", "2008-05-06", left_sight="5.0", right_sight="5", caries="-0", result="正常")
    assert (sight.faults, sight.parts) == (
        (),
        {"left_sight": "5.0", "right_sight": "5", "caries": "0", "result": "正常"},
    )
    assert _read("award", "20080506", title="三好学生", level="市级", given_by="市教育局").on == "2008-05-06"


@pytest.mark.parametrize(
    ("kind", "on", "typed", "faults"),
    [
        ("term_marks", "2007-autumn", {"chinese": "151"}, {"chinese": "item.range"}),
        ("term_marks", "2007-autumn", {"chinese": "-1"}, {"chinese": "item.range"}),
        ("term_marks", "2007-autumn", {"chinese": "NaN"}, {"chinese": "item.range"}),
        ("term_marks", "2007-autumn", {"chinese": "9.25"}, {"chinese": "item.decimals"}),
        ("term_marks", "2007-autumn", {"chinese": "九十"}, {"chinese": "item.number"}),
        ("term_marks", "2007-autumn", {}, {"": "item.empty"}),
        ("term_marks", "2008-spring", {"chinese": "90"}, {"on": "item.time"}),
        ("term_marks", "x", {"chinese": "90"}, {"on": "item.time"}),
        ("term_marks", "2003-autumn", {"chinese": "90"}, {"on": "item.too_early"}),
        ("fitness_test", "2007", {"height": "3", "weight": "30.5"}, {"height": "item.range", "level": "item.missing"}),
        ("award", "2008-02-30", {"title": "奖", "level": "市级", "given_by": "局"}, {"on": "item.day"}),
        ("award", "2008-11-04", {"title": "奖", "level": "市级", "given_by": "局"}, {"on": "item.ahead"}),
        ("award", "1999-11-04", {"title": "奖", "level": "市级", "given_by": "局"}, {"on": "item.before_birth"}),
        ("award", "2008-05-06", {"title": "奖" * 81, "level": "x"},
         {"title": "item.long", "level": "item.code", "given_by": "item.missing"}),
        ("punishment", "2008-05-06", {"punishment": "警告", "cause": "打架", "lifted_on": "2008-05-05"},
         {"lifted_on": "item.order"}),
        ("punishment", "2008-05-06", {"punishment": "开除", "cause": "打架"}, {"punishment": "item.code"}),
    ],
)  # fmt: skip
def test_each_fault_is_named_at_its_place(kind: str, on: str, typed: dict[str, str], faults: dict[str, str]) -> None:
    facts = ItemFacts(BOOK, TODAY, "primary", "2000-03-04")
    assert _at(read_item(KINDS[kind], on, typed, facts)) == faults


def test_one_of_a_term_stands_there_once_and_a_correction_is_not_held_against_itself() -> None:
    held = Item(uuid4(), "term_marks", "2007-autumn", {"chinese": "90"})
    assert _at(_read("term_marks", "2007-autumn", held, chinese="80")) == {"on": "item.twice"}
    assert _read("term_marks", "2007-autumn", held, item=held, chinese="80").faults == ()
    assert _read("term_marks", "2007-spring", held, chinese="80").faults == ()
    aid = Item(uuid4(), "aid", "2007", {"aid": "1"})
    assert _at(_read("aid", "2007", aid, aid="免学杂费")) == {"": "item.same"}
    assert _read("aid", "2007", aid, aid="免费教科书").faults == ()


def test_a_part_of_another_stage_is_not_asked_for() -> None:
    primary = {one.code for one in KINDS["term_marks"].parts_of("primary")}
    junior = {one.code for one in KINDS["term_marks"].parts_of("junior")}
    assert ("science" in primary, "science" in junior, "physics" in primary) == (True, False, False)


def test_both_years_of_a_school_year_are_named_and_terms_end_where_the_next_begins() -> None:
    item = Item(uuid4(), "term_marks", "2007-autumn", {"chinese": "92.5", "mathematics": "A"})
    assert title_of(BOOK, item) == "2007-2008 学年第一学期成绩"
    assert line_of(BOOK, item) == "语文 92.5；数学 优秀"
    assert time_words(BOOK, "2008") == "2008-2009 学年"
    assert title_of(BOOK, Item(uuid4(), "award", "2008-05-06", {})) == "2008-05-06 奖励"
    assert (last_day(BOOK, "2007-autumn"), last_day(BOOK, "2007")) == (date(2008, 2, 15), date(2008, 8, 31))
    assert times_offered(BOOK, KINDS["term_marks"], TODAY)[0] == ("2008-autumn", "2008-2009 学年第一学期")


def test_an_item_of_a_kind_that_nobody_knows_here_is_shown_all_the_same() -> None:
    item = Item(uuid4(), "swimming", "2008-05-06", {"metres": "200"})
    assert (title_of(BOOK, item), line_of(BOOK, item)) == ("2008-05-06 其他项目", "metres 200")


def test_what_is_no_item_is_passed_over() -> None:
    one = Item(uuid4(), "aid", "2007", {"aid": "1"}, "看错一行", removed=True)
    assert item_of(one.code, one.to_json()) == one
    values = {one.code: one.to_json(), "id_number": "3201", "item:x": {}, f"item:{uuid4()}": "text"}
    assert items_in(values) == []


def test_every_code_table_and_section_of_the_kinds_is_there() -> None:
    sections = {one.section for one in BOOK.record_items.sections}
    for kind in KINDS.values():
        assert kind.section in sections
        assert kind.basis
        assert kind.certainty
        assert {part.code_table for part in kind.parts if part.code_table} <= set(BOOK.codes)
