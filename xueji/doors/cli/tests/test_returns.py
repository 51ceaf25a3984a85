"""``xueji return``: the acts of a round and its state, as scripts call them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from tests.small_city import CITY, JUNIOR, MIGRANT, PRIMARY, QINHUAI, SmallCity
from xueji.config.home import Home
from xueji.doors.cli.tests.test_journal import _xueji
from xueji.duties.returns.tests.support import promote
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.registry.register.tests.lives import Lives


@pytest.fixture
def school(
    fresh_database: str, environment: SeededEnvironment, small_city: SmallCity, home: Home, settings: Any
) -> Lives:
    """Two clean pupils at 秦淮's primary school; a demo home on 1 October 2008."""
    settings.XUEJI_DEMO = True
    lives = Lives(small_city)
    lives.open()
    lives.open()
    promote(small_city, [PRIMARY], 2007)
    environment.move_to(datetime(2008, 10, 1, 9, tzinfo=LOCAL_ZONE))
    return lives


def _act(home: Home, capsys: pytest.CaptureFixture[str], act: str, code: str = PRIMARY, *more: str) -> dict[str, Any]:
    assert _xueji(home, "return", act, "--round", "2008", "--org", code, "--json", *more) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    value: dict[str, Any] = json.loads(out)
    return value


def test_a_return_goes_its_way_and_each_act_prints_one_line(
    school: Lives, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    before = _act(home, capsys, "validate")
    assert (before["state"], before["registered"], before["findings"]) == ("open", 2, [])
    states = [_act(home, capsys, act)["state"] for act in ("make", "certify", "submit")]
    assert states == ["made", "certified", "submitted"]
    assert _act(home, capsys, "send-back", PRIMARY, "--reason", "请核实")["state"] == "sent_back"
    again = [_act(home, capsys, act) for act in ("make", "certify", "submit", "accept")]
    assert again[-1]["state"] == "accepted"
    assert {one["digest"] for one in again} == {before["digest"]}
    assert set(again[-1]) == {"round", "org", "state", "registered", "digest", "findings"}


def test_findings_stand_at_the_registration_number(
    school: Lives, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    school.open(intake_year=2002)
    (found,) = _act(home, capsys, "make")["findings"]
    assert found["message"].startswith("学籍号")
    assert {**found, "message": ""} == {
        "row": f"{PRIMARY}20020103", "column": None, "columns": [], "code": "return.leaver_not_closed",
        "severity": "error", "message": "",
    }  # fmt: skip
    assert _xueji(home, "return", "certify", "--round", "2008", "--org", PRIMARY, "--json") == 2
    printed = capsys.readouterr()
    assert "还有 1 个错误" in printed.err
    assert printed.out == ""


def test_what_is_asked_is_explained_before_it_is_certified(
    school: Lives, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    school.open(guardian_1_name=None)
    (found,) = _act(home, capsys, "make")["findings"]
    assert (found["code"], found["severity"]) == ("return.not_established", "query")
    assert _xueji(home, "return", "certify", "--round", "2008", "--org", PRIMARY, "--json") == 2
    assert "还有 1 处须核实的没有写明原因（电子档案不全）" in capsys.readouterr().err
    assert _act(home, capsys, "certify", PRIMARY, "--reason", "家长在外地，材料补办中")["state"] == "certified"


def test_a_return_is_made_again_from_the_journals(
    school: Lives, home: Home, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    made = _act(home, capsys, "make")
    again = _act(home, capsys, "remake", PRIMARY, "-o", str(tmp_path / "said.json"))
    assert again == {
        "round": "2008", "org": PRIMARY, "version": 1, "digest": made["digest"], "again": made["digest"], "same": True,
    }  # fmt: skip
    assert _xueji(home, "return", "remake", "--round", "2008", "--org", JUNIOR) == 2
    assert "没有上报" in capsys.readouterr().err


def test_the_state_of_a_round(school: Lives, home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    _act(home, capsys, "make")
    assert _xueji(home, "return", "status", "--round", "2008", "--json") == 0
    value = json.loads(capsys.readouterr().out)
    assert (value["round"], value["city"]) == ("2008", "open")
    lines = {one["code"]: one for one in value["organisations"]}
    assert CITY not in lines
    assert lines[PRIMARY] == {
        "code": PRIMARY, "state": "made", "registered": 2, "due": "2008-09-30", "late": True,
    }  # fmt: skip
    assert lines[JUNIOR] == {
        "code": JUNIOR, "state": "open", "registered": None, "due": "2008-09-30", "late": True,
    }  # fmt: skip
    assert (lines[QINHUAI]["due"], lines[QINHUAI]["late"], lines[MIGRANT]["late"]) == ("2008-10-20", False, False)
    assert _xueji(home, "return", "status", "--round", "1999", "--json") == 2


def test_outside_a_demo_home_somebody_has_to_be_named(
    school: Lives, home: Home, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    settings.XUEJI_DEMO = False
    assert _xueji(home, "return", "make", "--round", "2008", "--org", PRIMARY) == 2
    assert "--as" in capsys.readouterr().err
    assert _xueji(home, "return", "make", "--round", "2008", "--org", "1") == 2
    assert "没有代码为 1" in capsys.readouterr().err
