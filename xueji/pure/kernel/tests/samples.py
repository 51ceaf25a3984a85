"""Entries and schemes for the kernel's tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from xueji.pure.kernel.numbers import ClassRange, Scheme, Segment, SpareClasses
from xueji.pure.kernel.operations import Operation


def uid(number: int) -> UUID:
    """A readable UUID."""
    return UUID(int=number)


NO_TRANSACTION = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Written:
    """An entry as the fold sees it; ``sequence`` is ``student_seq`` where not given."""

    entry_id: UUID
    effective_on: date
    student_seq: int
    operations: tuple[Operation, ...]
    sensitive: Mapping[str, Any] | None = None
    corrects: UUID | None = None
    transaction_id: UUID = NO_TRANSACTION

    @property
    def sequence(self) -> int:
        """The place in the journal of its organisation."""
        return self.student_seq


def entry(
    number: int,
    day: str,
    *operations: Operation,
    corrects: int | None = None,
    sensitive: Mapping[str, Any] | None = None,
) -> Written:
    """Entry ``number``, which is also its sequence, effective on an ISO day."""
    target = None if corrects is None else uid(1000 + corrects)
    return Written(uid(1000 + number), date.fromisoformat(day), number, operations, sensitive, target)


CLASS_SERIAL = Scheme(
    "class2-serial2",
    "registration_number",
    "11 + 4 + 2 + 2",
    (
        Segment("学校代码", 11, "school_code"),
        Segment("入学年份", 4, "intake_year"),
        Segment("班级", 2, "class_no"),
        Segment("流水号", 2, "serial"),
    ),
    short_width=8,
    near_limit=5,
    earliest_year=1996,
    class_ranges=(
        ClassRange("any", "any", 1, 99),
        ClassRange("primary", "main", 1, 49, shared=True),
        ClassRange("junior", "main", 51, 79, shared=True),
        ClassRange("any", "point", 81, 99, shared=True),
    ),
)
SERIAL = Scheme(
    "serial4",
    "registration_number",
    "11 + 4 + 4",
    (
        Segment("学校代码", 11, "school_code"),
        Segment("入学年份", 4, "intake_year"),
        Segment("流水号", 4, "serial"),
    ),
    short_width=8,
)
SCHOOL_CODE = Scheme(
    "school-code",
    "school_code",
    "6 + 5",
    (Segment("区划", 6, "division"), Segment("流水号", 5, "serial")),
)
CHECKED = Scheme(
    "checked",
    "registration_number",
    "a scheme with a letter in front and spare classes",
    (
        Segment("字头", 1, "literal", "letters", literal="G"),
        Segment("校验前", 11, "school_code"),
        Segment("班级", 2, "class_no"),
        Segment("流水号", 1, "serial"),
    ),
    near_limit=2,
    next=SpareClasses(98, 99),
)
MOD10 = Scheme(
    "mod10",
    "registration_number",
    "digits and a check digit",
    (
        Segment("学校代码", 11, "school_code"),
        Segment("流水号", 4, "serial"),
        Segment("校验", 1, "check", check="mod10"),
    ),
)
MOD11 = Scheme(
    "mod11",
    "registration_number",
    "digits and a check character",
    (
        Segment("学校代码", 11, "school_code"),
        Segment("流水号", 4, "serial"),
        Segment("校验", 1, "check", "digits_x", "mod11_2"),
    ),
)
SCHEMES = (CLASS_SERIAL, SERIAL, SCHOOL_CODE, CHECKED, MOD10, MOD11)
