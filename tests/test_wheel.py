"""What is installed from a wheel is whole: the guides and the rulebook come with it, not only the code."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from xueji.ground.parameters.loader import load_layers

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = """
import xueji
from xueji.doors.web.guide.text import guide
from xueji.ground.parameters.loader import load_layers
print(xueji.__file__)
print(len(load_layers().layers), "<h1>" in (guide("registrar") or ""))
"""


def _run(*arguments: str, cwd: Path, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_installed_wheel_finds_its_guides_and_its_rulebook(tmp_path: Path) -> None:
    _run("-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist"), cwd=ROOT)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    place, found = _run("-c", SCRIPT, cwd=tmp_path, PYTHONPATH=str(tmp_path / "site")).splitlines()
    assert place.startswith(str(tmp_path))
    assert found == f"{len(load_layers(ROOT / 'rulebooks').layers)} True"
