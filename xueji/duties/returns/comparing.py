"""Two versions of a return side by side, line by line: what was certified stands beside what came later (clause C5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from xueji.duties.returns.findings import key_of
from xueji.duties.returns.models import Return

Line = Mapping[str, Any]
_CELL = ("organisation", "stage", "intake_year", "gender")
#: Columns that say which line it is, or are no figures.
_NO_FIGURES = frozenset({*_CELL, "grade", "balanced", "school"})


@dataclass(frozen=True, slots=True)
class Differing:
    """One figure that differs: of which part (``totals``, ``flow``), cell and column; ``before`` and ``after``."""

    part: str
    organisation: str
    stage: str
    intake_year: int | None
    gender: str
    column: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """``figures`` that differ; ``gone`` and ``new`` findings; ``left`` and ``came``: what only one has in hand."""

    figures: tuple[Differing, ...]
    gone: tuple[Line, ...]
    new: tuple[Line, ...]
    left: tuple[Line, ...]
    came: tuple[Line, ...]

    @property
    def same(self) -> bool:
        """Whether both say the same."""
        return not (self.figures or self.gone or self.new or self.left or self.came)


def compare(before: Return, after: Return) -> Comparison:
    """What differs between two versions of one organisation's return."""
    old, new = ({key_of(item): item for item in one.findings} for one in (before, after))
    mine, theirs = ({_hand_key(item): item for item in one.in_hand} for one in (before, after))
    return Comparison(
        figures=(
            *_figures("totals", before.totals, after.totals),
            *_figures("flow", before.flow, after.flow),
        ),
        gone=tuple(item for key, item in old.items() if key not in new),
        new=tuple(item for key, item in new.items() if key not in old),
        left=tuple(item for key, item in mine.items() if key not in theirs),
        came=tuple(item for key, item in theirs.items() if key not in mine),
    )


def _figures(part: str, before: Iterable[Line], after: Iterable[Line]) -> list[Differing]:
    """Cell by cell and column by column; a figure that is left out is nought."""
    old, new = _cells(before), _cells(after)
    keys = sorted({*old, *new}, key=lambda key: tuple(str(one) for one in key))
    found = []
    for key in keys:
        organisation, stage, year, gender, column = key
        was, now = old.get(key, 0), new.get(key, 0)
        if was != now:
            found.append(Differing(part, organisation, stage, year, gender, column, was, now))
    return found


def _cells(lines: Iterable[Line]) -> dict[tuple[Any, ...], int]:
    return {
        (*(line.get(name, "") for name in _CELL), column): int(value or 0)
        for line in lines
        for column, value in line.items()
        if column not in _NO_FIGURES
    }


def _hand_key(item: Line) -> tuple[Any, ...]:
    return item["state"], item["application"], item["transaction"], item["student"]
