"""A return is made again years later, in another process, without its snapshots, and from a restored backup: the same
canonical bytes (issue 4 Shows 3, invariant 6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.installations import Installation
from tests.test_demo_city import return_again

pytestmark = pytest.mark.slow
PUPILS, YEARS = 500, 4
CITY, DISTRICT_CODE = "320100", 6


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory, databases: Any) -> Installation:
    """The year of the return of 2008 and three more, with the return of each autumn."""
    made = Installation(tmp_path_factory.mktemp("rounds") / "home", databases("rounds"), {})
    size = ("--pupils", str(PUPILS), "--years", str(YEARS), "--districts", "4")
    made.outcome = made.answer("simulate", *size, "--returns")
    return made


def test_every_autumns_return_is_accepted_and_all_levels_agree(years: Installation) -> None:
    for year in range(2008, 2008 + YEARS):
        status = years.answer("return", "status", "--round", str(year))
        assert status["city"] == "accepted"
        told = status["organisations"]
        schools = sum(one["registered"] for one in told if len(one["code"]) == 11)
        assert schools == years.answer("as-of", f"{year}-09-15")["pupils"], year


def test_the_return_of_2008_is_made_again_three_years_later_and_from_a_backup(
    years: Installation, tmp_path: Path, databases: Any
) -> None:
    years.run("backup", str(tmp_path / "city.backup"), "--keys", str(tmp_path / "city.keys"))
    restored = Installation(tmp_path / "home", databases("later"), {})
    restored.run("restore", str(tmp_path / "city.backup"), "--keys", str(tmp_path / "city.keys"))
    # Districts were merged, split and closed meanwhile: one of those that made the return.
    told = {one["code"] for one in years.answer("return", "status", "--round", "2008")["organisations"]}
    district = min(code for code in told if len(code) == DISTRICT_CODE and code != CITY)
    for code in (CITY, district):
        said = return_again(years, tmp_path / "first.json", code)
        assert return_again(restored, tmp_path / "restored.json", code) == said
