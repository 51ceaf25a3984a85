"""Statistics: from the schema's values to the frozen values of the pure floor."""

from __future__ import annotations

from collections.abc import Iterable

from xueji.pure.kernel.statistics import AgeGroup, Definition, Population, Ratio, StatisticsRules, Target

from .schema.statistics import AgeGroupPart, DefinitionPart, PopulationPart, RatioPart


def statistics_view(
    definitions: Iterable[DefinitionPart],
    ratios: Iterable[RatioPart],
    bands: Iterable[int],
    age_groups: Iterable[AgeGroupPart] = (),
    populations: Iterable[PopulationPart] = (),
) -> StatisticsRules:
    """What is in force of definitions, ratios, bands, age groups and populations."""
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
                tuple(Target(it.stage, it.at_most, it.at_least, it.basis) for it in one.targets),
                one.by_hukou,
            )
            for one in ratios
        ),
        tuple(bands),
        tuple(AgeGroup(one.stage, one.youngest, one.oldest) for one in age_groups),
        tuple(Population(one.division, one.school_year, one.stage, one.people, one.basis) for one in populations),
    )
