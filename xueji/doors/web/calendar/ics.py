"""The calendar as an iCalendar file (RFC 5545): whole days, so that no time zone is needed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from xueji.pure.kernel.school_calendar import CalendarEvent

_OCTETS = 75


def ics_of(events: Iterable[CalendarEvent], *, name: str, now: datetime) -> bytes:
    """The file; an event keeps its UID as long as its title and days stay."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//xueji//school calendar//ZH", "CALSCALE:GREGORIAN"]
    lines.append(f"X-WR-CALNAME:{_text(name)}")
    for event in events:
        lines += _event(event, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line)).encode()


def _event(event: CalendarEvent, now: datetime) -> list[str]:
    said = f"{event.title} {event.first} {event.last} {event.subject}"
    words = "；".join(part for part in (event.text, f"依据：{event.basis}" if event.basis else "") if part)
    return [
        "BEGIN:VEVENT",
        f"UID:{hashlib.sha256(said.encode()).hexdigest()[:32]}@xueji",
        f"DTSTAMP:{now:%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{event.first:%Y%m%d}",
        f"DTEND;VALUE=DATE:{event.last + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_text(event.title)}",
        *([f"DESCRIPTION:{_text(words)}"] if words else []),
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _text(words: str) -> str:
    for mark in ("\\", ";", ","):
        words = words.replace(mark, f"\\{mark}")
    return words.replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """A line of at most 75 octets, then continuation lines that begin with a space; no character is cut apart."""
    part, size = "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > _OCTETS:
            yield part
            part, size = " ", 1
        part, size = part + letter, size + width
    yield part
