"""What the rulebook says of statistics (``statistics.yaml``): named definitions, ratios by formula, class-size bands.

A definition says who counts, by clear columns of a canonical row. A ratio is a sum of named figures over another; names
are those of the flow (``registry.statistics.formulas``), with a sign, and with a stage before a point where they are
another stage's: ``-transferred_in``, ``primary.graduated``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Definition:
    """Who counts under a name: all ``where`` hold (column → values); ``school_kinds``: only at such schools."""

    code: str
    title: str
    where: Mapping[str, tuple[str, ...]]
    school_kinds: tuple[str, ...] = ()
    basis: str = ""
    certainty: str = ""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio in per cent; ``stages``: of which it is told; ``cap``: what it is cut to (None: nothing)."""

    code: str
    title: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    stages: tuple[str, ...] = ("primary", "junior")
    cap: int | None = None
    words: str = ""
    basis: str = ""
    certainty: str = ""


@dataclass(frozen=True, slots=True)
class StatisticsRules:
    """``bands``: the upper bounds of class sizes, the last band is open."""

    definitions: tuple[Definition, ...] = ()
    ratios: tuple[Ratio, ...] = ()
    bands: tuple[int, ...] = field(default=())


def total_of(names: Sequence[str], figures: Mapping[str, Mapping[str, int]], stage: str) -> int:
    """The sum of signed names over the figures of the stages; a figure that is missing is nought."""
    total = 0
    for name in names:
        sign, bare = (-1, name[1:]) if name.startswith("-") else (1, name)
        of, _, figure = bare.rpartition(".")
        total += sign * figures.get(of or stage, {}).get(figure, 0)
    return total


def ratio_of(ratio: Ratio, figures: Mapping[str, Mapping[str, int]], stage: str) -> tuple[int, int, float | None]:
    """Numerator, denominator and the ratio in per cent; None where there is nothing to divide by."""
    above, below = (total_of(names, figures, stage) for names in (ratio.numerator, ratio.denominator))
    if below <= 0:
        return above, below, None
    percent = above * 100 / below
    return above, below, percent if ratio.cap is None else min(percent, float(ratio.cap))
