"""Installations for tests that run the real commands: a home and a database of their own each."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

PASSPHRASE = "a passphrase of the test"


@dataclass
class Installation:
    """A home, and the environment in which commands find its database."""

    home: Path
    environment: dict[str, str]
    outcome: dict[str, Any]

    def run(self, *arguments: str, expect: int = 0) -> str:
        """Run ``xueji``; its stdout. The exit code must be the expected one."""
        done = subprocess.run(
            [sys.executable, "-m", "xueji.config.main", "--home", str(self.home), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=3_600,
            check=False,
        )
        assert done.returncode == expect, (arguments, done.returncode, done.stderr[-3000:])
        return done.stdout

    def answer(self, *arguments: str, expect: int = 0) -> Any:
        """The one line of JSON that a command prints."""
        lines = self.run(*arguments, "--json", expect=expect).splitlines()
        assert len(lines) == 1, lines
        return json.loads(lines[0])


@pytest.fixture(scope="module")
def databases() -> Iterator[Any]:
    """Gives the environment of a fresh installation; with ``DATABASE_URL`` a database of its own on that server."""
    made: list[str] = []
    url = os.environ.get("DATABASE_URL")

    def environment(name: str) -> dict[str, str]:
        values = {k: v for k, v in os.environ.items() if k not in ("XUEJI_HOME", "DJANGO_SETTINGS_MODULE")}
        values["XUEJI_PASSPHRASE"] = PASSPHRASE
        if url:
            database = f"xueji_city_{os.getpid()}_{name}"
            made.append(database)
            values["DATABASE_URL"] = re.sub(r"/[^/?]*(\?|$)", f"/{database}\\1", url)
        return values

    yield environment
    if url:
        with psycopg.connect(url, autocommit=True) as connection:
            for database in made:
                connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
