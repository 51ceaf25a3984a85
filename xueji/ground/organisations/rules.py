"""What the rulebook in force says, as this room needs it."""

from __future__ import annotations

from datetime import date

from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.rulebook import Rulebook

#: Stands beside the entries that were made before a rulebook was loaded: the first bureaus.
BEFORE_ANY_RULEBOOK = "none"


def rules(on: date) -> Rulebook:
    """The rulebook of the city in force on a day; ``Refused`` before the first load."""
    return parameters.rulebook(on)


def version() -> str:
    """The version that journals store beside an entry made now."""
    return parameters.current_version() or BEFORE_ANY_RULEBOOK
