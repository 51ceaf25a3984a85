"""When a matter is said: before its day, on it, and again (reminders.yaml)."""

from __future__ import annotations

from datetime import date

from xueji.duties.reminders.stages import stage_of
from xueji.pure.kernel.ledgers import Reminder

DUE = date(2009, 8, 31)
REMINDER = Reminder("suspension_ends", "休学期满", "spell_ends", ("registrar",), days=(30, 15, 3), every=10)


def test_each_stage_is_reached_once_before_the_day() -> None:
    said = [stage_of(REMINDER, DUE, date(2009, 8, day)) for day in (1, 16, 28, 31)]
    assert said == ["-30", "-15", "-3", "-3"]
    assert stage_of(REMINDER, DUE, date(2009, 7, 31)) is None


def test_a_matter_that_appears_late_is_said_once_and_not_for_every_day_it_passed() -> None:
    assert stage_of(REMINDER, DUE, date(2009, 8, 30)) == "-3"


def test_after_the_day_it_is_said_again_after_each_period() -> None:
    assert stage_of(REMINDER, DUE, date(2009, 9, 1)) == "+0"
    assert stage_of(REMINDER, DUE, date(2009, 9, 10)) == "+0"
    assert stage_of(REMINDER, DUE, date(2009, 9, 11)) == "+1"
