"""The rules of the house that a machine can hold (docs/architecture.md)."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 400
# Written so that this file does not name them itself.
HOSTS = [f"{a}.{b}" for a, b in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("yarnpkg", "com"))]
LOCKS = {"requirements.lock", "requirements-scale.lock", "package-lock.json"}
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "signals.py", "common"}


def committed() -> list[Path]:
    """Files under version control; in an unpacked archive, all that are not made by the set-up."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0 and done.stdout:
        paths = [ROOT / name for name in done.stdout.split("\0") if name]
    else:
        made = {".venv", "var", "node_modules", "vendor", ".git"}
        paths = [path for path in ROOT.rglob("*") if not made & set(path.relative_to(ROOT).parts)]
    return [path for path in paths if path.is_file()]


def python_files() -> list[Path]:
    return [path for path in committed() if path.suffix == ".py"]


def test_no_python_file_is_longer_than_400_lines() -> None:
    lengths = {path.relative_to(ROOT): path.read_text(encoding="utf-8").count("\n") for path in python_files()}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def test_no_room_has_a_drawer_for_everything() -> None:
    assert [path for path in committed() if FORBIDDEN_NAMES & set(path.relative_to(ROOT).parts)] == []


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_nothing_happens_by_signal() -> None:
    users = [
        path.relative_to(ROOT)
        for path in python_files()
        if any(name.startswith("django.dispatch") or ".signals" in name for name in _imports(path))
    ]
    assert users == []


def _methods_named_save(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        node.name
        for outer in ast.walk(tree)
        if isinstance(outer, ast.ClassDef)
        for node in outer.body
        if isinstance(node, ast.FunctionDef) and node.name == "save"
    ]


def test_no_model_hides_logic_in_save() -> None:
    models = [path for path in python_files() if path.name == "models.py" or path.parent.name == "models"]
    assert [path for path in models if _methods_named_save(path)] == []


# Where stored facts are made, the clock, ids and salts come from the environment in force.
_WORLD = re.compile(r"\b(datetime\.now|datetime\.utcnow|timezone\.now|date\.today|uuid4\(|uuid1\()")
_MAY_ASK_THE_WORLD = {"xueji/pure/kernel/environment.py"}


def test_clock_and_ids_come_from_the_environment() -> None:
    askers = [
        name
        for path in python_files()
        if (name := str(path.relative_to(ROOT))).startswith("xueji/")
        and "/tests/" not in name
        and name not in _MAY_ASK_THE_WORLD
        and _WORLD.search(path.read_text(encoding="utf-8"))
    ]
    assert askers == []


def test_the_day_of_a_moment_is_the_day_in_nanjing() -> None:
    """Moments are kept in UTC, where it is still yesterday until eight in the morning: ``day_of`` and ``today``."""
    day_in_utc = re.compile(r"(_at|\bat|now|now\(\)|moment)\.date\(\)|_at:%Y")
    askers = [
        name
        for path in python_files()
        if (name := str(path.relative_to(ROOT))).startswith("xueji/")
        and "/tests/" not in name
        and day_in_utc.search(path.read_text(encoding="utf-8"))
    ]
    assert askers == []


def test_a_school_year_that_is_shown_names_both_its_years() -> None:
    """``school_year_name``: 2007-2008 学年, never 2007 学年, which is read as either."""
    one_year = re.compile(r"\{(?:\w+_)?year\} ?学年|\['\w*year'\]\} ?学年|(?<![-\d])20\d\d ?学年")
    assert one_year.search('f"{year} 学年"')
    assert one_year.search("f\"{answer['school_year']} 学年\"")
    assert _saying(one_year) == []


def test_no_text_sends_a_reader_to_a_side_that_a_phone_does_not_have() -> None:
    """On a phone what stands beside the page stands below it: a text names the part (本页的“办理步骤”)."""
    side = re.compile(r"(?<!离)[左右](?:边|侧|面)(?!多余的列)")
    assert side.search("进展见右边的办理步骤")
    assert _saying(side) == []


def _saying(words: re.Pattern[str]) -> list[str]:
    """Places in what users read where words stand."""
    read = [*(ROOT / "xueji").rglob("*.py"), *(ROOT / "xueji").rglob("*.html"), *(ROOT / "xueji").rglob("help.yaml")]
    return [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in [*read, *(ROOT / "docs" / "guides").glob("*.md")]
        if "/tests/" not in str(path)
        for found in words.finditer(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("host", HOSTS)
def test_no_committed_file_names_a_registry(host: str) -> None:
    assert [path for path in committed() if host.encode() in path.read_bytes()] == []


def test_locks_hold_no_addresses() -> None:
    locks = [path for path in committed() if path.name in LOCKS]
    assert len(locks) == len(LOCKS)
    for lock in locks:
        lines = [line for line in lock.read_text(encoding="utf-8").splitlines() if "://" in line]
        # npm notes where a package asks for donations; that is no place from which anything is fetched.
        assert [line for line in lines if '"url":' not in line and '"funding":' not in line] == []


def test_no_committed_file_names_a_place_of_one_machine() -> None:
    places = [b"/wo" + b"rk/", b"/ro" + b"ot/"]
    text = [path for path in committed() if path.suffix not in {".png", ".xlsx", ".pdf"}]
    assert [path for path in text if any(place in path.read_bytes() for place in places)] == []


def test_the_floors_hold() -> None:
    """In a process of its own: the tool sets up its own log and silences everybody else's."""
    tool = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
