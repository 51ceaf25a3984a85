"""``xueji intake``: the contract of issue 2 "Commands": one line of JSON, exit codes, no finding lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.small_city import PRIMARY, SmallCity
from xueji.doors.cli.frame import Frame
from xueji.doors.cli.main import build, run
from xueji.ground.accounts.context import acting_system
from xueji.ground.accounts.models import Account
from xueji.registry.intake.tests.faults import FAULTS
from xueji.registry.intake.tests.invented import good_row, good_rows, workbook

pytestmark = pytest.mark.usefixtures("fresh_database")


@pytest.fixture
def login(small_city: SmallCity) -> str:
    with acting_system():
        return Account.objects.get(id=small_city.registrar().person).login


def xueji(capsys: pytest.CaptureFixture[str], login: str, *arguments: str) -> tuple[int, str, str]:
    frame = Frame(lambda path: path or Path("somewhere"), lambda path: 0, lambda path, day, reset: None)
    code = run(build({}), frame, ["--as", login, "intake", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def _one_line(out: str) -> dict[str, Any]:
    assert out.count("\n") == 1
    answer: dict[str, Any] = json.loads(out)
    return answer


def _file(folder: Path, rows: list[Any]) -> str:
    target = folder / "名册.xlsx"
    target.write_bytes(workbook(rows))
    return str(target)


def test_the_template_that_a_school_gets_checks_without_a_finding_when_filled(
    login: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "模板.xlsx"
    code, out, _ = xueji(capsys, login, "template", "--kind", "opening", "--school", PRIMARY, "-o", str(target))
    assert (code, out) == (0, "")
    code, out, _ = xueji(capsys, login, "check", str(target), "--kind", "opening", "--school", PRIMARY, "--json")
    assert code == 0
    assert [one["code"] for one in _one_line(out)["findings"]] == ["file.no_rows"]


def test_check_finds_all_planted_faults_at_once_each_at_its_row_and_column(
    login: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planted = [fault for fault in FAULTS if fault.kind == "opening" and not fault.school]
    rows = [fault.row for fault in planted]
    file = _file(tmp_path, [*rows, good_row(1)])
    code, out, _ = xueji(capsys, login, "check", file, "--kind", "opening", "--school", PRIMARY, "--json")
    answer = _one_line(out)
    assert code == 0
    assert set(answer) == {"rows", "clean", "findings"}
    assert answer["rows"] == len(planted) + 1
    assert {tuple(one) for one in answer["findings"]} == {("row", "column", "columns", "code", "severity", "message")}
    found = {(one["row"], one["code"]) for one in answer["findings"]}
    assert {(index + 2, fault.code) for index, fault in enumerate(planted)} <= found
    assert not {one["code"] for one in answer["findings"] if one["row"] == len(planted) + 2}


def test_an_error_refuses_the_whole_and_the_same_file_is_the_same_application(
    login: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = good_rows(4)
    place = ("--kind", "opening", "--school", PRIMARY, "--json")
    wrong = _file(tmp_path, [*rows, {**good_row(9), "name": ""}])
    code, out, _ = xueji(capsys, login, "lodge", wrong, *place)
    answer = _one_line(out)
    assert (code, answer["state"], answer["application"], len(answer["findings"])) == (2, "refused", None, 1)
    file = _file(tmp_path, rows)
    first = _one_line(xueji(capsys, login, "lodge", file, *place)[1])
    code, out, _ = xueji(capsys, login, "lodge", file, *place)
    assert (code, _one_line(out)) == (0, first)
    assert (first["state"], first["rows"], first["findings"]) == ("lodged", 4, [])


def test_a_file_that_cannot_be_read_is_a_sentence_and_exit_two(
    login: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ("--kind", "opening", "--school", PRIMARY, "--json")
    text = tmp_path / "名册.csv"
    text.write_text("姓名,性别", encoding="utf-8")
    for file, word in ((text, "不是 Excel 工作簿"), (tmp_path / "没有.xlsx", "无法读取文件")):
        code, out, err = xueji(capsys, login, "check", str(file), *place)
        assert (code, out) == (2, "")
        assert word in err
    code, _, err = xueji(
        capsys, login, "check", _file(tmp_path, good_rows(1)), "--kind", "opening", "--school", "1", "--json"
    )
    assert code == 2
    assert "没有代码为 1" in err
