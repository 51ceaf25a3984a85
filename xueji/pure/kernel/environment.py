"""Clock, ids and salts, injected (issue 2 "The ground").

Nothing in the system calls ``datetime.now``, ``uuid4`` or ``os.urandom`` for
what is stored in a journal; it asks the environment in force. A demo or test puts
a seeded one in force, so that two homes get the same digests.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Shanghai")


def uuid7(milliseconds: int, randomness: int) -> UUID:
    """UUID version 7 (RFC 9562) of a time and 74 bits of randomness."""
    rand_a = (randomness >> 62) & 0xFFF
    rand_b = randomness & ((1 << 62) - 1)
    value = (milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b
    return UUID(int=value)


class Environment(Protocol):
    """What a service may ask of the world."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""

    def new_id(self) -> UUID:
        """A new UUID v7."""

    def salt(self) -> bytes:
        """16 bytes for a commitment."""


class SystemEnvironment:
    """The real clock and the operating system's randomness."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def new_id(self) -> UUID:
        return uuid7(time.time_ns() // 1_000_000, int.from_bytes(os.urandom(10), "big"))

    def salt(self) -> bytes:
        return os.urandom(16)


class SeededEnvironment:
    """A clock that is moved on purpose; ids and salts from a seed. Thread-safe."""

    def __init__(self, start: datetime, seed: int = 2008) -> None:
        if start.tzinfo is None:
            raise ValueError("start must be an aware datetime")
        self._now = start.astimezone(UTC)
        self._random = random.Random(seed)  # noqa: S311 (repeatable on purpose: demo and tests only)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._now

    def move_to(self, moment: datetime) -> None:
        self._now = moment.astimezone(UTC)

    def advance(self, delta: timedelta) -> None:
        self._now += delta

    def new_id(self) -> UUID:
        with self._lock:
            return uuid7(int(self._now.timestamp() * 1000), self._random.getrandbits(80))

    def salt(self) -> bytes:
        with self._lock:
            return self._random.randbytes(16)


class FixedDayEnvironment(SystemEnvironment):
    """A demo home's clock: the fixed business date, with the time of day running."""

    def __init__(self, business_date: date) -> None:
        self.business_date = business_date

    def now(self) -> datetime:
        real = datetime.now(LOCAL_ZONE)
        return datetime.combine(self.business_date, real.time(), LOCAL_ZONE).astimezone(UTC)


_default: Environment = SystemEnvironment()
_local = threading.local()


def environment() -> Environment:
    """The environment in force in this thread (else the process's default)."""
    stack: list[Environment] | None = getattr(_local, "stack", None)
    return stack[-1] if stack else _default


def set_default_environment(value: Environment) -> None:
    """Put an environment in force for the whole process (start-up wiring only)."""
    global _default  # noqa: PLW0603 (one clock a process, set at start-up)
    _default = value


@contextmanager
def use_environment(value: Environment) -> Iterator[Environment]:
    """Put an environment in force for a block, in this thread."""
    stack: list[Environment] = getattr(_local, "stack", None) or []
    _local.stack = [*stack, value]
    try:
        yield value
    finally:
        _local.stack = stack


def today() -> date:
    """The business date in Nanjing."""
    return day_of(environment().now())


def day_of(moment: datetime) -> date:
    """The day in Nanjing of an aware moment: in UTC it is still the day before until eight in the morning."""
    return moment.astimezone(LOCAL_ZONE).date()
