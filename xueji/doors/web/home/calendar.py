"""The year's dates, from the rulebook: what is past, what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from xueji.doors.web.due import due_words
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """A date of the year, shaped as the timeline shows it."""

    state: str
    when: str
    what: str
    text: str = ""
    who: str = ""
    basis: str = ""


def year_calendar(actor: Actor) -> list[CalendarLine]:
    """The dates of this school year's round and filings, in order."""
    day = today()
    district = organisations.by_id(actor.organisation).code if actor.level is Level.DISTRICT else None
    rulebook = parameters.rulebook(day, district)
    calendar, year = rulebook.calendar, rulebook.school_year()
    dates: list[tuple[date, str, str]] = [
        (rulebook.stages.start_of(year), f"{year}-{year + 1} 学年开始", ""),
        (calendar.reference_date(year), "时间基准点", "当天的学籍情况为本年度数据"),
        (calendar.school_due(year), "学校上报截止", ""),
        (calendar.bureau_due(year), "区县上报截止", ""),
        (calendar.days.filings_due.of(year + 1), "管理人员名单、学校代码备案截止", ""),
    ]
    coming = min((when for when, _, _ in dates if when >= day), default=None)
    return [
        CalendarLine(
            state="done" if when < day else "progress" if when == coming else "open",
            when=when.isoformat(),
            what=what,
            text=" ".join(part for part in (words, due_words(when) if when == coming else "") if part),
        )
        for when, what, words in sorted(dates)
    ]
