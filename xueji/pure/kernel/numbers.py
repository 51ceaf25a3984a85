"""Number schemes: one composer and one parser for every scheme.

A scheme is ordered segments with a start date and an owner (design §3
"Numbers"). The 11-digit school code and the 19-digit registration number, with
class 2 + serial 2 or serial 4, are data; nothing here knows a digit of them.

Terms: the *counter prefix* of a number is all that stands before its serial; one
counter runs for each prefix. Two intakes of one code (grade 1 and grade 7 of a
nine-year school, teaching points) are kept apart by class ranges or, where the
scheme has no class segment, by sharing the counter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from . import resident_id

CHARSETS = {
    "digits": "0123456789",
    "digits_x": "0123456789X",
    "letters": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "alphanumeric": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
}
SERIAL = "serial"
CHECK = "check"


class NumberFault(ValueError):
    """A number that does not fit its scheme.

    ``code``: length, charset, check_character, missing_value, too_wide,
    class_out_of_range, impossible_year …; ``segment`` names where.
    """

    def __init__(self, code: str, segment: str | None = None, found: str = "", expected: str = "") -> None:
        super().__init__(f"{code} in {segment}: {found!r}, expected {expected!r}")
        self.code = code
        self.segment = segment
        self.found = found
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a number.

    ``source`` says where its value comes from: school_code, division, township,
    kind, intake_year, class_no, serial, check, or literal (then ``literal`` is the
    value). ``check`` names the method of a check segment (mod11_2 or mod10) over all before it.
    """

    name: str
    width: int
    source: str
    charset: str = "digits"
    check: str | None = None
    literal: str | None = None


@dataclass(frozen=True, slots=True)
class ClassRange:
    """Which values of the class segment an intake may use.

    ``stage`` primary, junior or any; ``site`` main or point; ``shared`` whether
    it is for a code that serves several intakes (two stages or teaching points).
    """

    stage: str
    site: str
    first: int
    last: int
    shared: bool = False


