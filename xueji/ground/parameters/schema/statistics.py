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


class RatioPart(Dated):
    """A ratio by its formula; ``words``: the formula as a person says it."""

    identity: ClassVar[tuple[str, ...]] = ("code",)
    code: Identifier
    title: Words
    numerator: tuple[Words, ...] = Field(min_length=1)
    denominator: tuple[Words, ...] = Field(min_length=1)
    stages: tuple[Literal["primary", "junior"], ...] = ("primary", "junior")
    cap: int | None = None
    words: Words


class StatisticsFile(Part):
    """The whole file."""

    definitions: Annotated[tuple[DefinitionPart, ...], ADD_ONLY] = ()
    ratios: Annotated[tuple[RatioPart, ...], ADD_ONLY] = ()
    class_size_bands: Annotated[tuple[int, ...], FIXED] = ()
