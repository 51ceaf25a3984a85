"""变动汇总: the balance of 在籍 month by month, and the changes by kind and month, of a year.

The balance is counted by ``statistics`` (its columns are those of ``flow_of``), the changes are the lines of the
ledgers: every figure of the second table can be opened as the ledger of its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import polars as pl

from xueji.duties.ledgers.scope import Scope
from xueji.duties.ledgers.selectors import counts_of
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.ledgers import LedgerKind
from xueji.registry.statistics.months import WAYS_IN, WAYS_OUT, Balance, balance_of

#: The columns of the balance in their order, as users read them.
TITLES = {
    "enrolled": "入学",
    "transferred_in": "转入",
    "restored": "恢复学籍",
    "reorganised_in": "学校调整并入",
    "other_in": "其他增加",
    "graduated": "毕业",
    "completed": "结业",
    "transferred_out": "转出",
    "died": "死亡",
    "reorganised_out": "学校调整转出",
    "other_out": "其他减少",
}


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """A month, a school, a district or the year: opening + what came − what went = closing."""

    title: str
    opening: int
    flows: dict[str, int]
    closing: int
    key: UUID | None = None

    @property
    def cells(self) -> list[int]:
        """Opening, ways in, ways out, closing."""
        return [self.opening, *(self.flows.get(name, 0) for name in (*WAYS_IN, *WAYS_OUT)), self.closing]


@dataclass(frozen=True, slots=True)
class CountLine:
    """The lines of one ledger by month, and all of them."""

    ledger: LedgerKind
    counts: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Summary:
    """``by_month`` with the year's sum last; ``by_school`` (or by district) where there is more than one."""

    scope: Scope
    months: tuple[date, ...]
    by_month: tuple[BalanceLine, ...]
    year: BalanceLine
    by_school: tuple[BalanceLine, ...]
    changes: tuple[CountLine, ...]
    by_district: bool = False


def summary_of(scope: Scope) -> Summary:
    """The summary of a scope (:func:`scope.scope_of`), as known now."""
    balance = balance_of((scope.first, scope.last), list(scope.schools))
    months = scope.months
    by_district = len({scope.bureau_of.get(school) for school in scope.schools} - {None}) > 1 and bool(scope.bureaus)
    return Summary(
        scope,
        tuple(months),
        tuple(_by_month(balance, months)),
        _line("全年合计", sum(balance.opening.values()), balance.moves),
        tuple(_by_place(balance, scope, by_district=by_district)),
        tuple(_changes(scope, months)),
        by_district,
    )


def _flows(moves: pl.DataFrame) -> dict[str, int]:
    return dict(moves.group_by("column").agg(pl.col("count").sum()).iter_rows())


def _line(title: str, opening: int, moves: pl.DataFrame, key: UUID | None = None) -> BalanceLine:
    flows = _flows(moves)
    closing = opening + sum(flows.get(name, 0) for name in WAYS_IN) - sum(flows.get(name, 0) for name in WAYS_OUT)
    return BalanceLine(title, opening, flows, closing, key)


def _by_month(balance: Balance, months: list[date]) -> list[BalanceLine]:
    lines, opening = [], sum(balance.opening.values())
    for month in months:
        line = _line(f"{month.year} 年 {month.month} 月", opening, balance.moves.filter(pl.col("month") == month))
        lines.append(line)
        opening = line.closing
    return lines


def _by_place(balance: Balance, scope: Scope, *, by_district: bool) -> list[BalanceLine]:
    """A line a school; over several districts a line a district."""
    if len(scope.schools) < 2:
        return []
    place_of = scope.bureau_of if by_district else {school: school for school in scope.schools}
    names = scope.bureaus if by_district else scope.schools
    openings: dict[UUID, int] = {}
    for school, count in balance.opening.items():
        if school in place_of:
            openings[place_of[school]] = openings.get(place_of[school], 0) + count
    mapping = {str(school): str(place) for school, place in place_of.items()}
    placed = balance.moves.with_columns(place=pl.col("school").replace_strict(mapping, default=None))
    by_place = {str(key[0]): moves for key, moves in placed.partition_by("place", as_dict=True).items()}
    nothing = placed.clear()
    return [
        _line(name, openings.get(place, 0), by_place.get(str(place), nothing), place)
        for place, name in names.items()
        if place in openings or str(place) in by_place
    ]


def _changes(scope: Scope, months: list[date]) -> list[CountLine]:
    ledgers = list(parameters.rulebook(scope.last).ledgers.values())
    found: dict[tuple[str, date], int] = {}
    for one in counts_of(ledgers, scope):
        found[one.ledger, one.month] = found.get((one.ledger, one.month), 0) + one.count
    lines = []
    for ledger in ledgers:
        counts = tuple(found.get((ledger.ledger, month), 0) for month in months)
        lines.append(CountLine(ledger, counts, sum(counts)))
    return lines
