"""Fixtures of the room."""

import pytest

from tests.small_city import SmallCity
from xueji.registry.register.tests.lives import Lives


@pytest.fixture
def lives(small_city: SmallCity) -> Lives:
    """Writes lives into the small city."""
    return Lives(small_city)
