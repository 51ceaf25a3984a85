"""A new installation that several processes begin at once (docs/adr/0001)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

# Says what a process believes of the home after its start: the secret of the log-in that it used, and the signing key.
_PROGRAM = """
from pathlib import Path
from xueji.config.home import Home
from xueji.config.startup import start
home = start(Home(Path({home!r})))
from django.db import connections
for alias in ("default", "owner"):
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM journals_entry")
        assert cursor.fetchone() == (0,)
from xueji.ground.keys.services import public_key
print(home.secret("app_role.json", "application"), public_key())
"""


@pytest.mark.slow
def test_a_server_and_a_command_that_begin_a_new_home_at_the_same_moment_begin_the_same(
    tmp_path: Path, databases: Any
) -> None:
    program = _PROGRAM.format(home=str(tmp_path / "home"))
    begun = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            env=databases("at_once"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=600) for process in begun]
    assert [process.returncode for process in begun] == [0, 0, 0], [errors[-2000:] for _, errors in said]
    assert len({output for output, _ in said}) == 1
