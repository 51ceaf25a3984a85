"""``statistics.yaml``: named definitions, ratios by formula, class-size bands."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from .base import ADD_ONLY, FIXED, Dated, Identifier, Part, Words


class ConditionPart(Part):
    """A clear column of the canonical row and the values that count."""

    identity: ClassVar[tuple[str, ...]] = ("column",)
    column: Identifier
    values: tuple[str, ...] = Field(min_length=1)


class DefinitionPart(Dated):
    """Who counts under a name."""

    identity: ClassVar[tuple[str, ...]] = ("code",)
    code: Identifier
    title: Words
    where: tuple[ConditionPart, ...] = ()
    school_kinds: tuple[Identifier, ...] = ()


class TargetPart(Part):
    """What a ratio of a stage should be, in per cent."""

    identity: ClassVar[tuple[str, ...]] = ("stage",)
    stage: Literal["primary", "junior"]
    at_most: float | None = None
    at_least: float | None = None
    basis: Words


class RatioPart(Dated):
    """A ratio by its formula; ``words``: the formula as a person says it; ``by_hukou``: also told by where the hukou
    is."""

    identity: ClassVar[tuple[str, ...]] = ("code",)
    code: Identifier
    title: Words
    numerator: tuple[Words, ...] = Field(min_length=1)
    denominator: tuple[Words, ...] = Field(min_length=1)
    stages: tuple[Literal["primary", "junior"], ...] = ("primary", "junior")
    cap: int | None = None
    words: Words
    targets: tuple[TargetPart, ...] = ()
    by_hukou: bool = False


class AgeGroupPart(Dated):
    """The ages of a stage, in full years on the first day of the school year."""

    identity: ClassVar[tuple[str, ...]] = ("stage",)
    stage: Literal["primary", "junior"]
    youngest: int
    oldest: int


class PopulationPart(Dated):
    """The people of a stage's age group in a division (6 digits) in a school year (2008: 2008-2009)."""

    identity: ClassVar[tuple[str, ...]] = ("division", "school_year", "stage")
    division: Words
    school_year: int
    stage: Literal["primary", "junior"]
    people: int


class StatisticsFile(Part):
    """The whole file."""

    definitions: Annotated[tuple[DefinitionPart, ...], ADD_ONLY] = ()
    ratios: Annotated[tuple[RatioPart, ...], ADD_ONLY] = ()
    age_groups: Annotated[tuple[AgeGroupPart, ...], ADD_ONLY] = ()
    populations: Annotated[tuple[PopulationPart, ...], ADD_ONLY] = ()
    class_size_bands: Annotated[tuple[int, ...], FIXED] = ()
