"""Demo homes (issue 2 "Commands": seeding is refused outside a demo home)."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest

from xueji.config.databases import owner_conninfo
from xueji.config.demo_home import make_demo_home
from xueji.config.home import Home
from xueji.config.postgres import EmbeddedServer
from xueji.pure.kernel.types import Refused

DAY = date(2008, 11, 3)


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    folder = Path(tempfile.mkdtemp(prefix="xueji-demo-"))
    folder.chmod(0o711)
    yield Home(folder / "home")
    shutil.rmtree(folder, ignore_errors=True)


def put_an_entry(home: Home) -> None:
    server = EmbeddedServer(home.prepare()).enter()
    with psycopg.connect(owner_conninfo(home)) as owner:
        owner.execute("CREATE TABLE journals_entry AS SELECT 1 AS sequence")
    server.leave()


def entries(home: Home) -> object:
    server = EmbeddedServer(home).enter()
    with psycopg.connect(owner_conninfo(home)) as owner:
        row = owner.execute("SELECT to_regclass('journals_entry')::text").fetchone()
    server.leave()
    return row[0] if row else None


def test_an_empty_home_becomes_a_demo_home_with_its_day(place: Home) -> None:
    make_demo_home(place, DAY, reset=False)
    assert (place.is_demo, place.business_date) == (True, DAY)


def test_a_home_with_a_register_is_refused_until_reset_is_asked_for(place: Home) -> None:
    make_demo_home(place, DAY, reset=False)
    put_an_entry(place)
    with pytest.raises(Refused, match="--reset"):
        make_demo_home(place, DAY, reset=False)
    assert entries(place) == "journals_entry"
    (place.demo_files / "roster.xlsx").write_bytes(b"old")
    make_demo_home(place, DAY, reset=True)
    assert entries(place) is None
    assert list(place.demo_files.iterdir()) == []


def test_a_real_home_is_never_emptied(place: Home) -> None:
    put_an_entry(place)
    with pytest.raises(Refused, match="不是演示目录"):
        make_demo_home(place, DAY, reset=True)
    assert entries(place) == "journals_entry"
    assert not place.is_demo
