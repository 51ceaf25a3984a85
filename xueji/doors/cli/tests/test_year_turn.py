"""``xueji promote`` and ``xueji graduate``: a bureau's schools at once; a rerun finds nothing to do."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, PRIMARY, QINHUAI, SmallCity
from xueji.config.home import Home
from xueji.doors.cli.tests.test_journal import _xueji
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.registry.applications.tests.support import child, enrol


@pytest.fixture
def city(fresh_database: str, environment: SeededEnvironment, small_city: SmallCity, settings: Any) -> SmallCity:
    """Two schools of two districts with grades 1 and 6, in a demo home in September 2008."""
    settings.XUEJI_DEMO = True
    environment.move_to(datetime(2008, 3, 24, 9, tzinfo=LOCAL_ZONE))
    for first, (code, bureau) in enumerate({PRIMARY: QINHUAI, BAIXIA_PRIMARY: BAIXIA}.items()):
        rows = [child(10 * first + number, grade=grade) for number, grade in ((1, 1), (2, 6), (3, 6))]
        enrol(small_city, rows, school=code, bureau=bureau, kind="opening", file=code)
    environment.move_to(datetime(2008, 9, 2, 9, tzinfo=LOCAL_ZONE))
    return small_city


def _run(home: Home, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert _xueji(home, *arguments, "--json") == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    value: dict[str, Any] = json.loads(out)
    return value


def test_a_promotion_is_previewed_written_and_run_again(
    city: SmallCity, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    promote = ("promote", "--school-year", "2008", "--org")
    seen = _run(home, capsys, *promote, CITY, "--preview")
    assert (seen["schools"], seen["cohorts"], seen["going_up"], "written" in seen) == (2, 2, 2, False)
    own = _run(home, capsys, *promote, QINHUAI)
    assert (own["schools"], own["written"], own["done"], own["skipped"]) == (1, 1, 1, [])
    rest = _run(home, capsys, *promote, CITY)
    assert (rest["schools"], rest["written"]) == (1, 1)
    again = _run(home, capsys, *promote, CITY)
    assert (again["cohorts"], again["written"], again["done"]) == (0, 0, 0)


def test_graduations_that_wait_are_approved_by_each_bureau(
    city: SmallCity, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    graduate = ("graduate", "--school-year", "2007", "--stage", "primary", "--org")
    seen = _run(home, capsys, *graduate, CITY, "--preview")
    assert (seen["schools"], seen["waiting"], seen["graduating"], seen["completing"]) == (2, 0, 4, 0)
    lodged = _run(home, capsys, *graduate, QINHUAI, "--lodge")
    assert (lodged["waiting"], lodged["written"], lodged["done"]) == (1, 2, 1)
    rest = _run(home, capsys, *graduate, CITY, "--lodge")
    assert (rest["graduating"], rest["written"], rest["done"]) == (2, 2, 1)
    assert _run(home, capsys, *graduate, CITY)["written"] == 0


def test_outside_a_demo_nobody_lodges_for_a_school(
    city: SmallCity, home: Home, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    settings.XUEJI_DEMO = False
    assert _xueji(home, "graduate", "--school-year", "2007", "--org", CITY, "--lodge") == 2
    assert "--as" in capsys.readouterr().err
