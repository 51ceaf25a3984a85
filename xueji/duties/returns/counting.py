"""What a school's return counts: its state as of a date and a cut, with totals, flow, transfers in hand (clause C5)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import polars as pl

from xueji.duties.returns import findings as found_in
from xueji.duties.returns import hand
from xueji.duties.returns.models import Return, ReturnState
from xueji.duties.returns.selectors import frozen, round_before, round_of
from xueji.ground.accounts.context import counting
from xueji.ground.keys.services import canonical_json
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.rulebook import Round
from xueji.pure.kernel.school_year import Stage
from xueji.registry.applications.models import Application, ApplicationState
from xueji.registry.register.models import Registration
from xueji.registry.register.selectors import present_cut
from xueji.registry.snapshots.movements import movements_at
from xueji.registry.snapshots.selectors import cut_of
from xueji.registry.snapshots.state import State, state_at
from xueji.registry.statistics.flows import flows
from xueji.registry.statistics.selectors import totals_of

DECLARED, PREVIOUS, REGISTER = "declared", "previous", "register"
ROSTERS = ("opening", "enrolment")


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

    def sum(self, column: str) -> int:
        return sum(int(line[column]) for line in self.totals)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of all that the return says."""
        spoken = {
            "round": self.round, "organisation": str(self.organisation), "state": self.state_digest,
            "totals": self.totals, "flow": self.flow, "opening": self.opening, "in_hand": hand.said(self.in_hand),
            "left_out": self.left_out, "parts": [part["digest"] for part in self.parts],
        }  # fmt: skip
        return hashlib.sha256(canonical_json(spoken)).hexdigest()


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
    made.opening, made.flow = _flow(on_round, school, basis, state, opening)
    day = on_round.reference_date
    pairs = {(item.transaction_id, item.student) for item in state.left_out if item.effective_on <= day}
    made.left_out = sorted({str(transaction) for transaction, _ in pairs})
    made.in_hand = hand.merged([hand.transfers_in_hand([school.id], on_round.reference_date), hand.left_out(pairs)])
    made.findings = _findings(on_round, school, state, made)
    return made


def _flow(
    on_round: Round, school: Organisation, basis: Basis, closing: State, opening: Return | None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the flow begins with, and its lines. The first round's stock is declared: it has no flow before it."""
    book = parameters.rulebook(on_round.reference_date)
    before = round_before(on_round)
    if on_round.window is None or before is None:
        stock = _lines(totals_of(closing).drop("school", "attending"))
        return {"basis": DECLARED, "on": on_round.reference_date.isoformat()}, [
            {**line, "opening": line["registered"], "closing": line["registered"], "balanced": True} for line in stock
        ]
    eve = before.reference_date
    known = basis if opening is None else basis_of(opening)
    begin = state_at(eve, known.cut, [school.id], held=known.held)
    moved = movements_at(eve, on_round.window[1], basis.cut, [school.id], held=basis.held)
    lines = flows(
        begin.frame, closing.frame, moved.registrations, moved.spells,
        window=on_round.window, schools=(str(school.id),), stages=book.stages,
    )  # fmt: skip
    said: dict[str, Any] = {"basis": REGISTER if opening is None else PREVIOUS, "on": eve.isoformat()}
    if opening is not None:
        said |= {"return": str(opening.id), "declared": before.first}
    return said, _lines(lines.drop("school"))


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


def recount(made: Return) -> Figures:
    """A school's return counted again on what it was counted on (invariant 6)."""
    opening = Return.objects.get(pk=made.opening["return"]) if made.opening.get("return") else None
    school = organisations.by_id(made.organisation)
    return count_school(round_of(made.round), school, basis_of(made), opening)


def numbers_of(registrations: Sequence[str]) -> pl.DataFrame:
    """``registration, number`` of these registrations, whoever holds the child now."""
    with counting():
        found = Registration.objects.filter(id__in=registrations).values_list("id", "number")
        rows = [(str(one), number) for one, number in found]
    return pl.DataFrame(rows, schema={"registration": pl.String, "number": pl.String}, orient="row")


def _findings(on_round: Round, school: Organisation, state: State, made: Figures) -> list[dict[str, Any]]:
    stages = parameters.rulebook(on_round.reference_date).stages
    own = state.registered
    named = own.join(numbers_of(own["registration"].to_list()), on="registration", how="left")
    years = {stage.value: stages.years_of(stage) for stage in Stage}
    return [
        *found_in.of_pupils(named, on_round.school_year, years),
        *([] if on_round.first else found_in.of_cohorts(unpromoted(own, school.id, on_round.school_year))),
        *found_in.of_flow(made.flow),
        *found_in.of_rosters(pending_rosters(school.id)),
        *found_in.of_hand(made.in_hand),
    ]


def unpromoted(own: pl.DataFrame, school: UUID, school_year: int) -> list[tuple[str, int]]:
    """Cohorts in a grade that were here before the school year and are not confirmed as moved up."""
    older = own.filter((pl.col("intake_year") < school_year) & pl.col("grade").is_not_null())
    cohorts: Iterable[tuple[str, int]] = older.select("stage", "intake_year").unique().rows()
    return sorted(set(cohorts) - organisations.promoted(school, school_year))


def pending_rosters(school: UUID) -> list[tuple[str, int]]:
    """Rosters of new pupils that are lodged and not decided: (day, rows)."""
    found = Application.objects.filter(school=school, kind__in=ROSTERS, state__in=ApplicationState.under_way())
    return [(day.isoformat(), rows) for day, rows in found.order_by("lodged_at", "id").values_list("lodged_on", "rows")]
