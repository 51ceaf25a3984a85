"""What was done to keep this home: backups and tests of restoring them, a line each in a file of the home.

Plain files, so that the commands that write them need no database.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

FILE: Final = "upkeep.jsonl"
BACKUP, RESTORE_TEST = "backup", "restore_test"


@dataclass(frozen=True, slots=True)
class Done:
    """One thing done: when, and its figures."""

    what: str
    at: datetime
    values: dict[str, Any]


def note(home: Path, what: str, at: datetime, **values: Any) -> None:
    """Add a line (0600). No secret and nothing of a pupil stands there."""
    descriptor = os.open(home / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as stream:
        stream.write(json.dumps({"what": what, "at": at.isoformat(), **values}, ensure_ascii=False) + "\n")


def last(home: Path) -> dict[str, Done]:
    """The last of each sort; a line that cannot be read is passed over."""
    found: dict[str, Done] = {}
    path = home / FILE
    if not path.exists():
        return found
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            value = json.loads(line)
            done = Done(str(value.pop("what")), datetime.fromisoformat(value.pop("at")), value)
        except (ValueError, KeyError, AttributeError, TypeError):
            continue
        found[done.what] = done
    return found
