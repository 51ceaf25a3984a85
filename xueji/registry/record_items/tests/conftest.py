"""Lives of invented pupils at hand for the tests of this room."""

from __future__ import annotations

import pytest

from tests.small_city import SmallCity
from xueji.registry.register.tests.lives import Lives


@pytest.fixture
def lives(small_city: SmallCity) -> Lives:
    """Writes entries for pupils of the small city."""
    return Lives(small_city)
