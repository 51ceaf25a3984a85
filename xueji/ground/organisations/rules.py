"""What the rulebook in force says, as this room needs it."""

from __future__ import annotations

from datetime import date

from xueji.pure.kernel.rulebook import Rulebook


def rules(on: date) -> Rulebook:
    """The rulebook of the city in force on a day."""
    from xueji.ground.parameters.selectors import rulebook

    return rulebook(on)
