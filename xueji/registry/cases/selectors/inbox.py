"""The inbox: what waits for a post, what is with others, what is late; counted and cut into pages by the database.

Every read names the organisation, so that the partial indexes over open steps serve, and looks at the steps alone
until it has its fifty: a district has thousands open. Row-level security is the net below.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection

from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level
from xueji.registry.cases.models import Case, CaseState
from xueji.registry.cases.selectors.cases import view_of
from xueji.registry.cases.types import (
    CaseView,
    Inbox,
    InboxCounts,
    InboxItem,
    InboxPage,
    Tally,
    TallyLine,
    Waiting,
    Wanted,
)

#: Lists beyond the own post are counted up to here; what is more is said to be more.
COUNTED: Final = 1000

_OPEN = "s.opened_at IS NOT NULL AND s.decided_at IS NULL"
_MINE = "s.organisation = %(me)s AND s.role = %(role)s AND (%(stage)s = '' OR s.stage IN ('', %(stage)s))"
_NOT_MINE = "NOT (s.organisation = %(me)s AND s.role = %(role)s)"
_LODGED_HERE = f"s.applicant = %(me)s AND {_NOT_MINE}"
# An array, so that the indexes by organisation serve; a subquery beside OR would read every open step of the city.
_BELOW = "ARRAY(SELECT a.organisation FROM accounts_access a WHERE a.viewer = %(me)s)"
# A bureau's matters with others: those of its schools, wherever they are now, and those that have come to one.
_PASSING_HERE = (
    f"(s.applicant = ANY ({_BELOW}) OR s.organisation = ANY ({_BELOW})) AND {_NOT_MINE}"
    " AND (%(stage)s = '' OR s.stage IN ('', %(stage)s))"
)
_LATE_BELOW = f"s.due_on < %(today)s AND s.organisation = ANY ({_BELOW})"
_LATE_OF = "s.organisation = ANY(%(organisations)s::uuid[]) AND s.due_on < %(today)s"

_PAGE = """
WITH page AS (
  SELECT s.case_id, s.stage, s.act, s.role, s.organisation, s.opened_at, s.due_on
  FROM cases_step s WHERE {open} AND {which}
  ORDER BY s.due_on NULLS LAST, s.opened_at, s.case_id LIMIT %(limit)s OFFSET %(offset)s
)
SELECT c.id, c.subject, c.kind, s.stage, c.label, c.organisation, s.act, s.role, s.organisation, s.opened_at, s.due_on,
       coalesce(s.due_on < %(today)s, false)
FROM page s JOIN cases_case c ON c.id = s.case_id
ORDER BY s.due_on NULLS LAST, s.opened_at, s.case_id
"""
_TALLY = f"""
SELECT s.kind, s.stage, s.act, s.applicant, count(*), count(*) FILTER (WHERE s.due_on < %(today)s), min(s.due_on)
FROM cases_step s WHERE {_OPEN} AND {_MINE} GROUP BY 1, 2, 3, 4
"""
_NUMBER = f"SELECT count(*) FROM (SELECT FROM cases_step s WHERE {_OPEN} AND {{which}} LIMIT %(counted)s) AS open"
# The words of the condition are those of the index ``notice_unread_outcome``.
_UNREAD = r"""
SELECT count(*) FROM (
  SELECT FROM cases_notice n WHERE n.organisation = %(me)s AND n.role IN ('', %(role)s)
    AND n.read_at IS NULL AND NOT (n.code LIKE 'step\_waiting%%') LIMIT 100) AS unread
"""
_WAITING = f"""
SELECT count(*), min(s.due_on), ({_UNREAD}) FROM cases_step s WHERE {_OPEN} AND {_MINE}
"""


def _values(actor: Actor, stage: str, **more: Any) -> dict[str, Any]:
    return {"me": actor.organisation, "role": actor.role.value, "stage": stage, "today": today(), **more}


def _narrowed(which: str, wanted: Wanted, values: dict[str, Any]) -> str:
    """The condition with what the reader chose; ``values`` is filled up."""
    for name, value in (("kind", wanted.kind), ("stage", wanted.stage), ("applicant", wanted.applicant)):
        if value:
            which += f" AND s.{name} = %(wanted_{name})s"
            values[f"wanted_{name}"] = value
    return which + (" AND s.due_on < %(today)s" if wanted.overdue else "")


def _page(which: str, values: dict[str, Any], limit: int, offset: int = 0) -> tuple[InboxItem, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_PAGE.format(open=_OPEN, which=which), {**values, "limit": limit, "offset": offset})
        return tuple(InboxItem(*row) for row in cursor.fetchall())


def _number(which: str, values: dict[str, Any], up_to: int | None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_NUMBER.format(which=which), {**values, "counted": up_to})
        return int(cursor.fetchone()[0])


def tally(actor: Actor, *, stage: str = "") -> Tally:
    """What waits for the actor's post, counted by kind, stage, act and school; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_TALLY, _values(actor, stage))
        return Tally(tuple(TallyLine(*row) for row in cursor.fetchall()))