@dataclass(frozen=True, slots=True)
class SpareClasses:
    """What follows when a class's serials are used up: class values kept for that."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Scheme:
    """One scheme of numbers.

    ``subject`` is registration_number or school_code; ``short_width`` characters
    at the end are the daily short form (学号, 8). ``near_limit``: a counter with no
    more than so many serials left is nearly used up. ``next`` what the rulebook
    names when it is used up, None: allocation stops with a finding to the bureau.
    """

    code: str
    subject: str
    title: str
    segments: tuple[Segment, ...]
    owner: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    short_width: int | None = None
    near_limit: int = 5
    earliest_year: int | None = None
    class_ranges: tuple[ClassRange, ...] = ()
    next: SpareClasses | None = None
    basis: str = ""
    certainty: str = ""
    positions: tuple[tuple[int, int], ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        places, at = [], 0
        for segment in self.segments:
            places.append((at, at + segment.width))
            at += segment.width
        object.__setattr__(self, "positions", tuple(places))

    @property
    def width(self) -> int:
        """Length of a number."""
        return sum(segment.width for segment in self.segments)

    def segment(self, source: str) -> Segment | None:
        """The first segment with this source."""
        return next((segment for segment in self.segments if segment.source == source), None)

    @property
    def has_class(self) -> bool:
        """Whether the class stands in the number."""
        return self.segment("class_no") is not None

    @property
    def last_serial(self) -> int:
        """The greatest serial that a counter can give."""
        segment = self.segment(SERIAL)
        return 0 if segment is None else 10**segment.width - 1


def _check_value(segment: Segment, before: str) -> str:
    if segment.check == "mod11_2":
        weights = [pow(2, len(before) - index, 11) for index in range(len(before))]
        total = sum(weight * int(digit) for weight, digit in zip(weights, before, strict=True))
        return resident_id.CHECK_CHARACTERS[total % 11]
    if segment.check == "mod10":
        total = 0
        for index, digit in enumerate(reversed(before)):
            doubled = int(digit) * (2 if index % 2 == 0 else 1)
            total += doubled - 9 if doubled > 9 else doubled
        return str(-total % 10)
    raise NumberFault("unknown_check", segment.name, str(segment.check))


def _written(segment: Segment, values: Mapping[str, int | str], before: str) -> str:
    if segment.source == CHECK:
        return _check_value(segment, before)
    value = segment.literal if segment.source == "literal" else values.get(segment.source)
    if value is None:
        raise NumberFault("missing_value", segment.name)
    text = f"{value:0{segment.width}d}" if isinstance(value, int) else value
    if len(text) != segment.width:
        raise NumberFault("too_wide" if len(text) > segment.width else "length", segment.name, text, str(segment.width))
    _check_charset(segment, text)
    return text


def _check_charset(segment: Segment, text: str) -> None:
    if not set(text) <= set(CHARSETS[segment.charset]):
        raise NumberFault("charset", segment.name, text, segment.charset)


def compose(scheme: Scheme, values: Mapping[str, int | str]) -> str:
    """The number for values by source; whole numbers are padded with zeros. NumberFault where they do not fit."""
    text = ""
    for segment in scheme.segments:
        text += _written(segment, values, text)
    return text


def parse(scheme: Scheme, text: str) -> dict[str, str]:
    """The values of a number by source, as text; NumberFault where it does not fit the scheme."""
    if len(text) != scheme.width:
        raise NumberFault("length", None, str(len(text)), str(scheme.width))
    values: dict[str, str] = {}
    for segment, (start, end) in zip(scheme.segments, scheme.positions, strict=True):
        part = text[start:end]
        _check_charset(segment, part)
        if segment.source == "literal" and part != segment.literal:
            raise NumberFault("literal", segment.name, part, segment.literal or "")
        if segment.source == CHECK and part != _check_value(segment, text[:start]):
            raise NumberFault("check_character", segment.name, part, _check_value(segment, text[:start]))
        if segment.source == SERIAL and int(part) == 0:
            raise NumberFault("serial_zero", segment.name, part)
        values[segment.source] = part
    return values


def short_form(scheme: Scheme, number: str) -> str:
    """The daily short form: the last 8 of 19 digits (clause B2)."""
    return number[-scheme.short_width :] if scheme.short_width else number


def class_value(scheme: Scheme, *, class_no: int, stage: str, site: str = "main", shared: bool = False) -> int:
    """The class segment for a class of an intake: the class number moved into the range of its intake.

    Raises NumberFault ``class_out_of_range`` or ``no_class_range``.
    """
    for item in scheme.class_ranges:
        if item.shared == shared and item.stage in (stage, "any") and item.site in (site, "any"):
            value = item.first + class_no - 1
            if class_no < 1 or value > item.last:
                raise NumberFault("class_out_of_range", "class_no", str(class_no), f"1–{item.last - item.first + 1}")
            return value
    if scheme.class_ranges:
        raise NumberFault("no_class_range", "class_no", f"{stage}/{site}")
    return class_no


def counter_prefix(scheme: Scheme, values: Mapping[str, int | str]) -> str:
    """All that stands before the serial: the key of the counter."""
    text = ""
    for segment in scheme.segments:
        if segment.source == SERIAL:
            return text
        text += _written(segment, values, text)
    raise NumberFault("no_serial", None)


def counter_prefixes(scheme: Scheme, values: Mapping[str, int | str]) -> tuple[str, ...]:
    """The regular counter, then those that the rulebook names when it is used up, in order."""
    prefixes = [counter_prefix(scheme, values)]
    if scheme.next is not None and scheme.has_class:
        spares = range(scheme.next.first, scheme.next.last + 1)
        prefixes.extend(counter_prefix(scheme, {**values, "class_no": spare}) for spare in spares)
    return tuple(prefixes)


def split_counter(scheme: Scheme, number: str) -> tuple[str, int]:
    """A number's counter prefix and serial: to move the counter past a given number."""
    for segment, (start, end) in zip(scheme.segments, scheme.positions, strict=True):
        if segment.source == SERIAL:
            return number[:start], int(number[start:end])
    raise NumberFault("no_serial", None)
