"""Allocation of numbers.

Pure: the counters and the numbers already used are handed in, the service holds
the locks (design §3 "Numbers": locked, never reuses, says that a range is nearly
used up before it is).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from .numbers import SERIAL, Scheme, compose


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter as it stands: the last serial given, and serials that must not be given (reserved or retired)."""

    prefix: str
    last: int = 0
    reserved: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Allocation:
    """What was allocated.

    ``numbers`` in order; ``last`` the new last serial of each counter used;
    ``remaining`` serials left over all counters; ``nearly_used_up`` by the
    scheme's limit. ``missing`` > 0: so many could not be numbered, the whole
    allocation must stop with a finding to the bureau.
    """

    numbers: tuple[str, ...]
    last: Mapping[str, int]
    remaining: int
    nearly_used_up: bool
    missing: int


def _free(scheme: Scheme, counter: Counter) -> list[int]:
    reserved = set(counter.reserved)
    return [serial for serial in range(counter.last + 1, scheme.last_serial + 1) if serial not in reserved]


def _finish(scheme: Scheme, text: str) -> str:
    """A prefix with its serial, completed by what follows the serial (a check digit)."""
    values: dict[str, int | str] = {}
    for segment, (start, end) in zip(scheme.segments, scheme.positions, strict=True):
        if end <= len(text):
            values[segment.source] = text[start:end]
    return compose(scheme, values)


def allocate(scheme: Scheme, count: int, counters: Sequence[Counter]) -> Allocation:
    """The next ``count`` numbers from the counters, the first of which is the regular one.

    Serials that are reserved are passed over, none is ever given twice.
    """
    width = next(segment.width for segment in scheme.segments if segment.source == SERIAL)
    numbers: list[str] = []
    last: dict[str, int] = {}
    remaining = 0
    for counter in counters:
        free = _free(scheme, counter)
        taken = free[: count - len(numbers)]
        numbers.extend(_finish(scheme, f"{counter.prefix}{serial:0{width}d}") for serial in taken)
        if taken:
            last[counter.prefix] = taken[-1]
        remaining += len(free) - len(taken)
    return Allocation(tuple(numbers), last, remaining, remaining <= scheme.near_limit, max(0, count - len(numbers)))
