"""A school with pupils at the beginning of term, for the tests of the roll-call."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from tests.small_city import PRIMARY, SmallCity
from xueji.doors.web.tests.support import load
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.registry.rollcall import selectors, services
from xueji.registry.rollcall.types import Called, LineView

TERM = "2008-autumn"


def school_with_pupils(city: SmallCity, bureau: str, count: int = 6, code: str = PRIMARY, first: int = 0) -> None:
    """An opening load: pupils of one class (grade 3 of 2007, so grade 4 now)."""
    load(city, code, range(first, first + count), 3, bureau)


def go_to(environment: SeededEnvironment, month: int, day: int, year: int = 2008) -> None:
    environment.move_to(datetime(year, month, day, 2, tzinfo=UTC))


def opened(city: SmallCity, code: str = PRIMARY) -> UUID:
    """The roll of the autumn term of 2008."""
    with acting(city.registrar(code)) as actor:
        return services.open_roll(actor=actor, school=city.id(code), term=TERM)


def lines(city: SmallCity, roll: UUID, code: str = PRIMARY, show: str = "all") -> list[LineView]:
    with acting(city.registrar(code)):
        return selectors.lines([roll], show=show, with_reasons=True)


def called(city: SmallCity, roll: UUID, *found: Called, code: str = PRIMARY) -> None:
    with acting(city.registrar(code)) as actor:
        services.enter(actor=actor, roll=roll, called=found)


def rest_here(city: SmallCity, roll: UUID, code: str = PRIMARY) -> None:
    """Everyone of the list who is not called yet is there."""
    with acting(city.registrar(code)) as actor:
        for group in selectors.class_counts(roll):
            services.enter_rest_here(actor=actor, roll=roll, class_group=group)
