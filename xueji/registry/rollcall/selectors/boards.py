"""A bureau's page: how each school's roll-call stands, who is late, sums. A fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from uuid import UUID

from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.terms import TermDates
from xueji.registry.rollcall.models import RollState
from xueji.registry.rollcall.selectors.lists import counts_of
from xueji.registry.rollcall.selectors.rolls import rolls_of_term
from xueji.registry.rollcall.types import BoardLine, Counts, RollView

NONE = "none"


def is_late(roll: RollView | None, dates: TermDates) -> bool:
    """Not opened by the day of the first list, or not closed by the day on which no-shows must be cleared."""
    if roll is None:
        return today() > dates.first_list_on
    return roll.state != RollState.CLOSED and today() > dates.clear_by


def board(schools: Sequence[Organisation], dates: TermDates) -> list[BoardLine]:
    """A line for each school, in the order given."""
    ids = [one.id for one in schools]
    bureaus = organisations.competent_bureaus(ids)
    rolls = rolls_of_term(ids, dates.code)
    counts = counts_of([roll.id for roll in rolls.values()])
    return [_line(one, rolls.get(one.id), bureaus.get(one.id), counts, dates) for one in schools]


def _line(
    school: Organisation, roll: RollView | None, bureau: UUID | None, counts: dict[UUID, Counts], dates: TermDates
) -> BoardLine:
    return BoardLine(
        school=school.id,
        code=school.code,
        name=school.name,
        bureau=bureau,
        state=roll.state if roll else NONE,
        late=is_late(roll, dates),
        roll=roll.id if roll else None,
        counts=counts.get(roll.id, Counts()) if roll else Counts(),
        closed_at=roll.closed_at if roll else None,
    )


def sums(lines: Iterable[BoardLine]) -> Counts:
    """The figures of these schools together."""
    return reduce(Counts.plus, (line.counts for line in lines), Counts())
