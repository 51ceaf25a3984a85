"""The named rates of ``xueji simulate``, read from ``rates.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import yaml

_FILE = Path(__file__).with_name("rates.yaml")
_THOUSAND, _HUNDRED = 1000, 100


@dataclass(frozen=True, slots=True)
class Rates:
    """``pupils``: a year for each thousand pupils; ``organisations``: a year for each hundred schools; ``schools``: of
    a hundred schools; ``always``: whenever it concerns somebody."""

    pupils: Mapping[str, float]
    organisations: Mapping[str, float]
    schools: Mapping[str, float]
    always: frozenset[str]

    def kinds(self) -> frozenset[str]:
        """All kinds that have a rate."""
        return frozenset({*self.pupils, *self.organisations, *self.schools, *self.always})

    def due(self, pupils: int, years: int, index: int) -> dict[str, int]:
        """How often each kind of one pupil happens in the year ``index`` of so many: at least once in a run."""
        return _spread(self.pupils, pupils / _THOUSAND, years, index)

    def acts(self, schools: int, years: int, index: int) -> dict[str, int]:
        """How often each act on schools and districts happens in the year ``index``: at least once in a run."""
        return _spread(self.organisations, schools / _HUNDRED, years, index)

    def share(self, kind: str, schools: int) -> int:
        """How many of so many schools do it: at least one."""
        return ceil(self.schools[kind] * schools / _HUNDRED)


def _spread(a_year: Mapping[str, float], size: float, years: int, index: int) -> dict[str, int]:
    """What is due in one of so many years, the rarest in the first one."""
    totals = {kind: max(1, round(rate * size * years)) for kind, rate in a_year.items()}
    return {kind: ceil(all_ * (index + 1) / years) - ceil(all_ * index / years) for kind, all_ in totals.items()}


def rates() -> Rates:
    """Raises ``KeyError`` where a list is missing, ``ValueError`` where a rate is no number."""
    data = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    numbers = {name: _numbers(data[name]) for name in ("rates", "organisations", "schools")}
    return Rates(numbers["rates"], numbers["organisations"], numbers["schools"], frozenset(map(str, data["always"])))


def _numbers(data: Mapping[str, object]) -> dict[str, float]:
    return {str(kind): float(str(rate)) for kind, rate in data.items()}
