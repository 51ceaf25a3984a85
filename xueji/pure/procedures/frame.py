"""The frame of a kind of change that concerns one pupil whom the register holds.

A kind is a module of this package with ``PROCEDURE``: what it writes (``plan``) and what must be allocated for
it. Who acts, steps, days, evidence, limits and the form stand in the rulebook's ``changes.yaml``; nothing
else has to be touched for a new kind (issue "Every change of status"; design §1).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from types import MappingProxyType
from uuid import UUID

from xueji.pure.kernel.fold import FoldEntry, RegistrationState, StudentState
from xueji.pure.kernel.operations import Operation, SetFields, SetSpell
from xueji.pure.kernel.outside import OutsideChild
from xueji.pure.kernel.rulebook import ChangeKind, Rulebook
from xueji.pure.procedures import limits
from xueji.pure.procedures.planned import Plan, Planned, Refusal

#: Claim keys that every kind understands. ``effective_on``: from which day it is asked to be true;
#: ``until``: the last day of a change for a time; ``explanation``: why, where a limit of severity ``query`` is met.
EFFECTIVE_ON, UNTIL, EXPLANATION = "effective_on", "until", "explanation"


@dataclass(frozen=True, slots=True)
class ClassPlace:
    """A class group with its grade on a day; ``grade`` None where its cohort is not at school then."""

    class_group: UUID
    school: UUID
    stage: str
    intake_year: int
    class_no: int
    grade: int | None
    is_final_grade: bool = False


@dataclass(frozen=True, slots=True)
class NewNumber:
    """A number that was allocated at the school of the plan's new registration."""

    registration: UUID
    number: str
    scheme: str


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """A pupil as the register knows him, and what is asked for.

    ``state`` folded from all entries the viewer may see; ``current`` the registration in force on ``on``, the
    day from which the change would be true; ``place`` the class he is in then; ``to`` the class group that the
    claim names, ``to_school`` the school it names (key ``other_school``). ``applicant`` is the school that lodges.
    ``history``: (kind, effective_on) of the entries so far. ``open_kinds``: other applications under way about him.
    ``new``: allocated where the procedure says so, else None. ``second`` another pupil's facts (merging, swapping).
    ``left_from``: the class in which he was when the status of ``on`` began; ``due_back``: the last day that was
    said of this status, or of the study at another school; ``to_kind`` and ``to_stages`` are those of ``to_school``.
    ``entries``: all his entries, opened where the procedure ``opens`` them; ``faults``: what the rules of the record
    say of the values that the claim would set. ``outside``: how a child stands who is registered nowhere here.
    ``writers``: who wrote an entry and when, in words, of those that set a field since the claim was filled in.
    """

    student: UUID
    state: StudentState
    on: date
    lodged_on: date
    today: date
    applicant: UUID
    change: ChangeKind
    book: Rulebook
    claim: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    current: RegistrationState | None = None
    place: ClassPlace | None = None
    to: ClassPlace | None = None
    to_school: UUID | None = None
    history: tuple[tuple[str, date], ...] = ()
    open_kinds: tuple[str, ...] = ()
    new: NewNumber | None = None
    second: ChangeFacts | None = None
    left_from: ClassPlace | None = None
    due_back: date | None = None
    to_kind: str = ""
    to_stages: tuple[str, ...] = ()
    entries: tuple[FoldEntry, ...] = ()
    faults: tuple[Refusal, ...] = ()
    outside: OutsideChild | None = None
    writers: Mapping[UUID, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def status(self) -> str:
        """The status on the day, "" where no registration is in force."""
        return (self.current.value("status", self.on) or "") if self.current else ""

    @property
    def attends(self) -> UUID | None:
        """The school at which the pupil studies on the day, None where it is his own."""
        host = self.current.value("attends", self.on) if self.current else None
        return UUID(host) if host else None

    @property
    def last_change(self) -> date | None:
        """The last day of which something was said of the registration in force.

        A spell began or ended (a study elsewhere only ends), or was said to go on (an extension): what came before that
        day would be undone by it.
        """
        if self.current is None:
            return None
        gone = {entry.corrects for entry in self.entries}
        said = [
            entry.effective_on
            for entry in self.entries
            if entry.entry_id not in gone
            and any(
                isinstance(one, SetSpell) and one.registration == self.current.registration for one in entry.operations
            )
        ]
        days = [spell.ended_on or spell.started_on for spell in self.current.spells]
        return max([*days, *said], default=self.current.started_on)

    @property
    def birth_date(self) -> date | None:
        text = self.state.fields.get("birth_date") or (
            None if self.state.registrations else self.claim.get("birth_date")
        )
        return date.fromisoformat(text) if text else None

    @property
    def is_final_grade(self) -> bool:
        return self.place is not None and self.place.is_final_grade

    def final_grade_on(self, day: date) -> bool:
        """Whether the cohort in which the pupil stands is in its last grade on another day."""
        stages, place = self.book.stages, self.place
        return place is not None and stages.is_final(place.stage, place.intake_year, stages.school_year_of(day))

    @property
    def is_second_term(self) -> bool:
        """Whether the day lies after the first term of its school year; the summer holidays do."""
        return int(self.book.settings["second_term_month"]) <= self.on.month < self.book.stages.start_month

    @property
    def is_first_term(self) -> bool:
        """The first term of the stage's first grade."""
        if self.current is None or self.place is None:
            return False
        return self.place.grade == self.book.stages.first_grade(self.current.stage) and not self.is_second_term

    @property
    def has_pending_application(self) -> bool:
        return bool(self.open_kinds)

    def day(self, key: str) -> date | None:
        """A date of the claim."""
        text = self.claim.get(key)
        return date.fromisoformat(text) if text else None

    def entry(
        self,
        *operations: Operation,
        organisation: UUID | None = None,
        sensitive: Mapping[str, str | None] | None = None,
        corrects: UUID | None = None,
        basis: Mapping[str, str] | None = None,
    ) -> Planned:
        """An entry of this kind about this pupil, true from ``on``, in the journal of the school that holds him."""
        holder = organisation or (self.current.school if self.current else self.applicant)
        return Planned(holder, self.change.kind, self.student, self.on, operations, sensitive, corrects, basis or {})

    def refusal(self, code: str, message: str, *fields: str, basis: str = "") -> Refusal:
        """Why this change may not be."""
        return Refusal(code, message, basis or self.change.basis, self.student, None, fields)


@dataclass(frozen=True, slots=True)
class Procedure:
    """A kind of change of one pupil.

    ``plan`` gives the entries, or the kind's own refusals: what holds for every kind (:func:`common_refusals`) is
    asked before it. ``numbers``: a number is allocated in the class group ``to`` before the plan is made.
    ``registered``: a registration must be in force (not so where one begins). ``same_day``: may be true on a day
    on which another change of the pupil is. ``second``: the claim names another pupil (key ``second_student``).
    ``other_side``: ``named`` where the claim names the school on the other side (key ``other_school``), ``attended``
    where it is the school at which the pupil studies, which then may lodge as well, ``former`` where it is the school
    to which the record goes back, that of the registration before; "" where there is none.
    ``opens``: it must see the sensitive parts of the pupil's entries. ``own_service``: not lodged by
    ``lodge_change`` (the school alone and at once, or a whole class). ``renumbers``: the number that is allocated goes
    to the registration in force, none is begun. ``arrival``: the value of that dimension at which alone it is offered.
    ``ends``, ``undoes``: the kind whose fields the record must bear, or whose entry must still stand, to be offered;
    ``study``: the kind that must have begun the study elsewhere. ``recalls``: not while a paper that the change it
    takes back was the ground of is out.
    """

    kind: str
    plan: Callable[[ChangeFacts], Plan]
    numbers: bool = False
    registered: bool = True
    same_day: bool = False
    second: bool = False
    other_side: str = ""
    opens: bool = False
    own_service: bool = False
    renumbers: bool = False
    arrival: str = ""
    ends: str = ""
    undoes: str = ""
    study: str = ""
    recalls: bool = False


def common_refusals(procedure: Procedure, facts: ChangeFacts) -> list[Refusal]:
    """What speaks against a change whatever its kind: standing, status, order of days, limits of the rulebook."""
    change = facts.change
    if change.forbidden:
        return [facts.refusal("forbidden", change.forbidden)]
    found: list[Refusal] = []
    current = facts.current
    if procedure.registered and current is None:
        found.append(
            facts.refusal("not_registered", f"该生在 {facts.on:%Y-%m-%d} 没有在籍学籍，不能办理{change.title}。")
        )
    if current is not None:
        found += _standing(procedure, facts)
    until = facts.day(UNTIL)
    if until is not None and until < facts.on:
        found.append(facts.refusal("until_before_start", "截止日期早于开始日期，请核对。", UNTIL))
    found += limits.refusals(facts)
    return found


def _standing(procedure: Procedure, facts: ChangeFacts) -> list[Refusal]:
    change, found = facts.change, []
    if change.from_status and facts.status not in change.from_status:
        table = facts.book.codes.get("registration_status")
        word = (table.name_of(facts.status) if table else None) or facts.status
        found.append(
            facts.refusal("status_forbids", f"该生现在的学籍状态是“{word}”，不能办理{change.title}。", "status")
        )
    last = facts.last_change
    if last is not None and facts.on < last:
        found.append(
            facts.refusal(
                "before_last_change",
                f"该生在 {last:%Y-%m-%d} 已有学籍变动，{change.title}的日期不能早于这一天。",
                EFFECTIVE_ON,
            )
        )
    return found


def decide(procedure: Procedure, facts: ChangeFacts) -> Plan:
    """The plan of a change, or every refusal at once."""
    against = common_refusals(procedure, facts)
    if against:
        return Plan(refusals=against)
    plan = procedure.plan(facts)
    overtaken = [] if plan.refusals else _overtaken(facts, plan)
    return Plan(refusals=overtaken) if overtaken else plan


def _overtaken(facts: ChangeFacts, plan: Plan) -> list[Refusal]:
    """A field that was set from a later day on would undo what is decided now: it would be approved and say nothing."""
    written = {
        code
        for entry in plan.entries
        if entry.student == facts.student and entry.corrects is None
        for code in _set_by(entry.operations)
    }
    gone = {entry.corrects for entry in facts.entries}
    later = [
        (entry.effective_on, code)
        for entry in facts.entries
        if entry.entry_id not in gone and entry.effective_on > facts.on
        for code in _set_by(entry.operations)
        if code in written
    ]
    if not later:
        return []
    day, code = max(later)
    label = facts.book.fields[code].label if code in facts.book.fields else code
    message = f"“{label}”从 {day:%Y-%m-%d} 起已另有登记，{facts.change.title}的日期不能早于这一天。"
    return [facts.refusal("before_last_change", message, EFFECTIVE_ON)]


def _set_by(operations: Iterable[Operation]) -> set[str]:
    """The fields of the record that operations set."""
    return {code for one in operations if isinstance(one, SetFields) for code in (*one.fields, *one.sensitive)}


def preview(procedure: Procedure, facts: ChangeFacts) -> list[Refusal]:
    """What speaks against a change before anything is allocated for it; the plan's entries are thrown away."""
    if procedure.numbers and facts.new is None:
        facts = replace(facts, new=NewNumber(UUID(int=0), "", ""))
    return decide(procedure, facts).refusals


def procedures() -> Mapping[str, Procedure]:
    """All kinds of this package, by kind. A module says ``PROCEDURE``, or ``PROCEDURES`` for several of one matter."""
    return _found_in(tuple(importlib.import_module("xueji.pure.procedures").__path__))


@cache
def _found_in(folders: tuple[str, ...]) -> Mapping[str, Procedure]:
    found: dict[str, Procedure] = {}
    for info in pkgutil.iter_modules(folders):
        if info.ispkg:
            continue
        module = importlib.import_module(f"xueji.pure.procedures.{info.name}")
        one = getattr(module, "PROCEDURE", None)
        for procedure in (*((one,) if one else ()), *getattr(module, "PROCEDURES", ())):
            if procedure.kind in found:
                raise ValueError(f"two procedures of kind {procedure.kind}")
            found[procedure.kind] = procedure
    return MappingProxyType(found)


def procedure(kind: str) -> Procedure | None:
    """The procedure of a kind, None for one that has a service of its own (transfer, rosters, cohorts)."""
    return procedures().get(kind)
