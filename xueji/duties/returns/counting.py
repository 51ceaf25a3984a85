"""What a school's return counts: its state as of a date and a cut, with totals, flow, transfers in hand (clause C5)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import polars as pl

from xueji.duties.returns import hand, information
from xueji.duties.returns.facts import Counted, facts_of
from xueji.duties.returns.models import Return, ReturnState
from xueji.duties.returns.selectors import frozen, round_before, round_of
from xueji.ground.keys.services import canonical_json
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.districts import competent_district
from xueji.ground.organisations.models import Organisation
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.rulebook import Round
from xueji.pure.rules.rounds import run_round_rules
from xueji.registry.register.selectors import present_cut
from xueji.registry.snapshots.movements import Movements, movements_at
from xueji.registry.snapshots.selectors import cut_of
from xueji.registry.snapshots.state import State, state_at
from xueji.registry.statistics.flows import flows
from xueji.registry.statistics.selectors import totals_of

DECLARED, PREVIOUS, REGISTER = "declared", "previous", "register"


@dataclass(frozen=True, slots=True)
class Basis:
    """What a return is counted on: the cut, and the transactions within it that do not count."""

    cut: Mapping[UUID, int]
    held: frozenset[UUID] = frozenset()


@dataclass(slots=True)
class Figures:
    """What was counted, before it becomes a row. ``parts``: of a bureau, the returns that were added up."""

    organisation: UUID
    round: str
    state_digest: str = ""
    totals: list[dict[str, Any]] = field(default_factory=list)
    flow: list[dict[str, Any]] = field(default_factory=list)
    opening: dict[str, Any] = field(default_factory=dict)
    in_hand: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    parts: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    information: dict[str, Any] = field(default_factory=dict)

    def sum(self, column: str) -> int:
        return sum(int(line[column]) for line in self.totals)

    @property
    def said(self) -> bytes:
        """The canonical bytes of all that the return says: made again from the journals they are the same."""
        return canonical_json(
            {
                "round": self.round, "organisation": str(self.organisation), "state": self.state_digest,
                "totals": self.totals, "flow": self.flow, "opening": self.opening, "in_hand": hand.said(self.in_hand),
                "left_out": self.left_out, "parts": [part["digest"] for part in self.parts],
            }
        )  # fmt: skip

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the canonical bytes."""
        return hashlib.sha256(self.said).hexdigest()


def present_basis(round_code: str, school: UUID) -> Basis:
    """The present cut; every other school whose return is closed stays where that left it."""
    closed = frozen(round_code, without=school)
    return Basis({**present_cut(), **closed.sequences}, closed.held)


def basis_of(made: Return) -> Basis:
    """What a return was counted on."""
    return Basis(cut_of(made.cut), frozenset(UUID(one) for one in made.held))


def count_school(on_round: Round, school: Organisation, basis: Basis, opening: Return | None) -> Figures:
    """Count one school's return; ``opening`` is its return of the round before, where it has one."""
    made = Figures(school.id, on_round.code)
    state = state_at(on_round.reference_date, basis.cut, [school.id], held=basis.held)
    made.state_digest = state.digest
    made.totals = _lines(totals_of(state).rename({"school": "organisation"}))
    made.opening, made.flow, begin = _flow(on_round, school, basis, state, opening)
    day = on_round.reference_date
    pairs = {(item.transaction_id, item.student) for item in state.left_out if item.effective_on <= day}
    made.left_out = sorted({str(transaction) for transaction, _ in pairs})
    made.in_hand = hand.merged([hand.transfers_in_hand([school.id], on_round.reference_date), hand.left_out(pairs)])
    made.findings = _findings(on_round, school, state, made, begin)
    made.information = information.of_school(school, state)
    return made


@dataclass(frozen=True, slots=True)
class Window:
    """What a flow is counted between: the state on the eve of its first day, and what moved since."""

    first: date
    last: date
    begin: State
    moved: Movements

    def counted(self, closing: State) -> dict[str, Any]:
        """What ``statistics.flows`` asks for."""
        return {
            "opening": self.begin.frame,
            "closing": closing.frame,
            "registrations": self.moved.registrations,
            "spells": self.moved.spells,
            "window": (self.first, self.last),
            "schools": None if closing.schools is None else tuple(str(school) for school in closing.schools),
        }


