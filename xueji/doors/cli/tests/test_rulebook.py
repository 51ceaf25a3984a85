"""``xueji rulebook check``: what an official sees."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from click.testing import CliRunner

from xueji.doors.cli.rulebook import command
from xueji.ground.parameters.loader import default_folder


def test_the_rulebook_that_comes_with_the_program_is_right() -> None:
    done = CliRunner().invoke(command, ["check", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["layers"] == ["jiangsu-2008", "nanjing-2008", "320124"]


def test_a_fault_is_told_with_file_and_line_and_exit_2(tmp_path: Path) -> None:
    copy = tmp_path / "rulebooks"
    shutil.copytree(default_folder(), copy)
    path = copy / "district" / "320124" / "changes.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    number = next(index for index, line in enumerate(lines, 1) if "days: 5" in line)
    path.write_text("\n".join(lines).replace("days: 5", "days: 50"), encoding="utf-8")
    done = CliRunner().invoke(command, ["check", str(copy)])
    assert done.exit_code == 2
    assert f"district/320124/changes.yaml 第 {number} 行" in done.stdout
    fault = json.loads(CliRunner().invoke(command, ["check", str(copy), "--json"]).stdout)["faults"][0]
    assert (fault["file"], fault["line"]) == ("district/320124/changes.yaml", number)
