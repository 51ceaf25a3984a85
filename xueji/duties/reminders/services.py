"""The daily run: what runs out, falls due or is missing is told to the posts concerned, each stage of it once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from uuid import UUID

from django.db import connection, transaction

from xueji.duties.reminders.books import books_of
from xueji.duties.reminders.hands import filing_due, trainings
from xueji.duties.reminders.matters import SOURCES, Asking, Matter
from xueji.duties.reminders.outside import outside_ends
from xueji.duties.reminders.stages import stage_of
from xueji.ground.accounts.context import acting_system
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.ledgers import Reminder
from xueji.pure.kernel.rulebook import Rulebook
from xueji.registry.cases.services.notices import NewNotice, notify_all

_PREFIX = "remind_"
_ALL = {**SOURCES, "outside": outside_ends, "training": trainings, "filing": filing_due}


@dataclass(frozen=True, slots=True)
class Reminded:
    """``matters`` newly said by reminder, ``notices`` written for them."""

    day: date
    matters: Mapping[str, int]
    notices: int


def remind() -> Reminded:
    """Remind of everything that has reached a stage today and was not said yet; in the system's own name.

    One notice a reminder, organisation and post, with how many matters and the nearest day. Running it again on the
    same day, or twice at once, says nothing twice.
    """
    day = today()
    with acting_system():
        books = books_of(day)
        counts: dict[str, int] = {}
        notices: list[NewNotice] = []
        for code in dict.fromkeys(one.reminder for book in books.by_district.values() for one in book.reminders):
            for reminder, districts in books.alike(partial(_said, code)):
                if reminder is None:
                    continue
                matters = _ALL[reminder.source](Asking(reminder, books))
                theirs = books.within({one.organisation for one in matters}, districts)
                fresh = _fresh(reminder, [one for one in matters if one.organisation in theirs], day)
                counts[code] = counts.get(code, 0) + len(fresh)
                notices += _notices(reminder, fresh, day)
        notify_all(notices)
    return Reminded(day, counts, len(notices))


def _said(code: str, book: Rulebook) -> Reminder | None:
    """How one rulebook reminds of a sort of matter; a district may add days to the city's."""
    return next((one for one in book.reminders if one.reminder == code), None)


@transaction.atomic
def _fresh(reminder: Reminder, matters: Iterable[Matter], day: date) -> list[Matter]:
    """Those that have reached a stage and were not said at it; noted as said in the same transaction."""
    keyed: dict[str, Matter] = {}
    for matter in matters:
        stage = stage_of(reminder, matter.due, day)
        if stage is not None and matter.roles:
            keyed[f"{reminder.reminder}:{matter.organisation}:{matter.key}:{matter.due}:{stage}"] = matter
    if not keyed:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reminders_sent (key, reminder, organisation, day)"
            " SELECT key, %s, organisation, %s FROM unnest(%s::text[], %s::uuid[]) AS new (key, organisation)"
            " ON CONFLICT (key) DO NOTHING RETURNING key",
            [reminder.reminder, day, list(keyed), [one.organisation for one in keyed.values()]],
        )
        return [keyed[key] for (key,) in cursor.fetchall()]


def _notices(reminder: Reminder, matters: Sequence[Matter], day: date) -> list[NewNotice]:
    """One an organisation and post: the nearest day among its matters, late ones counted apart."""
    grouped: dict[tuple[UUID, str], list[Matter]] = {}
    for matter in matters:
        for role in matter.roles:
            grouped.setdefault((matter.organisation, role), []).append(matter)
    made = []
    for (organisation, role), own in sorted(grouped.items()):
        late = sum(1 for one in own if one.due < day)
        code = f"{_PREFIX}late" if late else f"{_PREFIX}soon"
        due = min(one.due for one in own)
        params = {"title": reminder.title, "count": len(own), "late": late, "due_on": due.isoformat()}
        subject = own[0].subject if len(own) == 1 else None
        made.append(NewNotice(organisation, code, params, role, subject))
    return made
