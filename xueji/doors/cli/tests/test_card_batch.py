"""``xueji certificate batch``: files by class, exceptions with reasons, run again after a stop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.small_city import PRIMARY, SmallCity
from xueji.config.home import Home
from xueji.doors.cli.tests.test_journal import _xueji
from xueji.registry.photos.tests.pictures import give_photo
from xueji.registry.register.tests.lives import Lives


def test_a_schools_cards_are_written_by_class_and_finished_classes_passed_over(
    fresh_database: str,
    small_city: SmallCity,
    home: Home,
    settings: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings.XUEJI_DEMO = True
    lives = Lives(small_city)
    child, without = lives.open(name="欧阳𠮷"), lives.open(name="丁四", intake_year=2006)
    give_photo(small_city, child.student, 1)
    folder = tmp_path / "cards"
    command = ("certificate", "batch", "--kind", "student_card", "--school", PRIMARY, "-o", str(folder), "--json")

    def run() -> dict[str, Any]:
        assert _xueji(home, *command) == 0
        value: dict[str, Any] = json.loads(capsys.readouterr().out)
        return value

    made = run()
    assert (made["pupils"], made["cards"], made["left_out"], made["failed"]) == (2, 1, 1, 0)
    second, third = made["classes"]
    assert Path(second["sheets"]).read_bytes().startswith(b"%PDF-")
    assert third["sheets"] is None
    assert [one["code"] for one in third["left_out"]] == ["certificate.no_photo"]
    assert third["left_out"][0]["registration_number"]
    Path(third["roll"]).unlink()
    again = run()
    assert [one["passed_over"] for one in again["classes"]] == [True, False]
    assert (again["batch"], Path(third["roll"]).exists()) == (made["batch"], True)
    assert without.student
    other = (*command[:7], str(tmp_path / "other"), "--class", "九（9）班")
    assert _xueji(home, *other) == 2
    assert "没有班级" in capsys.readouterr().err
    issue = (
        "certificate",
        "issue",
        "--kind",
        "student_card",
        "--number",
        f"{PRIMARY}20060102",
        "-o",
        str(tmp_path / "x"),
    )
    assert _xueji(home, *issue) == 2
    assert "照片" in capsys.readouterr().err
