"""``xueji as-of``: one line of JSON, the same answer at the same cut, exit 2 before the base date."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.small_city import BAIXIA_PRIMARY, CITY, PRIMARY, SmallCity
from xueji.doors.cli.frame import Frame
from xueji.doors.cli.main import build, run
from xueji.ground.accounts.context import acting_system
from xueji.ground.accounts.models import Account
from xueji.pure.kernel.types import Actor
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.usefixtures("fresh_database")


@pytest.fixture
def lives(small_city: SmallCity) -> Lives:
    """Writes lives into the small city."""
    return Lives(small_city)


def _as_of(capsys: pytest.CaptureFixture[str], actor: Actor, *words: str) -> tuple[int, Any, str]:
    with acting_system():
        login = Account.objects.get(id=actor.person).login
    frame = Frame(lambda path: path or Path("somewhere"), lambda path: 0, lambda path, day, reset: None)
    code = run(build({}), frame, ["--as", login, "as-of", *words, "--json"])
    said = capsys.readouterr()
    assert said.out.count("\n") == (1 if said.out else 0)
    return code, json.loads(said.out) if said.out else None, said.err


def test_the_register_as_of_a_day_and_as_it_was_known(lives: Lives, capsys: pytest.CaptureFixture[str]) -> None:
    child = lives.open()
    lives.open()
    head = lives.city.head(CITY)
    code, first, _ = _as_of(capsys, head, "2008-09-15")
    assert code == 0
    assert first.keys() == {"date", "pupils", "attending", "cut", "digest"}
    assert (first["date"], first["pupils"], first["attending"]) == ("2008-09-15", 2, 2)
    lives.transfer(child, BAIXIA_PRIMARY, date(2008, 3, 3))
    _, now, _ = _as_of(capsys, head, "2008-09-15", "--school", PRIMARY)
    assert now["pupils"] == 1
    assert _as_of(capsys, head, "2008-09-15", "--known-at", first["cut"]) == (0, first, "")
    _, then, _ = _as_of(capsys, head, "2008-09-15", "--school", PRIMARY, "--known-at", first["cut"][:10])
    assert then["pupils"] == 2


def test_a_school_is_answered_about_itself_alone(lives: Lives, capsys: pytest.CaptureFixture[str]) -> None:
    moved = lives.transfer(lives.open(), BAIXIA_PRIMARY, date(2008, 3, 3))
    assert moved.school == lives.city.id(BAIXIA_PRIMARY)
    registrar = lives.city.registrar(PRIMARY)
    assert _as_of(capsys, registrar, "2008-03-02")[1]["pupils"] == 1
    assert _as_of(capsys, registrar, "2008-03-03")[1]["pupils"] == 0
    code, out, err = _as_of(capsys, registrar, "2008-03-03", "--school", BAIXIA_PRIMARY)
    assert (code, out) == (2, None)
    assert "本单位管辖" in err


def test_before_the_base_date_it_exits_two_and_says_since_when(
    lives: Lives, capsys: pytest.CaptureFixture[str]
) -> None:
    head = lives.city.head(CITY)
    code, out, err = _as_of(capsys, head, "2007-09-14")
    assert (code, out) == (2, None)
    assert "自 2007-09-15 起" in err
    with pytest.raises(SystemExit, match="2"):
        _as_of(capsys, head, "15.9.2008")
    assert _as_of(capsys, head, "2008-09-15", "--known-at", "0123456789")[0] == 2
    assert _as_of(capsys, head, "2008-09-15", "--school", "99999999999")[0] == 2