def waiting_page(
    actor: Actor, *, stage: str = "", wanted: Wanted | None = None, limit: int = 50, offset: int = 0, total: int
) -> InboxPage:
    """A page of what waits for the actor's post, by deadline. ``total`` comes from the tally."""
    values = _values(actor, stage)
    which = _narrowed(_MINE, wanted or Wanted(), values)
    return InboxPage(_page(which, values, limit, offset), total)


def _elsewhere(actor: Actor) -> str:
    return _LODGED_HERE if actor.level is Level.SCHOOL else _PASSING_HERE


def elsewhere_page(
    actor: Actor, *, stage: str = "", wanted: Wanted | None = None, limit: int = 50, offset: int = 0
) -> InboxPage:
    """A page of what is the actor's organisation's and waits for somebody else: at whom, since when.

    Of a school what it lodged; of a bureau its schools' matters wherever they are, and what has come to one of them.
    """
    return _counted_page(_elsewhere(actor), _values(actor, stage), wanted, limit, offset)


def late_page(actor: Actor, *, wanted: Wanted | None = None, limit: int = 50, offset: int = 0) -> InboxPage:
    """A page of what is overdue at the organisations below the actor's and at itself, the oldest first."""
    return _counted_page(_LATE_BELOW, _values(actor, ""), wanted, limit, offset)


def _counted_page(which: str, values: dict[str, Any], wanted: Wanted | None, limit: int, offset: int) -> InboxPage:
    which = _narrowed(which, wanted or Wanted(), values)
    found = _number(which, values, COUNTED + 1)
    return InboxPage(_page(which, values, limit, offset), min(found, COUNTED), found > COUNTED)


def late_count(actor: Actor) -> int:
    """How much is overdue below; counted up to ``COUNTED``."""
    return _number(_LATE_BELOW, _values(actor, ""), COUNTED)


def elsewhere_count(actor: Actor, *, stage: str = "") -> int:
    """How much waits for somebody else; counted up to ``COUNTED``."""
    return _number(_elsewhere(actor), _values(actor, stage), COUNTED)


def sent_back(actor: Actor, *, limit: int = 50) -> tuple[CaseView, ...]:
    """What came back to the post that lodged it, the oldest first."""
    return tuple(view_of(case, ()) for case in _sent_back(actor).order_by("opened_on", "id")[:limit])


def sent_back_count(actor: Actor) -> int:
    """How much came back."""
    return int(_sent_back(actor).count())


def _sent_back(actor: Actor) -> Any:
    return Case.objects.filter(organisation=actor.organisation, state=CaseState.SENT_BACK, lodged_role=actor.role.value)


def inbox(actor: Actor, *, stage: str = "", limit: int = 50) -> Inbox:
    """All of it at once, for a command or a test: what waits, what came back, what is with others.

    ``stage`` is the post's (小教 / 中教): cases of no stage come to everyone. Counts are of all,
    the lists hold up to ``limit``.
    """
    values = _values(actor, stage)
    counted, which = tally(actor, stage=stage), _elsewhere(actor)
    counts = InboxCounts(
        waiting=counted.count,
        overdue=counted.overdue,
        sent_back=sent_back_count(actor),
        elsewhere=_number(which, values, None),
        elsewhere_overdue=_number(f"{which} AND s.due_on < %(today)s", values, None),
    )
    return Inbox(
        _page(_MINE, values, limit), sent_back(actor, limit=limit), _page(which, values, limit), counts
    )  # fmt: skip


def waiting(actor: Actor, *, stage: str = "") -> Waiting:
    """The figures that stand on top of every page; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, _values(actor, stage))
        return Waiting(*cursor.fetchone())


def waiting_of(actor: Actor, counted: Tally) -> Waiting:
    """The same where the tally is known already."""
    with connection.cursor() as cursor:
        cursor.execute(_UNREAD, _values(actor, ""))
        unread = int(cursor.fetchone()[0])
    dates = [line.next_due for line in counted.lines if line.next_due is not None]
    return Waiting(counted.count, min(dates, default=None), unread)


def overdue(organisations: Sequence[UUID], *, on: date | None = None, limit: int = 200) -> tuple[InboxItem, ...]:
    """Open steps of these organisations whose due date has passed, the oldest first."""
    return _page(_LATE_OF, {"organisations": list(organisations), "today": on or today()}, limit)
