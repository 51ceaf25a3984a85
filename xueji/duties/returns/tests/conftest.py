"""Lives of invented pupils at hand for the tests of this room."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.small_city import PRIMARY, SmallCity
from xueji.duties.returns.tests.support import on, promote
from xueji.pure.kernel.environment import SeededEnvironment
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


@pytest.fixture
def school(lives: Lives, environment: SeededEnvironment) -> Lives:
    """秦淮's primary school with three pupils of cohort 2007, moved up; it is 16 September 2008."""
    for _ in range(3):
        lives.open()
    promote(lives.city, [PRIMARY], 2007)
    on(environment, 9, 16)
    return lives
