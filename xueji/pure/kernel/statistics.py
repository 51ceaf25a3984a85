"""What the rulebook says of statistics (``statistics.yaml``): named definitions, ratios by formula, class-size bands.

A definition says who counts, by clear columns of a canonical row. A ratio is a sum of named figures over another; names
are those of the flow (``registry.statistics.formulas``), with a sign, and with a stage before a point where they are
another stage's: ``-transferred_in``, ``primary.graduated``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

#: Figures that nobody can count here: an authority says them, a bureau enters them (``populations``). With their words.
ENTERED: Final[Mapping[str, str]] = {"age_group": "适龄人口"}


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
class Target:
    """What a ratio of a stage should at most, or at least, be (per cent)."""

    stage: str
    at_most: float | None = None
    at_least: float | None = None
    basis: str = ""

    @property
    def words(self) -> str:
        """不高于 1，不低于 98"""
        bounds = (("不高于", self.at_most), ("不低于", self.at_least))
        return "，".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)

    def reached(self, percent: float) -> bool:
        """Whether a ratio keeps it."""
        return (self.at_most is None or percent <= self.at_most) and (self.at_least is None or percent >= self.at_least)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio in per cent; ``stages``: of which it is told; ``cap``: what it is cut to (None: nothing); ``by_hukou``:
    whether it is also told apart by where the hukou is."""

    code: str
    title: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    stages: tuple[str, ...] = ("primary", "junior")
    cap: int | None = None
    words: str = ""
    basis: str = ""
    certainty: str = ""
    targets: tuple[Target, ...] = ()
    by_hukou: bool = False


@dataclass(frozen=True, slots=True)
class AgeGroup:
    """The ages of a stage, in full years on the first day of the school year."""

    stage: str
    youngest: int
    oldest: int


@dataclass(frozen=True, slots=True)
class Population:
    """How many people of a stage's age group live in a division (6 digits) in a school year, as its authority says."""

    division: str
    school_year: int
    stage: str
    people: int
    basis: str = ""


@dataclass(frozen=True, slots=True)
class StatisticsRules:
    """``bands``: the upper bounds of class sizes, the last band is open."""

    definitions: tuple[Definition, ...] = ()
    ratios: tuple[Ratio, ...] = ()
    bands: tuple[int, ...] = field(default=())
    age_groups: tuple[AgeGroup, ...] = ()
    populations: tuple[Population, ...] = ()


def total_of(names: Sequence[str], figures: Mapping[str, Mapping[str, int]], stage: str) -> int:
    """The sum of signed names over the figures of the stages; a figure that is missing is nought."""
    total = 0
    for name in names:
        sign, bare = (-1, name[1:]) if name.startswith("-") else (1, name)
        of, _, figure = bare.rpartition(".")
        total += sign * figures.get(of or stage, {}).get(figure, 0)
    return total


def not_entered(ratio: Ratio, figures: Mapping[str, Mapping[str, int]], stage: str) -> tuple[str, ...]:
    """The words of what the ratio divides by and nobody has entered."""
    bare = [name.removeprefix("-").rpartition(".") for name in ratio.denominator]
    return tuple(ENTERED[name] for of, _, name in bare if name in ENTERED and name not in figures.get(of or stage, {}))


def ratio_of(ratio: Ratio, figures: Mapping[str, Mapping[str, int]], stage: str) -> tuple[int, int, float | None]:
    """Numerator, denominator and the ratio in per cent; None where there is nothing to divide by."""
    above, below = (total_of(names, figures, stage) for names in (ratio.numerator, ratio.denominator))
    if below <= 0:
        return above, below, None
    percent = above * 100 / below
    return above, below, percent if ratio.cap is None else min(percent, float(ratio.cap))
