"""The year's dates, from the rulebook: what is past, what comes next."""

from __future__ import annotations

from dataclasses import dataclass

from xueji.doors.web.calendar.year import book_of, concerns, events_for
from xueji.doors.web.due import due_words
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.school_calendar import EventKind
from xueji.pure.kernel.types import Actor

_PAST, _AHEAD = 3, 6  # lines of the first page; the whole year has a page of its own


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
    """What begins and what is due for this post's level: the last date that has passed, and the next ones."""
    day = today()
    year = book_of(actor, day).school_year()
    kinds = (EventKind.TURN, EventKind.DUE)
    events = [event for event in events_for(actor, year) if event.kind in kinds and concerns(actor, event)]
    past = [event for event in events if event.day < day]
    ahead = [event for event in events if event.day >= day]
    chosen = [*past[-_PAST:], *ahead[:_AHEAD]]
    return [
        CalendarLine(
            state="done" if event.day < day else "progress" if event is ahead[0] else "open",
            when=event.day.isoformat(),
            what=event.title,
            text=" ".join(part for part in (event.text, due_words(event.day) if event in ahead[:1] else "") if part),
        )
        for event in chosen
    ]
