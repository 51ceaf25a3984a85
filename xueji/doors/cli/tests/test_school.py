"""``xueji school list`` as scripts call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings

from tests.small_city import CITY, CITY_SECONDARY, MIGRANT, QINHUAI, SmallCity
from xueji.config.home import Home
from xueji.doors.cli.frame import Frame
from xueji.doors.cli.main import build, run


def xueji(home: Home, *arguments: str) -> int:
    def serve(path: Path) -> int:
        raise AssertionError(path)

    return run(build({}), Frame(lambda _path: home.path, serve, lambda *_args, **_more: None), list(arguments))


def test_every_school_is_listed_with_its_kind_and_bureau(
    fresh_database: str, small_city: SmallCity, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert xueji(home, "--as", f"{CITY}jb1", "school", "list", "--json") == 0
    printed = capsys.readouterr().out
    rows = json.loads(printed)
    assert printed.count("\n") == 1
    assert [row["code"] for row in rows] == sorted(code for code in small_city.organisations if len(code) == 11)
    by_code = {row["code"]: row for row in rows}
    assert by_code[CITY_SECONDARY] == {
        "code": CITY_SECONDARY,
        "name": "南京弘文中学",
        "kind": "complete_secondary",
        "bureau": CITY,
    }
    assert (by_code[MIGRANT]["kind"], by_code[MIGRANT]["bureau"]) == ("migrant", QINHUAI)


def test_outside_a_demo_home_a_command_asks_who_acts(
    fresh_database: str, small_city: SmallCity, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert xueji(home, "school", "list", "--json") == 2
    assert capsys.readouterr().out == ""
    assert xueji(home, "--as", "nobody", "school", "list", "--json") == 2


def test_before_there_is_a_city_too_a_command_asks_who_acts(
    fresh_database: str, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert xueji(home, "school", "list", "--json") == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "--as" in printed.err


def test_a_demo_home_without_a_city_says_so(
    fresh_database: str, home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "XUEJI_DEMO", True)
    assert xueji(home, "as-of", "2008-09-15", "--json") == 2
    assert "还没有教育局" in capsys.readouterr().err
