"""A school that closed in the year of a round still reports, by whoever keeps its records; each child counts once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.small_city import JUNIOR, NINE_YEAR, PRIMARY, QINHUAI, SmallCity
from xueji.duties.returns import selectors, services
from xueji.duties.returns.models import Return
from xueji.duties.returns.tests.support import make, on, refused
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.registry.register.tests.lives import Lives
from xueji.registry.reorganisation.plans import ActPlan
from xueji.registry.reorganisation.tests.acts import DAY, carry_through

pytestmark = pytest.mark.django_db


def moved(made: Return, column: str) -> int:
    """The sum of one column of a return's flow."""
    return sum(line.get(column, 0) for line in made.flow)


def test_a_school_closed_in_the_year_reports_and_its_children_count_once(
    small_city: SmallCity, lives: Lives, environment: SeededEnvironment
) -> None:
    on(environment, 11, 3)
    for code in (PRIMARY, PRIMARY, NINE_YEAR):
        lives.open(code, intake_year=2007)
    closed, keeper, bureau = (small_city.id(code) for code in (PRIMARY, NINE_YEAR, QINHUAI))
    carry_through(small_city, "school_merger", ActPlan((closed,), keeper))
    for round_code, counted in (("2008", (2, 1)), ("2009", (0, 3))):
        if round_code == "2009":
            on(environment, 9, 20, 2009)
        on_round = selectors.round_of(round_code)
        # It closed after the first round's reference date, and within the window of the second.
        assert (on_round.reference_date < DAY) == (round_code == "2008")
        with acting(small_city.head()):
            lines = {one.organisation: one for one in selectors.board(round_code, bureau).children}
        assert (lines[closed].keeper, lines[closed].reviewer) == (keeper, bureau)
        with acting(small_city.registrar(NINE_YEAR)) as actor:
            assert [one.organisation for one in selectors.kept(round_code, keeper)] == [closed]
            of_closed = services.make(actor=actor, round_code=round_code, organisation=closed)
        of_keeper = make(small_city, NINE_YEAR, round_code)
        assert (of_closed.registered, of_keeper.registered) == counted
        assert of_closed.bureau == bureau
    assert moved(of_closed, "reorganised_out") == moved(of_keeper, "reorganised_in") == 2
    with acting(small_city.head()):
        assert selectors.kept("2009", bureau) == []
    with acting(small_city.registrar(NINE_YEAR)):
        later = selectors.round_of("2010").reference_date - timedelta(days=365)
        assert later > DAY
        assert selectors.kept("2010", keeper) == []
    with acting(small_city.registrar(JUNIOR)) as other:
        said = refused(lambda: services.make(actor=other, round_code="2009", organisation=closed))
    assert said.code == "return.not_yours"
