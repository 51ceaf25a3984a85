"""What every schema is made of: strict models whose keys say how a lower layer may change them.

A lower layer adds steps, evidence and shorter days, it never loosens the layer
above (design §2). Each key declares its mode with ``Annotated[…, FIXED]`` and so
on; a key without one is FIXED.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class Mode(StrEnum):
    """How a lower layer may change a key."""

    FIXED = "fixed"  # not at all
    ADD_ONLY = "add_only"  # a list grows, what is in it stays
    AT_MOST = "at_most"  # an equal or smaller value
    AT_LEAST = "at_least"  # an equal or greater value
    WITHIN = "within"  # a group of keys, each with its own mode
    OWN = "own"  # belongs to the layer that says it: basis, dates, place of an added step


@dataclass(frozen=True, slots=True)
class Layered:
    """Marks a key with its mode."""

    mode: Mode


FIXED = Layered(Mode.FIXED)
ADD_ONLY = Layered(Mode.ADD_ONLY)
AT_MOST = Layered(Mode.AT_MOST)
AT_LEAST = Layered(Mode.AT_LEAST)
WITHIN = Layered(Mode.WITHIN)
OWN = Layered(Mode.OWN)

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
Words = Annotated[str, StringConstraints(min_length=1)]
MonthDayText = Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]


class Part(BaseModel):
    """A group of keys. ``identity`` names the keys by which items of a list are told apart."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, strict=False)
    identity: ClassVar[tuple[str, ...]] = ()

    def who(self) -> tuple[Any, ...]:
        """The item's identity within its list."""
        return tuple(getattr(self, name) for name in self.identity)


class Dated(Part):
    """A value in force from ``from`` up to and including ``until``; past values are never edited."""

    valid_from: Annotated[date | None, OWN] = Field(None, alias="from")
    valid_to: Annotated[date | None, OWN] = Field(None, alias="until")
    basis: Annotated[str, OWN] = ""
    certainty: Annotated[str, OWN] = ""

    def in_force(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


def mode_of(model: type[Part], name: str) -> Mode:
    """The mode of a key of a schema."""
    for item in model.model_fields[name].metadata:
        if isinstance(item, Layered):
            return item.mode
    return Mode.FIXED
