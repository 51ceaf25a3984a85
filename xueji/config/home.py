"""The home: the one folder in which an installation keeps all that is its own.

``docs/architecture.md`` "Home" names what lies in it. Everything else (code,
rulebooks, fonts) can be installed again; the home and its keys are what is backed up.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

CHECKOUT_MARKS = ("pyproject.toml", "rulebooks")


def default_home() -> Path:
    """``XUEJI_HOME``; else ``var/home`` of a checkout one stands in; else the user's data folder."""
    named = os.environ.get("XUEJI_HOME")
    if named:
        return Path(named).expanduser().absolute()
    here = Path.cwd()
    if all((here / mark).exists() for mark in CHECKOUT_MARKS):
        return here / "var" / "home"
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "xueji"


def write_private(path: Path, value: dict[str, Any]) -> None:
    """Write JSON that only the owner may read (0600), whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(value, stream, ensure_ascii=False, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)


@dataclass(frozen=True, slots=True)
class Home:
    """Paths of a home. Making the value touches nothing; ``prepare`` makes the folders."""

    path: Path

    @classmethod
    def current(cls) -> Home:
        """The home that this process works in."""
        return cls(default_home())

    @property
    def config_file(self) -> Path:
        return self.path / "config.json"

    @property
    def pg(self) -> Path:
        return self.path / "pg"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def anchor(self) -> Path:
        return self.path / "anchor" / "heads.jsonl"

    @property
    def files(self) -> Path:
        return self.path / "files"

    @property
    def snapshots(self) -> Path:
        return self.path / "snapshots"

    @property
    def demo_files(self) -> Path:
        return self.path / "demo-files"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    def prepare(self) -> Home:
        """Make the folders. The home may be passed through, not listed: the server's user must reach ``pg``."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o711)
        self.run.mkdir(exist_ok=True)
        self.run.chmod(0o711)
        for folder in (self.keys, self.anchor.parent, self.files, self.snapshots, self.demo_files, self.logs):
            folder.mkdir(exist_ok=True, mode=0o700)
        return self

    def config(self) -> dict[str, Any]:
        """``{"demo": bool, "business_date": "YYYY-MM-DD" | null}``, with defaults for what is not set."""
        values: dict[str, Any] = {"demo": False, "business_date": None}
        if self.config_file.exists():
            values.update(json.loads(self.config_file.read_text(encoding="utf-8")))
        return values

    def set_config(self, **changes: Any) -> None:
        """Change some values of ``config.json``."""
        write_private(self.config_file, {**self.config(), **changes})

    @property
    def is_demo(self) -> bool:
        return bool(self.config()["demo"])

    @property
    def business_date(self) -> date | None:
        """A demo home's fixed day; None where the real clock runs."""
        value = self.config()["business_date"]
        return date.fromisoformat(value) if value else None

    def secret(self, file: str, name: str) -> str:
        """A random secret of the home, made at the first asking, kept in ``keys/<file>`` (0600)."""
        path = self.keys / file
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if name not in values:
            values[name] = secrets.token_urlsafe(36)
            write_private(path, values)
        return str(values[name])
