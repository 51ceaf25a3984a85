"""What a new version of a part may change of what is in force (ADR 0004)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from xueji.ground.parameters.past import changed_past

TODAY = date(2008, 11, 3)


def _kind(**ask: str) -> dict[str, Any]:
    return {"kind": "guest_begin", "from": "2007-09-01", "asks": [{"key": "until", "hint": "最后一天", **ask}]}


@pytest.mark.parametrize(
    ("after", "named"),
    [
        ({"hint": "借读的最后一天"}, None),
        ({"until": "2009-06-30"}, None),
        ({"until": "2008-06-30"}, "until until"),
        ({"key": "to"}, "until"),
        ({"type": "date"}, None),
    ],
    ids=["a hint is explained anew", "an end", "an end in the past", "another question", "a question says more"],
)
def test_a_value_in_force_keeps_what_it_asks_and_may_be_explained_anew(
    after: dict[str, str], named: str | None
) -> None:
    assert changed_past([_kind()], [_kind(**after)], TODAY) == named


@pytest.mark.parametrize(
    ("sheet", "named"),
    [
        ({"width": 210, "places": [{"text": "{name}", "x": 10, "y": 20}]}, "letter/2007-09-01 sheet y"),
        ({"width": 200, "places": [{"text": "{name}", "x": 10, "y": 21}]}, "letter/2007-09-01 sheet width"),
        ({"width": 210, "places": []}, "letter/2007-09-01 sheet"),
    ],
)
def test_a_thing_without_a_name_is_told_by_the_item_that_it_stands_in(sheet: dict[str, Any], named: str) -> None:
    def kind(page: dict[str, Any]) -> dict[str, Any]:
        return {"certificates": [{"kind": "letter", "from": "2007-09-01", "sheet": page}]}

    old = kind({"width": 210, "places": [{"text": "{name}", "x": 10, "y": 21}]})
    assert changed_past(old, kind(sheet), TODAY) == named
