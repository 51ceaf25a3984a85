"""Of what there is to remind: a sort of matter each, read in one statement in the system's own name.

Every source gives matters with the organisation that must act and the day by which; when each of them is said is
decided by :mod:`stages`. Nothing here names a pupil.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from xueji.duties.inspections.selectors import due as inspections
from xueji.duties.reminders.books import Books
from xueji.duties.returns import selectors as returns
from xueji.duties.returns.models import ReturnState
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.ledgers import Reminder
from xueji.pure.kernel.rulebook import NotInRulebook, Round, Rulebook
from xueji.pure.kernel.types import Level
from xueji.registry.applications.models import ApplicationState

SCHOOL_ROLES = frozenset({"registrar", "proofreader", "deputy_head"})


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing: ``key`` names it for ever; ``roles`` whom of the organisation to tell; ``subject`` an application."""

    key: str
    organisation: UUID
    due: date
    roles: tuple[str, ...]
    subject: UUID | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """With what a source looks: the reminder, today's rulebooks, and how far ahead anything can matter."""

    reminder: Reminder
    books: Books

    @property
    def day(self) -> date:
        return self.books.day

    @property
    def book(self) -> Rulebook:
        """The city's, for what no district says otherwise."""
        return self.books.city

    @property
    def until(self) -> date:
        """Nothing that falls due later is reminded of today."""
        return self.day + timedelta(days=max(self.reminder.days, default=0))

    @property
    def school_roles(self) -> tuple[str, ...]:
        return tuple(role for role in self.reminder.roles if role in SCHOOL_ROLES)

    @property
    def bureau_roles(self) -> tuple[str, ...]:
        return tuple(role for role in self.reminder.roles if role not in SCHOOL_ROLES)


