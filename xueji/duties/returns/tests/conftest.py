"""Lives of invented pupils at hand for the tests of this room."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.small_city import SmallCity
from xueji.registry.register.tests.lives import Lives


@pytest.fixture
def lives(small_city: SmallCity) -> Lives:
    """Writes entries for pupils of the small city."""
    return Lives(small_city)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: object) -> Path:
    """Snapshots of a test lie in a folder of its own."""
    settings.XUEJI_SNAPSHOTS = tmp_path / "snapshots"  # type: ignore[attr-defined]
    (tmp_path / "snapshots").mkdir()
    return tmp_path / "snapshots"
