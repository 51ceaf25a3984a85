"""Cases of the small city, opened as a school's registrar lodges them."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.small_city import PRIMARY, SmallCity
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Actor
from xueji.registry.cases import services
from xueji.registry.cases.tests.support import OpenCase, planned


@pytest.fixture
def open_case(small_city: SmallCity) -> OpenCase:
    def opened(
        *, actor: Actor | None = None, stage: str = "", kind: str = "enrolment", counterpart: UUID | None = None
    ) -> UUID:
        lodger = actor or small_city.registrar()
        with acting(lodger):
            case = services.open_case(
                actor=lodger,
                subject=environment().new_id(),
                kind=kind,
                organisation=small_city.id(PRIMARY),
                steps=planned(small_city),
                stage=stage,
                concerns=[counterpart] if counterpart else [],
                label="新生入学 · 1 人",
            )
        return case.id

    return opened
