"""A whole city, carried into another home (issue 2 "Shows" 2)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PUPILS = "500"


@pytest.fixture
def place() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="xueji-city-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def xueji(home: Path, *arguments: str) -> Any:
    """What a command prints with ``--json``; it must be one line."""
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "xueji", "--home", str(home), *arguments, "--json"],
        env={**env, "XUEJI_HOME": str(home), "XUEJI_PASSPHRASE": "一个足够长的口令"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    return json.loads(done.stdout)


@pytest.mark.slow
def test_a_restored_city_verifies_with_the_same_digest(place: Path) -> None:
    first, second = place / "first", place / "second"
    city = xueji(first, "demo", "--pupils", PUPILS, "--no-serve")
    assert (city["totals_agree"], city["districts"]) == (True, 13)
    xueji(first, "backup", str(place / "city.tar"), "--keys", str(place / "city.keys"))
    xueji(second, "restore", str(place / "city.tar"), "--keys", str(place / "city.keys"))
    verified = xueji(second, "journal", "verify")
    assert verified == {**verified, "verified": True, "entries": city["journal_entries"], "digest": city["digest"]}
    rebuilt = xueji(second, "journal", "rebuild")
    assert rebuilt["digest"] == city["digest"]
    day = ("as-of", "2008-09-15")
    assert xueji(second, *day) == xueji(first, *day)


@pytest.mark.slow
def test_two_homes_hold_the_same_city(place: Path) -> None:
    cities = [xueji(place / name, "demo", "--pupils", PUPILS, "--no-serve") for name in ("first", "second")]
    assert cities[0]["digest"] == cities[1]["digest"]
