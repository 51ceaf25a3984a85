"""When a matter is said: so many days before its day, on it, and again after so many days. Pure."""

from __future__ import annotations

from datetime import date

from xueji.pure.kernel.ledgers import Reminder


def stage_of(reminder: Reminder, due: date, day: date) -> str | None:
    """The stage that a matter has reached on a day, None where it is not to be said.

    Before the day the nearest of the reminder's days that has come (a run that was missed makes up for it, and a
    matter that appears late is said once, not for every day it passed); afterwards one stage for each ``every`` days.
    """
    left = (due - day).days
    if left >= 0:
        reached = [before for before in reminder.days if left <= before]
        return f"-{min(reached)}" if reached else None
    if reminder.every is None:
        return None
    return f"+{(-left - 1) // reminder.every}"
