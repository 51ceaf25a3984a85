"""Registration numbers: allocated under a lock, never reused (design §3 "Numbers", invariant 2).

One counter runs for each prefix (all of a number before its serial). Its row is
locked until the transaction ends: what was rolled back was seen by nobody, what is committed has no gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from xueji.pure.kernel.allocation import Counter, allocate
from xueji.pure.kernel.numbers import NumberFault, Scheme, class_value, counter_prefixes, split_counter
from xueji.pure.kernel.types import Refused


@dataclass(frozen=True, slots=True)
class Intake:
    """The students of one class that need numbers, in the order in which they are numbered.

    ``site`` main or point; ``shared`` whether the school's code serves several
    intakes (two stages, or teaching points), which then have ranges of class values.
    """

    stage: str
    intake_year: int
    class_no: int
    students: Sequence[UUID]
    site: str = "main"
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Allocated:
    """The number of each student; ``nearly_used_up`` the intakes whose numbers will soon run out, with what is left."""

    numbers: Mapping[UUID, str]
    nearly_used_up: Sequence[tuple[Intake, int]]


def allocate_numbers(*, school: UUID, school_code: str, scheme: Scheme, intakes: Sequence[Intake]) -> Allocated:
    """Give the students of one school's intakes their numbers; joins the transaction around it.

    The numbers become the students' when their registrations are refolded in the same transaction. Raises ``Refused``
    ``register.numbers_used_up`` (a finding for the competent bureau) and ``register.no_class_range``.
    """
    prefixes = [_prefixes(scheme, school_code, intake) for intake in intakes]
    numbers: dict[UUID, str] = {}
    nearly: list[tuple[Intake, int]] = []
    with transaction.atomic(), connection.cursor() as cursor:
        counters = _lock(cursor, school, scheme, {prefix for own in prefixes for prefix in own})
        for intake, own in zip(intakes, prefixes, strict=True):
            given = allocate(scheme, len(intake.students), [counters[prefix] for prefix in own])
            if given.missing:
                raise Refused(
                    "register.numbers_used_up",
                    f"{intake.intake_year}级（{intake.class_no}）班的学籍号不够用，还缺 {given.missing} 个，"
                    "本次一个也没有编。请报主管教育局确定后续号段。",
                    "规则 2",
                )
            numbers.update(zip(intake.students, given.numbers, strict=True))
            for prefix, last in given.last.items():
                counters[prefix] = Counter(prefix, last, counters[prefix].reserved)
            if given.nearly_used_up:
                nearly.append((intake, given.remaining))
        _store(cursor, counters.values())
    return Allocated(numbers, nearly)


def _prefixes(scheme: Scheme, school_code: str, intake: Intake) -> tuple[str, ...]:
    try:
        value = class_value(
            scheme, class_no=intake.class_no, stage=intake.stage, site=intake.site, shared=intake.shared
        )
        return counter_prefixes(
            scheme, {"school_code": school_code, "intake_year": intake.intake_year, "class_no": value}
        )
    except NumberFault as fault:
        raise Refused(
            "register.no_class_range",
            f"{intake.intake_year}级（{intake.class_no}）班在学籍号规则中没有可用的班号（{fault.expected}）。"
            "请报主管教育局调整班号范围。",
            "规则 2",
        ) from fault


def _lock(cursor: CursorWrapper, school: UUID, scheme: Scheme, prefixes: Iterable[str]) -> dict[str, Counter]:
    """The counters of these prefixes, locked in one order, moved past every number that exists."""
    ordered = sorted(prefixes)
    cursor.execute(
        "INSERT INTO register_counter (prefix, school, last) SELECT p, %s, 0 FROM unnest(%s::text[]) AS p"
        " ORDER BY p ON CONFLICT (prefix) DO NOTHING",
        [school, ordered],
    )
    cursor.execute(
        "SELECT prefix, last FROM register_counter WHERE prefix = ANY (%s::text[]) ORDER BY prefix FOR UPDATE",
        [ordered],
    )
    counters = {prefix: Counter(prefix, last) for prefix, last in cursor.fetchall()}
    # Numbers that exist: given on paper (opening load), reserved, or retired. Ranges of equal width
    # compare alike in every collation.
    width = len(str(scheme.last_serial))
    tail = scheme.width - len(ordered[0]) - width if ordered else 0
    cursor.execute(
        "SELECT p, max(substr(n.number, length(p) + 1, %s))::int FROM unnest(%s::text[]) AS p"
        " JOIN register_number n ON n.number BETWEEN p || %s AND p || %s GROUP BY p",
        [width, ordered, "0" * (width + tail), "9" * (width + tail)],
    )
    for prefix, highest in cursor.fetchall():
        counters[prefix] = Counter(prefix, max(counters[prefix].last, highest))
    return counters


def _store(cursor: CursorWrapper, counters: Iterable[Counter]) -> None:
    found = list(counters)
    cursor.execute(
        "UPDATE register_counter c SET last = t.last FROM unnest(%s::text[], %s::int[]) AS t (prefix, last)"
        " WHERE c.prefix = t.prefix AND c.last <> t.last",
        [[item.prefix for item in found], [item.last for item in found]],
    )


def reserve_numbers(*, school: UUID, scheme: Scheme, given: Mapping[str, UUID]) -> None:
    """Reserve numbers that pupils already had on paper (number → student) and move the counters past them.

    A number that was reserved by the same school and released may be reserved again. Raises
    ``Refused`` ``register.number_used``, naming the numbers, and then reserves none.
    """
    if not given:
        return
    numbers = sorted(given)
    with transaction.atomic(), connection.cursor() as cursor:
        _store(cursor, _lock(cursor, school, scheme, {split_counter(scheme, number)[0] for number in numbers}).values())
        cursor.execute(
            "SELECT number FROM register_known_numbers(%s::text[]) WHERE NOT (school = %s AND state = 'reserved'"
            " AND (student IS NULL OR student = ANY (%s::uuid[])))",
            [numbers, school, list(given.values())],
        )
        taken = sorted(row[0] for row in cursor.fetchall())
        if taken:
            shown = "、".join(taken[:5]) + ("等" if len(taken) > 5 else "")
            raise Refused("register.number_used", f"学籍号 {shown} 已被使用过，不能再次登记。请核对后改正。", "规则 2")
        cursor.execute(
            "INSERT INTO register_number AS n (number, school, state, reserved_for)"
            " SELECT t.number, %s, 'reserved', t.student FROM unnest(%s::text[], %s::uuid[]) AS t (number, student)"
            " ON CONFLICT (number) DO UPDATE SET reserved_for = excluded.reserved_for",
            [school, numbers, [given[number] for number in numbers]],
        )


def release_numbers(*, students: Iterable[UUID]) -> int:
    """Let go of what was reserved for students whose lodgement came to nothing; how many numbers.

    The row stays: no other school can take the number and no counter gives it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE register_number SET reserved_for = NULL"
            " WHERE state = 'reserved' AND reserved_for = ANY (%s::uuid[])",
            [list(students)],
        )
        return int(cursor.rowcount)
