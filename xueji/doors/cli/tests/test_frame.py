"""What all commands share: one line of JSON, exit codes, sentences on stderr."""

from __future__ import annotations

import json
import types
from datetime import date
from pathlib import Path
from uuid import UUID

import click
import pytest

from xueji.doors.cli import main as command_line
from xueji.doors.cli.frame import Frame, emit, json_option, negative, ready, say, unreadable
from xueji.doors.cli.main import COMMANDS, build, run
from xueji.pure.kernel.types import Refused, Severity


@click.group("probe")
def probe() -> None:
    """Commands that end in each way there is."""


@probe.command("count")
@json_option
def count(as_json: bool) -> None:
    say("正在统计……")
    home = ready()
    value = {"home": home, "on": date(2008, 9, 15), "of": UUID(int=7), "severity": Severity.NOTE, "text": "甲\n乙"}
    emit(value, as_json=as_json, text="共 1 人。")


@probe.command("refuse")
def refuse() -> None:
    raise Refused("probe.refused", "这所学校没有这个班，请核对班号。")


@probe.command("deny")
@json_option
def deny(as_json: bool) -> None:
    emit({"verified": False}, as_json=as_json)
    negative()


@probe.command("open")
def open_file() -> None:
    unreadable("文件打不开。")


@probe.command("show")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--kind", required=True, type=click.Choice(["甲", "乙"]))
@click.option("--limit", type=click.IntRange(1, 9))
def show(file: Path, kind: str, limit: int | None) -> None:
    say(f"{file} {kind} {limit}")


@pytest.fixture
def xueji(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> click.Group:
    module = types.ModuleType("probe")
    module.command = probe  # type: ignore[attr-defined]
    monkeypatch.setattr(command_line, "find_spec", lambda name: object())
    monkeypatch.setattr(command_line, "import_module", lambda name: module)
    return build({"probe": ("probe", "试验")})


def outcome(group: click.Group, *arguments: str) -> int:
    try:
        frame = Frame(lambda path: path or Path("somewhere"), lambda path: 0, lambda path, day, reset: None)
        return run(group, frame, list(arguments))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else -1


def test_with_json_a_command_prints_exactly_one_line(xueji: click.Group, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(xueji, "--home", "here", "probe", "count", "--json") == 0
    said = capsys.readouterr()
    assert said.out.count("\n") == 1
    assert json.loads(said.out) == {
        "home": "here", "on": "2008-09-15", "of": str(UUID(int=7)), "severity": "note", "text": "甲\n乙"
    }  # fmt: skip
    assert said.err == "正在统计……\n"


def test_without_json_a_person_reads_a_sentence(xueji: click.Group, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(xueji, "probe", "count") == 0
    assert capsys.readouterr().out == "共 1 人。\n"


def test_a_refusal_is_a_sentence_on_stderr_and_exit_2(xueji: click.Group, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(xueji, "probe", "refuse") == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "这所学校没有这个班，请核对班号。\n")


def test_a_negative_answer_is_exit_1(xueji: click.Group, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(xueji, "probe", "deny", "--json") == 1
    assert json.loads(capsys.readouterr().out) == {"verified": False}


@pytest.mark.parametrize(
    "arguments", [["probe", "open"], ["probe", "nothing"], ["--nonsense"], ["probe", "count", "x"]]
)
def test_bad_usage_and_unreadable_files_are_exit_2(
    xueji: click.Group, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert outcome(xueji, *arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--nonsense"], "没有“--nonsense”这个选项。"),
        (["probe", "nothing"], "没有“nothing”这个命令。"),
        (["probe", "coun"], "没有“coun”这个命令。您要的可能是：count。"),
        (["probe", "count", "x"], "多写了“x”，请去掉。"),
        (["probe", "show", "a"], "还缺少选项 --kind。可用的有：甲、乙。"),
        (["probe", "show", "--kind", "甲"], "还缺少参数“文件”。应是文件，不是文件夹。"),
        (["probe", "show", "--kind"], "选项 --kind 后面要写值。"),
        (["probe", "show", "a", "--kind", "丙"], "选项 --kind 的值不能用。可用的有：甲、乙。"),
        (
            ["probe", "show", "a", "--kind", "甲", "--limit", "0"],
            "选项 --limit 的值不能用。应是不小于 1、不大于 9 的整数。",
        ),
        (["probe", "show", ".", "--kind", "甲"], "参数“文件”的值不能用。应是文件，不是文件夹。"),
    ],
)
def test_a_wrong_command_is_answered_in_chinese_with_how_it_is_written(
    xueji: click.Group, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert outcome(xueji, *arguments) == 2
    first, *more = capsys.readouterr().err.splitlines()
    assert first == sentence
    for line, start in zip(more, ("写法：xueji ", "说明：xueji "), strict=False):  # click does not always say where
        assert line.startswith(start)


def test_the_overview_loads_no_command(xueji: click.Group, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(xueji, "--help") == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in COMMANDS)


def test_the_help_of_every_command_is_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    group = build({})
    for name in COMMANDS:
        assert outcome(group, name, "--help") == 0
    assert outcome(group, "as-of", "--help") == 0
    shown = capsys.readouterr().out
    for english in ("Usage", "Options", "Commands", "OPTIONS", "Show this", "required", "default", "TEXT", "CODE"):
        assert english not in shown
    assert "用法：xueji as-of [选项] 日期" in shown
    assert "-h, --help" in shown
    assert "显示这段说明" in shown
