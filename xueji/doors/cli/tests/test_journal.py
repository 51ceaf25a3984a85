"""``xueji journal``: verify and rebuild as scripts call them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import connections

from tests.small_city import QINHUAI, SmallCity
from xueji.config.home import Home
from xueji.doors.cli.frame import Frame
from xueji.doors.cli.main import build, run
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.disclosure import services as disclosure
from xueji.ground.journals import selectors as journals
from xueji.registry.register.selectors import state_digest


def _xueji(home: Home, *arguments: str) -> int:
    def serve(path: Path) -> int:
        raise AssertionError(path)

    frame = Frame(lambda _path: home.path, serve, lambda *_args, **_more: None)
    try:
        return run(build({}), frame, list(arguments))
    except SystemExit as end:
        return int(end.code or 0)


def test_verify_prints_one_line_and_ends_with_0(
    fresh_database: str, environment: object, home: Home, small_city: SmallCity, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _xueji(home, "journal", "verify", "--json") == 0
    printed = capsys.readouterr().out
    value = json.loads(printed)
    assert printed.count("\n") == 1
    with acting_system():
        assert value == {
            "verified": True,
            "entries": sum(1 for _ in journals.stream_all(decrypt=False)),
            "organisations": len(journals.heads()),
            "digest": state_digest(),
            "faults": [],
        }


def test_verify_names_the_organisation_by_its_code_and_ends_with_1(
    fresh_database: str, environment: object, home: Home, small_city: SmallCity, capsys: pytest.CaptureFixture[str]
) -> None:
    with acting_system():
        bureau = small_city.id(QINHUAI)
        own = journals.entries_of_organisation(bureau)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE journals_entry DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE journals_entry SET effective_on = effective_on + 1 WHERE organisation = %s AND sequence = %s",
            [bureau, own[-1].sequence],
        )
    assert _xueji(home, "journal", "verify", "--json") == 1
    value = json.loads(capsys.readouterr().out)
    assert value["verified"] is False
    assert [(fault["organisation"], fault["sequence"]) for fault in value["faults"]] == [(QINHUAI, own[-1].sequence)]
    assert _xueji(home, "journal", "verify") == 1
    assert f"{QINHUAI} 第 {own[-1].sequence} 条：内容与摘要不符" in capsys.readouterr().out


def test_verify_covers_the_disclosure_log(
    fresh_database: str, environment: object, home: Home, small_city: SmallCity, capsys: pytest.CaptureFixture[str]
) -> None:
    with acting(small_city.registrar()) as actor:
        disclosure.log(actor=actor, kind="look", subjects=[])
    with acting_system():
        disclosure.chain()
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE disclosure_disclosure DISABLE TRIGGER USER")
        cursor.execute("UPDATE disclosure_disclosure SET count = 7")
    assert _xueji(home, "journal", "verify", "--json") == 1
    value = json.loads(capsys.readouterr().out)
    reason = "查看与导出记录第 1 批：内容与摘要不符，或有记录缺失"
    assert (value["verified"], value["faults"]) == (False, [{"organisation": None, "sequence": 1, "reason": reason}])
    assert _xueji(home, "journal", "verify") == 1
    assert capsys.readouterr().out.endswith(f"{reason}\n")


def test_rebuild_prints_pupils_digest_and_seconds(
    fresh_database: str, environment: object, home: Home, small_city: SmallCity, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _xueji(home, "journal", "rebuild", "--json") == 0
    value = json.loads(capsys.readouterr().out)
    assert set(value) == {"pupils", "digest", "seconds"}
    with acting_system():
        assert value["digest"] == state_digest()
