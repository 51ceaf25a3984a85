"""How a parallel run gives out its tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parent.parent


class Spreading(LoadScopeScheduling):  # type: ignore[misc]
    """Each test goes to whoever is free, so that no process waits for a long file at the end.

    The tests of a file that makes something once for all of them go together, and before the others.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return file if _shares(file) else nodeid


@cache
def _shares(file: str) -> bool:
    return 'scope="module"' in (ROOT / file).read_text(encoding="utf-8")
