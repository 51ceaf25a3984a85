"""The register as of any date, as known now or at an earlier cut."""

from __future__ import annotations

from datetime import date

import pytest

from tests.small_city import BAIXIA_PRIMARY, PRIMARY
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.operations import SetFields
from xueji.pure.kernel.types import Refused
from xueji.registry.register import selectors
from xueji.registry.register.canonical import Counted, digest_expression, present
from xueji.registry.register.history import folded_to_cut
from xueji.registry.register.tests.lives import BASE, Lives

pytestmark = pytest.mark.django_db


def test_before_the_base_date_it_says_since_when_the_register_exists(lives: Lives) -> None:
    with acting_system(), pytest.raises(Refused, match="学籍库自 2007-09-15 起建立"):
        selectors.as_of(date(2007, 9, 14))


def test_registered_and_attending_are_two_counts(lives: Lives) -> None:
    children = [lives.open() for _ in range(6)]
    lives.spell(children[0], "status", "suspended", date(2008, 2, 1))
    lives.spell(children[1], "status", "dropped_out", date(2008, 2, 1))
    lives.spell(children[2], "status", "abroad", date(2008, 2, 1))
    lives.spell(children[3], "attends", str(lives.city.id(BAIXIA_PRIMARY)), date(2008, 2, 1))
    lives.spell(children[4], "arrival", "awaited", date(2008, 2, 1))
    primary, baixia = lives.city.id(PRIMARY), lives.city.id(BAIXIA_PRIMARY)
    with acting_system():
        before = selectors.as_of(date(2008, 1, 31))
        assert (before.pupils, before.attending) == (6, 6)
        after = selectors.as_of(date(2008, 2, 1))
        assert (after.pupils, after.attending) == (6, 2)
        here = selectors.as_of(date(2008, 2, 1), school=primary)
        assert (here.pupils, here.attending) == (6, 1)
        there = selectors.as_of(date(2008, 2, 1), school=baixia)
        assert (there.pupils, there.attending) == (0, 1)


def test_a_transfer_counts_the_child_at_one_school_on_each_day(lives: Lives) -> None:
    lives.transfer(lives.open(), BAIXIA_PRIMARY, date(2008, 3, 3))
    schools = [lives.city.id(code) for code in (PRIMARY, BAIXIA_PRIMARY)]
    with acting_system():
        for day, expected in ((date(2008, 3, 2), [1, 0]), (date(2008, 3, 3), [0, 1])):
            assert [selectors.as_of(day, school=school).pupils for school in schools] == expected
            assert selectors.as_of(day).pupils == 1


def test_the_digest_of_a_school_is_the_same_for_the_school_its_bureau_and_the_city(lives: Lives) -> None:
    child = lives.transfer(lives.open(), BAIXIA_PRIMARY, date(2008, 3, 3))
    found = set()
    for actor in (lives.city.registrar(BAIXIA_PRIMARY), lives.city.head("320103"), lives.city.head("320100")):
        with acting(actor):
            found.add((selectors.as_of(date(2008, 9, 1), school=child.school)).digest)
    assert len(found) == 1


def test_the_digest_of_a_past_date_does_not_change_by_what_comes_later_and_shows_every_change(lives: Lives) -> None:
    child = lives.open(name="张晓明")
    with acting_system():
        before, everything = selectors.state_digest(date(2008, 1, 1)), selectors.state_digest()
    lives.change(child, "correction", date(2008, 5, 1), SetFields({"name": "张小明"}))
    with acting_system():
        assert selectors.state_digest(date(2008, 1, 1)) == before
        assert selectors.state_digest(date(2008, 5, 1)) != before
        assert selectors.state_digest() != everything


def test_what_was_known_at_a_cut_is_what_was_answered_then(lives: Lives) -> None:
    children = [lives.open(intake_year=2004) for _ in range(3)]
    lives.spell(children[0], "status", "suspended", date(2008, 2, 1))
    with acting_system():
        then = selectors.as_of(date(2008, 9, 1))
    lives.transfer(children[1], BAIXIA_PRIMARY, date(2008, 3, 3), intake_year=2004)
    lives.change(children[0], "correction", date(2008, 1, 1), SetFields({"gender": "2"}))
    lives.open(on=BASE)
    with acting_system():
        now = selectors.as_of(date(2008, 9, 1))
        again = selectors.as_of(date(2008, 9, 1), known_at=then.journals)
    assert now.pupils == 4
    assert again == then
    assert now.digest != then.digest


def test_folding_every_pupil_gives_what_the_overlay_gives(lives: Lives) -> None:
    children = [lives.open(intake_year=2004) for _ in range(3)]
    with acting_system():
        cut = selectors.present_cut()
    lives.transfer(children[1], BAIXIA_PRIMARY, date(2008, 3, 3), intake_year=2004)
    lives.open(class_no=7)
    found = []
    with acting_system() as _:
        for whole in (False, True):
            with folded_to_cut(cut, whole=whole) as folded:
                found.append(_digest(folded.tables, Counted(cut, folded.left_out)))
    assert found[0] == found[1]


def _digest(tables: object, counted: Counted) -> str:
    from django.db import connection

    on = date(2008, 9, 1)
    with connection.cursor() as cursor:
        select = f"SELECT count(*), {digest_expression(on)} FROM rows"
        cursor.execute(*present(on, select, tables=tables, counted=counted))  # type: ignore[arg-type]
        return str(cursor.fetchone())


def test_one_child_one_return_an_entry_counts_only_with_its_whole_transaction(lives: Lives) -> None:
    child = lives.open()
    with acting_system():
        certified = selectors.present_cut()  # the sending school's cut
    moved = lives.transfer(child, BAIXIA_PRIMARY, date(2008, 9, 10))
    lives.spell(moved, "arrival", "confirmed", date(2008, 9, 11))
    sending, receiving = lives.city.id(PRIMARY), lives.city.id(BAIXIA_PRIMARY)
    with acting_system():
        cut = {**selectors.present_cut(), sending: certified[sending]}
        assert selectors.as_of(date(2008, 9, 15), known_at=cut, school=sending).pupils == 1
        assert selectors.as_of(date(2008, 9, 15), known_at=cut, school=receiving).pupils == 0
        with folded_to_cut(cut) as folded:
            assert [(item.student, item.organisation, item.kind) for item in folded.listed] == [
                (child.student, receiving, "transfer_in"),
                (child.student, receiving, "arrival"),
            ]
