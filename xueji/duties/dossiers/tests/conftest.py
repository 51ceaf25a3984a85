from __future__ import annotations

import pytest

from tests.small_city import SmallCity
from xueji.registry.register.tests.lives import Lives


@pytest.fixture
def lives(small_city: SmallCity) -> Lives:
    return Lives(small_city)
