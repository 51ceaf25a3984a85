"""Transfers in hand on the reference date, and what was left out of a return: listed at both schools (design §3).

A child in transit is counted at the sender. Whether a transfer was in hand is asked of its case's dates, so the list
of a past day comes out the same whenever it is made again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from xueji.ground.accounts.context import counting
from xueji.ground.organisations import selectors as organisations
from xueji.registry.applications.models import Application
from xueji.registry.cases.models import Case
from xueji.registry.register.models import Registration

PENDING, LEFT_OUT = "pending", "left_out"
Item = dict[str, Any]


def transfers_in_hand(schools: Collection[UUID], on: date) -> list[Item]:
    """在办转学: lodged on or before a day and not ended by then, into or out of these schools.

    Each ``{state, application, transaction, student, registration_number, sending, sending_code, sending_name,
    receiving, …, since}``, by day and application.
    """
    with counting():
        lodged = Application.objects.filter(
            Q(school__in=schools) | Q(other_school__in=schools), kind__in=("transfer", "placement"), lodged_on__lte=on
        ).only("id", "student", "registration", "school", "other_school", "lodged_on")
        found = {one.id: one for one in lodged}
        ended = Case.objects.filter(subject__in=found, closed_on__lte=on).values_list("subject", flat=True)
        for subject in ended:
            del found[subject]
        numbers = _numbers_of(one.registration for one in found.values())
    items = [
        {
            "state": PENDING,
            "application": str(one.id),
            "transaction": None,
            "student": str(one.student),
            "registration_number": numbers.get(one.registration, ""),
            "sending": str(one.other_school),
            "receiving": str(one.school),
            "since": one.lodged_on.isoformat(),
        }
        for one in sorted(found.values(), key=lambda one: (one.lodged_on, one.id))
    ]
    return _named(items)


# Both sides of each transaction: of a transfer the school that closed and the one that opened a registration.
_TRANSACTIONS = """
SELECT e.transaction_id, e.student, min(e.effective_on),
  min(e.organisation::text) FILTER (WHERE strpos(e.operations::text, '"close_registration"') > 0),
  min(e.organisation::text) FILTER (WHERE strpos(e.operations::text, '"open_registration"') > 0),
  min(e.organisation::text)
FROM journals_entry e
WHERE e.transaction_id = ANY (%s::uuid[]) AND e.student = ANY (%s::uuid[])
GROUP BY e.transaction_id, e.student ORDER BY min(e.effective_on), e.transaction_id, e.student
"""
# Entries of a closed return's journal that came after it was certified and are true by the reference date.
_AFTERWARDS = """
SELECT DISTINCT e.transaction_id, e.student FROM journals_entry e
WHERE e.organisation = %s AND e.sequence > %s AND e.effective_on <= %s
  AND e.student IS NOT NULL AND e.operations::text <> '[]'
"""


def left_out(pairs: Iterable[tuple[UUID, UUID]]) -> list[Item]:
    """What did not count, as items like those in hand: ``pairs`` of transaction and student."""
    wanted = set(pairs)
    if not wanted:
        return []
    with counting(), connection.cursor() as cursor:
        cursor.execute(_TRANSACTIONS, [[one for one, _ in wanted], [student for _, student in wanted]])
        rows = [row for row in cursor.fetchall() if (row[0], row[1]) in wanted]
        numbers = _numbers_at(row[1] for row in rows)
    return _named(
        [
            {
                "state": LEFT_OUT,
                "application": None,
                "transaction": str(transaction),
                "student": str(student),
                "registration_number": numbers.get((str(student), closing or own), ""),
                "sending": closing or own,
                "receiving": opening if opening != (closing or own) else None,
                "since": effective.isoformat(),
            }
            for transaction, student, effective, closing, opening, own in rows
        ]
    )


def afterwards(organisation: UUID, sequence: int, on: date) -> list[Item]:
    """What a closed return could no longer take in: recorded in its journal later, true by ``on``."""
    with counting(), connection.cursor() as cursor:
        cursor.execute(_AFTERWARDS, [organisation, sequence, on])
        pairs = cursor.fetchall()
    return left_out(pairs)


def merged(lists: Iterable[Sequence[Item]]) -> list[Item]:
    """The lists of several schools as one: what stands on both sides' lists stands in it once."""
    found = {(item["application"], item["transaction"], item["student"]): item for items in lists for item in items}
    return sorted(found.values(), key=lambda item: (item["since"], str(item["application"]), item["student"]))


def _numbers_of(registrations: Iterable[UUID | None]) -> dict[UUID | None, str]:
    wanted = [one for one in registrations if one is not None]
    return dict(Registration.objects.filter(id__in=wanted).values_list("id", "number"))


def _numbers_at(students: Iterable[UUID]) -> dict[tuple[str, str], str]:
    """The last number of each pupil at each school."""
    rows = Registration.objects.filter(student__in=set(students), voided=False).order_by("started_on")
    return {(str(one), str(school)): number for one, school, number in rows.values_list("student", "school", "number")}


def _named(items: list[Item]) -> list[Item]:
    """The items with code and name of both schools."""
    wanted = {UUID(item[side]) for item in items for side in ("sending", "receiving") if item[side]}
    places = {str(key): one for key, one in organisations.by_ids(wanted).items()}
    for item in items:
        for side in ("sending", "receiving"):
            place = places.get(item[side] or "")
            item[f"{side}_code"], item[f"{side}_name"] = (place.code, place.name) if place else ("", "")
    return items


def said(items: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
    """What of the items enters a return's digest: nothing that may be renamed later."""
    keys = ("state", "application", "transaction", "student", "sending", "receiving", "since")
    return [[item[key] for key in keys] for item in items]
