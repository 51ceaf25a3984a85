"""Every limit that the rulebook sets to an act on schools or districts refuses with its sentence and its basis."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from xueji.ground.parameters.build import rulebook_from_files
from xueji.registry.reorganisation.looking import broken_limits
from xueji.registry.reorganisation.plans import KINDS

TODAY = date(2008, 11, 3)
BOOK = rulebook_from_files(TODAY, "320104")
#: (limit, kind) → the day of effect, counted from today, that breaks it and no other.
BROKEN: dict[tuple[str, str], int] = {
    ("merger_backdated", "school_merger"): -1,
    ("merger_ahead", "school_merger"): 367,
    ("split_backdated", "school_split"): -1,
    ("split_ahead", "school_split"): 367,
    ("closure_backdated", "school_closure"): -1,
    ("closure_ahead", "school_closure"): 367,
    ("renaming_backdated", "school_renaming"): -1,
    ("renaming_ahead", "school_renaming"): 367,
    ("bureau_backdated", "competent_bureau_change"): -1,
    ("bureau_ahead", "competent_bureau_change"): 367,
    ("district_backdated", "district_merger"): -1,
    ("district_ahead", "district_merger"): 367,
    ("district_split_backdated", "district_split"): -1,
    ("district_split_ahead", "district_split"): 367,
    ("district_closure_backdated", "district_closure"): -1,
    ("district_closure_ahead", "district_closure"): 367,
    ("district_name_backdated", "district_renaming"): -1,
    ("district_name_ahead", "district_renaming"): 367,
}


def test_every_limit_of_these_kinds_is_broken_once() -> None:
    of_the_form = {kind for kind, change in BOOK.changes.items() if change.form == "reorganisation"}
    assert of_the_form == set(KINDS)
    assert BROKEN.keys() == {(limit.code, kind) for kind in KINDS for limit in BOOK.change(kind).limits}


@pytest.mark.parametrize(("limit", "kind"), sorted(BROKEN), ids=str)
def test_a_broken_limit_is_refused_with_its_sentence_and_basis(limit: str, kind: str) -> None:
    change, days = BOOK.change(kind), BROKEN[limit, kind]
    (refused,) = broken_limits(change, TODAY + timedelta(days=days), TODAY)
    (stated,) = [one for one in change.limits if one.code == limit]
    assert (refused.code, refused.message, refused.basis) == (limit, f"{stated.message}。", stated.basis)
    assert stated.basis
    nearer = days + (1 if days < 0 else -1)
    assert broken_limits(change, TODAY + timedelta(days=nearer), TODAY) == []