def _rows(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


# The last day asked for of each pupil, as long as the spell still holds and no later application moved it.
_SPELL_ENDS = """
SELECT * FROM (
  SELECT DISTINCT ON (a.student) a.student, r.school, a.until, a.id
  FROM applications_application a
  JOIN register_registration r ON r.student_id = a.student AND NOT r.voided AND r.started_on <= %(day)s
    AND (r.ended_on IS NULL OR r.ended_on > %(day)s)
  WHERE a.state = 'approved' AND a.kind = ANY (%(kinds)s) AND a.until IS NOT NULL AND a.effective_on <= %(day)s
    AND EXISTS (SELECT FROM register_spell s
      WHERE s.student = a.student AND s.registration_id = r.id AND s.dimension = %(dimension)s
        AND (s.value = %(status)s OR (%(dimension)s = 'attends' AND s.value <> s.school::text))
        AND s.started_on <= %(day)s AND (s.ended_on IS NULL OR s.ended_on > %(day)s))
  ORDER BY a.student, a.until DESC
) AS last WHERE until <= %(until)s
"""


def spell_ends(asking: Asking) -> list[Matter]:
    """Suspensions, stays abroad, guest studies that run out."""
    status = asking.reminder.status
    values = {
        "day": asking.day,
        "until": asking.until,
        "kinds": list(asking.reminder.kinds),
        "dimension": "attends" if status == "attends" else "status",
        "status": status,
    }
    return [
        Matter(f"{application}", school, until, asking.school_roles, application)
        for _, school, until, application in _rows(_SPELL_ENDS, values)
    ]


_STEPS = """
SELECT s.id, s.organisation, s.role, s.due_on, c.subject FROM cases_step s JOIN cases_case c ON c.id = s.case_id
WHERE s.opened_at IS NOT NULL AND s.decided_at IS NULL AND s.due_on <= %(until)s
"""


def steps(asking: Asking) -> list[Matter]:
    """Open steps of the cases, near or past their day; told to the step's own post."""
    return [
        Matter(str(step), organisation, due, (role,), subject)
        for step, organisation, role, due, subject in _rows(_STEPS, {"until": asking.until})
    ]


_ARRIVALS = """
SELECT s.registration_id, s.school, s.started_on, a.other_school, a.id,
  EXISTS (SELECT FROM journals_entry e
    WHERE e.student = s.student AND e.kind = 'arrival_traced' AND e.effective_on >= s.started_on)
FROM register_spell s JOIN register_registration r ON r.id = s.registration_id
LEFT JOIN applications_application a ON a.new_registration = s.registration_id
WHERE s.dimension = 'arrival' AND s.value = 'awaited' AND s.started_on <= %(day)s
  AND (s.ended_on IS NULL OR s.ended_on > %(day)s)
  AND NOT r.voided AND (r.ended_on IS NULL OR r.ended_on > %(day)s)
"""


def arrivals(asking: Asking) -> list[Matter]:
    """Pupils who have not arrived: the school, and the bureaus of both schools until they are traced."""
    found = _rows(_ARRIVALS, {"day": asking.day})
    books = asking.books.of(row[1] for row in found)
    bureaus = organisations.competent_bureaus(
        {school for row in found for school in (row[1], row[3]) if school}, asking.day
    )
    made = []
    for registration, school, since, sender, application, traced in found:
        days = books[school].change("transfer").arrival_days
        if days is None:
            continue
        due = books[school].calendar.due(since, days).on
        made.append(Matter(str(registration), school, due, asking.school_roles, application))
        if asking.bureau_roles and due < asking.day and not traced:
            both = {bureaus[one] for one in (school, sender) if one in bureaus}
            made += [Matter(str(registration), one, due, asking.bureau_roles, application) for one in both]
    return made


_RECEIPTS = """
SELECT s.registration_id, s.school, s.started_on, a.id
FROM register_spell s JOIN register_registration r ON r.id = s.registration_id
LEFT JOIN LATERAL (SELECT id FROM applications_application
  WHERE registration = r.id AND kind = 'transfer_out_of_city' AND state = 'approved'
  ORDER BY lodged_at DESC LIMIT 1) a ON true
WHERE s.dimension = 'arrival' AND s.value = 'departing' AND s.started_on <= %(day)s
  AND (s.ended_on IS NULL OR s.ended_on > %(day)s)
  AND NOT r.voided AND (r.ended_on IS NULL OR r.ended_on > %(day)s)
"""


def receipts(asking: Asking) -> list[Matter]:
    """转出待回执: the school until the letter of the other side has come; its bureau too once that is late."""
    found = _rows(_RECEIPTS, {"day": asking.day})
    books = asking.books.of(row[1] for row in found)
    bureaus = organisations.competent_bureaus({row[1] for row in found}, asking.day)
    made = []
    for registration, school, since, application in found:
        days = books[school].change("transfer_out_of_city").arrival_days
        if days is None:
            continue
        due, key = books[school].calendar.due(since, days).on, f"receipt:{registration}"
        made.append(Matter(key, school, due, asking.school_roles, application))
        if asking.bureau_roles and due < asking.day and school in bureaus:
            made.append(Matter(key, bureaus[school], due, asking.bureau_roles, application))
    return made


_EVIDENCE = """
SELECT a.id, a.school, a.lodged_on FROM applications_application a
WHERE a.state = ANY (%(open)s) AND EXISTS (
  SELECT FROM unnest(%(kinds)s::text[], %(keys)s::text[]) AS needed (kind, key)
  WHERE needed.kind = a.kind AND NOT EXISTS (
    SELECT FROM applications_evidence e WHERE e.application_id = a.id AND e.key = needed.key))
"""


def evidence(asking: Asking) -> list[Matter]:
    """Open applications that lack a paper which the rulebook requires; due so many working days after lodging."""
    within = asking.reminder.within or 0
    made = []
    for needed, districts in asking.books.alike(_required):
        values = {
            "open": list(ApplicationState.under_way()),
            "kinds": [kind for kind, _ in needed],
            "keys": [key for _, key in needed],
        }
        found = _rows(_EVIDENCE, values)
        theirs = asking.books.within({row[1] for row in found}, districts)
        dues = {lodged: asking.book.calendar.due(lodged, within).on for lodged in {row[2] for row in found}}
        made += [
            Matter(str(one), school, dues[lodged], asking.school_roles, one)
            for one, school, lodged in found
            if school in theirs
        ]
    return made


def _required(book: Rulebook) -> tuple[tuple[str, str], ...]:
    """The papers that a rulebook requires: kind and key."""
    return tuple(
        (change.kind, paper.key) for change in book.changes.values() for paper in change.evidence if paper.required
    )


# Schools with pupils that have no roll of the term, or one that is not closed.
_ROLLS = """
SELECT r.school, t.id, t.state FROM (
  SELECT DISTINCT school FROM register_registration
  WHERE NOT voided AND started_on <= %(day)s AND (ended_on IS NULL OR ended_on > %(day)s)
) AS r LEFT JOIN rollcall_termregistration t ON t.school = r.school AND t.term = %(term)s
WHERE t.id IS NULL OR t.state <> 'closed'
"""


def term_registration(asking: Asking) -> list[Matter]:
    """The roll-call of the running term: its lists are due on their days, its no-shows by the last one."""
    running = asking.book.calendar.terms.current(asking.day)
    if running is None:
        return []
    rows = _rows(_ROLLS, {"day": asking.day, "term": running.code})
    books = asking.books.of(row[0] for row in rows)
    made = []
    for school, roll, _ in rows:
        term = books[school].calendar.terms.term(running.code) or running
        due = term.first_list_on if roll is None else term.clear_by
        what = "list" if roll is None else "clear"
        made.append(Matter(f"{term.code}:{school}:{what}", school, due, asking.school_roles))
    return made


def return_due(asking: Asking) -> list[Matter]:
    """Returns of the round under way that are not submitted."""
    current = _round_under_way(asking.book, asking.day)
    if current is None:
        return []
    everyone = {one.id: one for one in _reporting(current, asking.day)}
    made = returns.currents(current.code, everyone)
    done = (ReturnState.SUBMITTED, ReturnState.ACCEPTED)
    bureaus = _bureaus(current, everyone.values(), asking.day)
    rounds: dict[str | None, Round] = {}
    found = []
    for one in everyone.values():
        if one.id in made and made[one.id].state in done:
            continue
        bureau = bureaus.get(one.id)
        division = returns.division_under(one, bureau)
        if division not in rounds:
            rounds[division] = returns.round_of(current.code, division)
        keeper = organisations.keeper_of(one)  # of an open one itself
        roles = asking.school_roles if keeper.level == Level.SCHOOL else asking.bureau_roles
        due = returns.due_of(rounds[division], one, bureau)
        found.append(Matter(f"{current.code}:{one.id}", keeper.id, due, roles))
    return found


def _bureaus(current: Round, everyone: Iterable[Organisation], day: date) -> dict[UUID, Organisation]:
    """To whom each school reports; of closed ones to whom they did."""
    schools = [one for one in everyone if one.level == Level.SCHOOL]
    related = organisations.competent_bureaus([one.id for one in schools], day)
    places = organisations.by_ids(related.values())
    found = {school: places[bureau] for school, bureau in related.items()}
    for one in schools:
        if one.closed_on and (bureau := returns.bureau_of(one, current.reference_date)):
            found[one.id] = bureau
    return found


def inspection(asking: Asking) -> list[Matter]:
    """Own checks of the term, findings to mend (late ones: the bureau too), corrections to be looked at again."""
    found = inspections.due_matters(asking.day)
    late = {one.school for one in found if one.due_on and one.due_on < asking.day and one.sort != inspections.RECHECK}
    bureaus = organisations.competent_bureaus(late, asking.day)
    made = []
    for one in found:
        if one.due_on is None:
            continue
        own = one.organisation == one.school
        roles = asking.school_roles if own else asking.bureau_roles
        made.append(Matter(f"inspection:{one.key}", one.organisation, one.due_on, roles))
        if own and one.school in bureaus and one.due_on < asking.day and one.sort != inspections.RECHECK:
            key = f"inspection:{one.key}:bureau"
            made.append(Matter(key, bureaus[one.school], one.due_on, asking.bureau_roles))
    return made


def _reporting(current: Round, day: date) -> Iterable[Organisation]:
    """Who owes a return of the round: schools that must report, districts, and those since closed whose keepers still
    owe it for them. The city itself has no day to keep."""
    yield from (one for one in organisations.schools(day) if returns.must_report(one))
    yield from organisations.districts(day)
    year_before = current.reference_date.replace(year=current.reference_date.year - 1)
    for one in organisations.closed_since(year_before):
        if returns.owes_closed(current, one) and (one.level != Level.SCHOOL or returns.must_report(one)):
            yield one


def _round_under_way(book: Rulebook, day: date) -> Round | None:
    """The newest round whose reference date has come."""
    rounds = [one for one in book.rounds.values() if one.reference_date <= day]
    for year in (day.year, day.year - 1):
        try:
            yearly = book.yearly_round(year)
        except NotInRulebook:
            continue
        if yearly.reference_date <= day:
            rounds.append(yearly)
    return max(rounds, key=lambda one: one.reference_date, default=None)


SOURCES: dict[str, Callable[[Asking], list[Matter]]] = {
    "spell_ends": spell_ends,
    "step": steps,
    "arrival": arrivals,
    "receipt": receipts,
    "evidence": evidence,
    "term_registration": term_registration,
    "return": return_due,
    "inspection": inspection,
}
