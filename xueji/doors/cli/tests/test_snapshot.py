"""``xueji snapshot make``: one line of JSON, files that anyone reads, the same digest at the same cut."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.small_city import BAIXIA_PRIMARY, SmallCity
from xueji.config.home import Home
from xueji.doors.cli.tests.test_journal import _xueji
from xueji.registry.register.tests.lives import Lives


@pytest.mark.usefixtures("fresh_database")
def test_a_snapshot_is_made_again_at_its_cut_into_another_folder(
    small_city: SmallCity,
    home: Home,
    settings: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings.XUEJI_DEMO = True
    settings.XUEJI_SNAPSHOTS = tmp_path / "kept"
    lives = Lives(small_city)
    child = lives.open()
    lives.open(BAIXIA_PRIMARY)

    def make(folder: str, *more: str) -> Any:
        words = ("snapshot", "make", "--as-of", "2008-09-15", "-o", str(tmp_path / folder), "--json", *more)
        assert _xueji(home, *words) == 0
        printed = capsys.readouterr().out
        assert printed.count("\n") == 1
        return json.loads(printed)

    first = make("one")
    assert first == {"date": "2008-09-15", "cut": first["cut"], "digest": first["digest"], "pupils": 2, "files": 3}
    assert pl.read_parquet(tmp_path / "one" / "**" / "*.parquet").height == 2
    lives.close(child, "death", date(2008, 4, 4))
    assert make("two")["pupils"] == 1
    assert make("three", "--known-at", first["cut"][:12]) == first
    assert _xueji(home, "snapshot", "make", "--as-of", "2008-09-15", "-o", str(tmp_path / "one"), "--json") == 2
    assert "不是空的" in capsys.readouterr().err
    assert _xueji(home, "snapshot", "make", "--as-of", "八月", "-o", str(tmp_path / "four"), "--json") == 2


@pytest.mark.usefixtures("fresh_database")
def test_a_snapshot_is_counted_from_its_folder_alone_and_an_engine_without_java_is_told(
    small_city: SmallCity,
    home: Home,
    settings: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.XUEJI_DEMO = True
    settings.XUEJI_SNAPSHOTS = tmp_path / "kept"
    Lives(small_city).open()
    folder = str(tmp_path / "one")
    assert _xueji(home, "snapshot", "make", "--as-of", "2008-09-15", "-o", folder, "--json") == 0
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    capsys.readouterr()
    words = ("snapshot", "count", folder, "--engine", "embedded", "--engine", "spark", "--json")
    assert _xueji(home, *words) == 0
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert told["equal"] is True
    assert [(one["engine"], one["pupils"]) for one in told["engines"]] == [("embedded", 1)]
    assert "没有找到 Java" in printed.err
    assert _xueji(home, "snapshot", "count", folder, "--engine", "spark") == 2