def year_of(on_round: Round, schools: Sequence[UUID], basis: Basis, opening: Return | None) -> Window | None:
    """The window of a round; it begins with what the round before was counted on, where it was closed."""
    before = round_before(on_round)
    if on_round.window is None or before is None:
        return None
    known = basis if opening is None else basis_of(opening)
    return window_between(before.reference_date, on_round.window[1], schools, basis, known)


def window_between(eve: date, last: date, schools: Sequence[UUID], basis: Basis, known: Basis | None = None) -> Window:
    """From the day after ``eve`` to ``last``; ``known``: on what the begin was counted, where that is another basis."""
    begun = known or basis
    begin = state_at(eve, begun.cut, schools, held=begun.held, digests=False)
    moved = movements_at(eve, last, basis.cut, schools, held=basis.held)
    return Window(eve + timedelta(days=1), last, begin, moved)


def _flow(
    on_round: Round, school: Organisation, basis: Basis, closing: State, opening: Return | None
) -> tuple[dict[str, Any], list[dict[str, Any]], State | None]:
    """What the flow begins with, its lines, and the state that it begins with.

    The first round's stock is declared: it has no flow before it.
    """
    book = parameters.rulebook(on_round.reference_date)
    before, year = round_before(on_round), year_of(on_round, [school.id], basis, opening)
    if before is None or year is None:
        stock = _lines(totals_of(closing).drop("school", "attending"))
        return (
            {"basis": DECLARED, "on": on_round.reference_date.isoformat()},
            [
                {**line, "opening": line["registered"], "closing": line["registered"], "balanced": True}
                for line in stock
            ],
            None,
        )
    lines = flows(**year.counted(closing), stages=book.stages)
    eve = before.reference_date
    said: dict[str, Any] = {"basis": REGISTER if opening is None else PREVIOUS, "on": eve.isoformat()}
    if opening is not None:
        said |= {"return": str(opening.id), "declared": before.first}
    return said, _lines(lines.drop("school")), year.begin


def _lines(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Lines as they are stored: figures that are nought are left out, but the totals'."""
    kept = {"stage", "intake_year", "grade", "gender", "registered", "attending", "opening", "closing", "balanced"}
    return [{key: value for key, value in line.items() if key in kept or value} for line in frame.to_dicts()]


def return_before(on_round: Round, school: UUID) -> Return | None:
    """The school's closed return of the round before."""
    before = round_before(on_round)
    if before is None:
        return None
    closed = Return.objects.filter(round=before.code, organisation=school, state__in=ReturnState.frozen())
    return closed.order_by("-version").first()


def opening_of(made: Return) -> Return | None:
    """The return of the round before that a return's flow begins with."""
    return Return.objects.get(pk=made.opening["return"]) if made.opening.get("return") else None


def recount(made: Return) -> Figures:
    """A school's return counted again on what it was counted on (invariant 6)."""
    opening = opening_of(made)
    school = organisations.by_id(made.organisation)
    return count_school(round_of(made.round), school, basis_of(made), opening)


def _findings(
    on_round: Round, school: Organisation, state: State, made: Figures, begin: State | None
) -> list[dict[str, Any]]:
    """The rules of the round over what was counted."""
    counted = Counted(
        on=on_round.reference_date,
        school_year=on_round.school_year,
        after=on_round.window[0] - timedelta(days=1) if on_round.window else None,
        state=state.registered,
        opening=begin.registered if begin else None,
        flow=[{**line, "school": str(school.id)} for line in made.flow],
        declared=frozenset({str(school.id)}) if _is_declared(made.opening) else frozenset(),
        in_hand=made.in_hand,
    )
    division = competent_district(school.id, on_round.reference_date)
    return run_round_rules(facts_of([school.id], counted, division)).get(str(school.id), [])


def _is_declared(opening: Mapping[str, Any]) -> bool:
    return opening.get("basis") == DECLARED
