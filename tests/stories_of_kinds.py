"""What a registrar fills in for each kind of change, for the tests that do every kind whole.

A new kind adds a line here, and nothing else in these tests. ``before``: kinds that must be in force first. Values may
name ``$class``, ``$lower_class``, ``$higher_class``, ``$next_class`` (class groups of the pupil's school) and ``$host``
(another school's code); ``day`` is when it is lodged, ``status`` how the pupil stands afterwards ("": not registered).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

AUTUMN, SPRING = date(2008, 9, 22), date(2009, 2, 23)


@dataclass(frozen=True, slots=True)
class Told:
    """One kind as it is told at the pages."""

    claim: Mapping[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    day: date = AUTUMN
    status: str = "in_school"
    attends: str = ""


TOLD: dict[str, Told] = {
    "suspension": Told(
        {"effective_on": "2008-09-22", "until": "2009-08-31", "reason_code": "illness"}, status="suspended"
    ),
    "suspension_extension": Told(
        {"until": "2010-02-28", "reason": "继续治疗"}, ("suspension",), date(2009, 8, 10), "suspended"
    ),
    "resumption": Told({"effective_on": "2009-02-23", "class_group": "$class"}, ("suspension",), SPRING),
}


def claim_on(kind: str, day: date) -> dict[str, str]:
    """The answers of a kind as they would be given on a day, for kinds whose answers are dates and codes."""
    begun = TOLD[kind].day
    moved = {}
    for key, value in TOLD[kind].claim.items():
        if value.startswith("$"):
            continue
        try:
            moved[key] = (date.fromisoformat(value) + (day - begun)).isoformat()
        except ValueError:
            moved[key] = value
    return moved
