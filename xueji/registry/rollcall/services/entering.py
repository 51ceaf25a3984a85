"""What the class teachers found, entered by the registrar: one statement for a class or a whole school."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.rollcall import workbook
from xueji.registry.rollcall.authority import BASIS, held, require_registrar, school_rulebook, term_of
from xueji.registry.rollcall.listing import EXPECTED
from xueji.registry.rollcall.models import Presence, RollLine, TermRegistration
from xueji.registry.rollcall.sealed import line_place, seal_all
from xueji.registry.rollcall.types import Called

LONGEST_REASON = 500

# Whoever is called anew loses the former reason and outcome: the newer finding stands.
_ENTER = f"""
UPDATE rollcall_rollline l
SET presence = x.presence, came_on = x.came_on, reason = x.reason, entered_at = %(now)s, entered_by = %(person)s,
  outcome = CASE WHEN x.presence = l.presence THEN l.outcome ELSE '' END,
  outcome_on = CASE WHEN x.presence = l.presence THEN l.outcome_on END,
  application = CASE WHEN x.presence = l.presence THEN l.application END
FROM unnest(%(lines)s::bigint[], %(presences)s::text[], %(came)s::date[], %(reasons)s::bytea[])
  AS x(line, presence, came_on, reason)
WHERE l.id = x.line AND l.roll_id = %(roll)s AND l.standing IN {EXPECTED}
"""

_REST = f"""
UPDATE rollcall_rollline l
SET presence = 'here', came_on = %(day)s, entered_at = %(now)s, entered_by = %(person)s
WHERE l.roll_id = %(roll)s AND l.class_group IS NOT DISTINCT FROM %(group)s AND l.presence = ''
  AND l.standing IN {EXPECTED}
"""


@transaction.atomic
def enter(*, actor: Actor, roll: UUID, called: Sequence[Called]) -> int:
    """Enter what was found of these lines; how many were written.

    Raises ``Refused``: not the registrar, closed, an unknown line, a day that is not within the term up to today,
    no reason where one is said to be.
    """
    found = held(roll)
    require_registrar(actor, found.school)
    return _write(actor, found, called)


@transaction.atomic
def enter_rest_here(*, actor: Actor, roll: UUID, class_group: UUID | None) -> int:
    """All of a class who are not called yet were there from the first day of term (or today, if it is earlier)."""
    found = held(roll)
    require_registrar(actor, found.school)
    first = term_of(school_rulebook(found.school), found.term).starts_on
    if today() < first:
        raise Refused("rollcall.before_term", f"{first.isoformat()} 才开学，开学当天起登记到校情况。", BASIS)
    params = {
        "roll": roll,
        "group": class_group,
        "day": first,
        "now": environment().now(),
        "person": actor.person,
    }
    with connection.cursor() as cursor:
        cursor.execute(_REST, params)
        return int(cursor.rowcount)


@transaction.atomic
def enter_workbook(*, actor: Actor, roll: UUID, data: bytes) -> workbook.Taken:
    """Take in class lists that were handed out as a workbook and come back filled in.

    All or nothing: ``Refused`` names the rows that cannot be read. Blank cells leave a line as it is; rows added by
    hand below the list are given back (``extra``), to be entered as pupils without a record here.
    """
    found = held(roll)
    require_registrar(actor, found.school)
    read = workbook.read(data, roll)
    _write(actor, found, read.called)
    return workbook.Taken(len(read.called), read.extra)


def _write(actor: Actor, roll: TermRegistration, called: Sequence[Called]) -> int:
    if not called:
        return 0
    first = term_of(school_rulebook(roll.school), roll.term).starts_on
    if today() < first:
        raise Refused("rollcall.before_term", f"{first.isoformat()} 才开学，开学当天起登记到校情况。", BASIS)
    checked = [_checked(one, first) for one in called]
    students = dict(
        RollLine.objects.filter(roll=roll, pk__in=[one.line for one in checked]).values_list("id", "student")
    )
    reasons = _sealed(roll.id, checked, students)
    params: dict[str, Any] = {
        "roll": roll.id,
        "now": environment().now(),
        "person": actor.person,
        "lines": [one.line for one in checked],
        "presences": [one.presence for one in checked],
        "came": [one.came_on for one in checked],
        "reasons": reasons,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ENTER, params)
        written = int(cursor.rowcount)
    if written != len({one.line for one in checked}):
        raise Refused(
            "rollcall.unknown_line",
            "有的学生不在这份名单里，或按学籍不需要点到（休学、转走等）。请刷新名单后再登记，这次什么都没有改动。",
            BASIS,
        )
    return written


def _checked(one: Called, first: date) -> Called:
    if one.presence not in Presence.values:
        raise Refused("rollcall.presence", "到校情况只能是“到”“未到，有事由”“未到，无事由”三种之一。", BASIS)
    reason = " ".join(one.reason.split())
    if len(reason) > LONGEST_REASON:
        raise Refused("rollcall.reason", f"事由请写在 {LONGEST_REASON} 字以内。", BASIS)
    if one.presence == Presence.EXCUSED and not reason:
        raise Refused("rollcall.reason", "选了“未到，有事由”的，请写明事由（如病假至哪一天）。", BASIS)
    if one.presence != Presence.HERE:
        return Called(one.line, one.presence, None, reason)
    came = one.came_on or first
    if not first <= came <= today():
        raise Refused(
            "rollcall.day", f"到校日期 {came.isoformat()} 应在 {first.isoformat()} 和今天之间，请核对。", BASIS
        )
    return Called(one.line, one.presence, came, reason)


def _sealed(roll: UUID, called: Sequence[Called], students: dict[int, UUID]) -> list[bytes | None]:
    with_reason = [one for one in called if one.reason and one.line in students]
    blobs = seal_all((students[one.line], one.reason, line_place(roll, students[one.line])) for one in with_reason)
    by_line = dict(zip((one.line for one in with_reason), blobs, strict=True))
    return [by_line.get(one.line) for one in called]
