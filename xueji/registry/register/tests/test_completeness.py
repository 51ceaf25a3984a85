"""建档情况: who lacks what of the minimal set, by school and class (clause B3)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.small_city import PRIMARY
from xueji.ground.accounts.context import acting
from xueji.registry.register import selectors as register
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db
DAY = date(2008, 3, 3)


def test_a_record_without_a_part_of_the_minimal_set_is_named_with_what_it_lacks(lives: Lives) -> None:
    lives.open()
    lacking = lives.open(guardian_1_name=None, ethnic_group=None)
    unnumbered = lives.open(number="")
    with acting(lives.city.registrar()):
        found = register.completeness(lives.city.id(PRIMARY), DAY)
    assert (found.pupils, found.established) == (3, 1)
    missing = {gap.pupil.student: gap.missing for gap in found.gaps if gap.missing}
    assert missing == {lacking.student: ("民族", "监护人1·姓名"), unnumbered.student: ("学籍号",)}
    assert register.missing_by_label(found) == {"民族": 1, "监护人1·姓名": 1, "学籍号": 1}
    [one] = found.classes
    assert (one.pupils, one.established) == (3, 1)


def test_the_counts_of_many_schools_agree_with_the_list_of_each(lives: Lives) -> None:
    lives.open()
    lives.open(guardian_1_name=None)
    with acting(lives.city.registrar()):
        school = lives.city.id(PRIMARY)
        [counted] = register.established_by_school([school], DAY)
        found = register.completeness(school, DAY)
    assert (counted.pupils, counted.established) == (found.pupils, found.established) == (2, 1)


def test_classes_are_listed_from_the_first_grade_up_and_pupils_in_no_class_last(lives: Lives) -> None:
    lives.open(intake_year=2006)
    outside = lives.open()
    lives.spell(outside, "class_group", None, date(2008, 2, 1))
    lives.open(intake_year=2007, class_no=2)
    lives.open(intake_year=2007)
    with acting(lives.city.registrar()):
        found = register.completeness(lives.city.id(PRIMARY), DAY)
    wanted = [lives.group(PRIMARY, "primary", year, number) for year, number in ((2007, 1), (2007, 2), (2006, 1))]
    assert [one.class_group for one in found.classes] == [*wanted, None]
