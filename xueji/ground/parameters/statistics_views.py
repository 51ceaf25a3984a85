"""Statistics: from the schema's values to the frozen values of the pure floor."""

from __future__ import annotations

from collections.abc import Iterable

from xueji.pure.kernel.statistics import Definition, Ratio, StatisticsRules

from .schema.statistics import DefinitionPart, RatioPart


def statistics_view(
    definitions: Iterable[DefinitionPart], ratios: Iterable[RatioPart], bands: Iterable[int]
) -> StatisticsRules:
    """What is in force of definitions, ratios and bands."""
    return StatisticsRules(
        tuple(
            Definition(
                one.code,
                one.title,
                {item.column: item.values for item in one.where},
                one.school_kinds,
                one.basis,
                one.certainty,
            )
            for one in definitions
        ),
        tuple(
            Ratio(
                one.code,
                one.title,
                one.numerator,
                one.denominator,
                one.stages,
                one.cap,
                one.words,
                one.basis,
                one.certainty,
            )
            for one in ratios
        ),
        tuple(bands),
    )
