"""汇总: a bureau's return is the sum of those that it accepted; no child stands in two of them, none in none."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import polars as pl

from xueji.duties.returns import hand, information
from xueji.duties.returns.counting import Basis, Figures, basis_of, recount
from xueji.duties.returns.facts import numbers_of
from xueji.duties.returns.models import Return, ReturnState
from xueji.duties.returns.selectors import currents, must_report, reporting_schools, round_of
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.rulebook import Round
from xueji.pure.kernel.types import Level, Refused
from xueji.pure.rules.rounds import of_parts
from xueji.registry.snapshots.canonical import digest_of
from xueji.registry.snapshots.selectors import rows_of
from xueji.registry.snapshots.state import state_at

_TOTALS = ("organisation", "stage", "intake_year", "grade", "gender")
_FLOW = ("stage", "intake_year", "grade", "gender")


def consolidate(on_round: Round, one: Organisation, basis: Basis) -> Figures:
    """The sum of the accepted returns below; what is missing and who is counted twice or nowhere are its findings."""
    below = _below(on_round, one)
    found = currents(on_round.code, [child.id for child in below])
    accepted = {key: part for key, part in found.items() if part.state == ReturnState.ACCEPTED}
    parts = [accepted[child.id] for child in below if child.id in accepted]
    made = _added(on_round.code, one.id, [(part, figures_of(part)) for part in parts])
    missing = [(child.code, child.name) for child in below if child.id not in accepted and _awaited(child)]
    made.findings = of_parts(missing, *_checked(on_round, basis, parts))
    made.information = information.of_parts(part.information for part in parts)
    return made


def consolidate_again(made: Return) -> Figures:
    """A bureau's figures from the parts that it consolidated, each of these made again from the journals."""
    parts = {str(part.id): part for part in Return.objects.filter(id__in=[part["return"] for part in made.parts])}
    again = []
    for said in made.parts:
        part = parts[said["return"]]
        again.append((part, recount(part) if part.level == Level.SCHOOL else consolidate_again(part)))
    return _added(made.round, made.organisation, again)


def figures_of(part: Return) -> Figures:
    """What a stored return says."""
    return Figures(
        part.organisation, part.round, part.state_digest, part.totals, part.flow, part.opening, part.in_hand,
        part.left_out, part.parts,
    )  # fmt: skip


def _below(on_round: Round, one: Organisation) -> list[Organisation]:
    schools = reporting_schools(one.id, on_round.reference_date)
    if one.level != Level.CITY:
        return schools
    return [*organisations.districts(on_round.reference_date), *schools]


def _awaited(child: Organisation) -> bool:
    return child.level != Level.SCHOOL or must_report(child)


def _added(round_code: str, bureau: UUID, parts: Sequence[tuple[Return, Figures]]) -> Figures:
    made = Figures(bureau, round_code)
    lines = [{**line, "organisation": str(part.organisation)} for part, figures in parts for line in figures.totals]
    made.totals = _summed(lines, _TOTALS)
    made.flow = _summed((line for _, figures in parts for line in figures.flow), _FLOW)
    declared = all(figures.opening.get("basis") == "declared" for _, figures in parts)
    made.opening = {"basis": "declared" if declared else "parts"}
    made.in_hand = hand.merged(figures.in_hand for _, figures in parts)
    made.left_out = sorted({one for _, figures in parts for one in figures.left_out})
    made.parts = [
        {
            "return": str(part.id),
            "organisation": str(part.organisation),
            "registered": figures.sum("registered"),
            "attending": figures.sum("attending"),
            "digest": figures.digest,
        }
        for part, figures in parts
    ]
    made.state_digest = hashlib.sha256("".join(part["digest"] for part in made.parts).encode()).hexdigest()
    return made


def _summed(lines: Iterable[Mapping[str, Any]], keys: tuple[str, ...]) -> list[dict[str, Any]]:
    """Lines added up by their keys; a sum balances where every line does."""
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for line in lines:
        key = tuple(line[name] for name in keys)
        cell = sums.setdefault(key, dict(zip(keys, key, strict=True)))
        for name, value in line.items():
            if name == "balanced":
                cell[name] = cell.get(name, True) and value
            elif name not in keys:
                cell[name] = cell.get(name, 0) + value
    return [sums[key] for key in sorted(sums, key=lambda key: [(one is None, str(one)) for one in key])]


def _checked(
    on_round: Round, basis: Basis, parts: Sequence[Return]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[tuple[str, str]]]:
    """Pupils in two returns, pupils in none, schools whose figures the journals do not give again."""
    schools = _schools_of(parts)
    if not schools:
        return [], [], []
    frames: list[pl.DataFrame] = []
    differing: list[UUID] = []
    for part in schools:
        rows = rows_counted(part)
        if rows is None or rows.height != part.registered:
            differing.append(part.organisation)
        if rows is not None:
            frames.append(rows.select("student", "registration"))
    said = pl.concat(frames) if frames else pl.DataFrame(schema={"student": pl.String, "registration": pl.String})
    known = state_at(on_round.reference_date, basis.cut, [part.organisation for part in schools], held=basis.held)
    counts = Counter(said["student"].to_list())
    doubled = said.filter(pl.col("student").is_in([one for one, count in counts.items() if count > 1]))
    nowhere = known.registered.join(said, on="student", how="anti").select("student", "registration")
    places = organisations.by_ids(differing)
    return (
        _pupils(doubled.unique("student")),
        _pupils(nowhere),
        sorted((places[one].code, places[one].name) for one in differing),
    )


def rows_counted(part: Return) -> pl.DataFrame | None:
    """The rows that a school's closed return was counted on, from its snapshot or, where that is gone, from the
    journals; None where these no longer give the digest that was certified."""
    try:
        rows = rows_of(part.snapshot) if part.snapshot else None
    except Refused:
        rows = None
    if rows is None:
        basis, day = basis_of(part), round_of(part.round).reference_date
        state = state_at(day, basis.cut, [part.organisation], held=basis.held)
        return state.registered if state.digest == part.state_digest else None
    return rows if digest_of(rows) == part.state_digest else None


def _schools_of(parts: Sequence[Return]) -> list[Return]:
    """The schools' returns that the parts consist of."""
    own = [part for part in parts if part.level == Level.SCHOOL]
    wanted = [one["return"] for part in parts if part.level != Level.SCHOOL for one in part.parts]
    return [*own, *Return.objects.filter(id__in=wanted).order_by("organisation")]


def _pupils(rows: pl.DataFrame) -> list[tuple[str, str]]:
    """(registration number, student) of these rows, by number."""
    named = rows.join(numbers_of(rows["registration"].to_list()), on="registration", how="left")
    return [(number or "", student) for number, student in named.select("number", "student").sort("number").rows()]
