"""What a kind of change is in the model: who may, what is asked for, who decides, what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tests.lives.model import ABROAD, DROPPED_OUT, IN_SCHOOL, SUSPENDED, Ask, City, Registration, Step

May = Callable[[City, Ask, date], bool]
Do = Callable[[City, Ask, date], None]
#: Whether a pupil who stands so on the day may have it.
Needs = Callable[[City, Ask, Registration, date], bool]
#: Fills in what the form asks beside the day.
Fill = Callable[[City, Ask, Registration, date, Random], None]


@dataclass(frozen=True)
class Kind:
    """``may``: asked when it is lodged and, where ``rechecked``, at every decision that compares the register.

    ``at_lodging`` is asked only then, ``at_end`` only at the last decision. ``propose``: something to ask for, of the
    pupil or school of that number. ``route``: who decides; nobody where it is done at once. ``parks``: a row about
    somebody who is registered by the time that it is compared leaves the decision.
    """

    may: May
    do: Do
    propose: Callable[[City, int, date, Random], Ask | None]
    route: Callable[[City, Ask], tuple[Step, ...]]
    of_pupil: bool = True
    at_lodging: May = lambda *_: True
    at_end: May = lambda *_: True
    rechecked: bool = True
    parks: bool = False


# Who decides -------------------------------------------------------------------------------------------------------
DECIDE: tuple[Step, ...] = (("decide", "deputy_head", "school"),)
SCHOOL: tuple[Step, ...] = (("proofread", "proofreader", "school"), *DECIDE)
BUREAU: tuple[Step, ...] = (("examine", "clerk", "bureau"), ("approve", "head", "bureau"))
OTHER: tuple[Step, ...] = (("examine", "registrar", "other"), ("decide", "deputy_head", "other"))
OTHER_BUREAU: tuple[Step, ...] = (("examine", "clerk", "other_bureau"), ("approve", "head", "other_bureau"))
APPROVE: tuple[Step, ...] = (("approve", "head", "bureau"),)


def by(*steps: Step) -> Callable[[City, Ask], tuple[Step, ...]]:
    return lambda city, ask: steps


def sides(same: tuple[Step, ...], two: tuple[Step, ...]) -> Callable[[City, Ask], tuple[Step, ...]]:
    """One way within a bureau, another across two."""
    return lambda city, ask: two if city.two_bureaus(ask) else same


FOUR = by(*SCHOOL, *BUREAU)
AT_ONCE = by()
BOTH_SCHOOLS = sides(SCHOOL + OTHER + BUREAU, SCHOOL + OTHER + OTHER_BUREAU + BUREAU)


# What holds for all ------------------------------------------------------------------------------------------------
def standing(city: City, ask: Ask, day: date) -> Registration | None:
    """The registration in force on the day that is asked for, unless something happened to it later."""
    on = ask.on or day
    found = city.lives[ask.pupil].at(on)
    return found if found is not None and on >= found.changed else None


def _always(*_: object) -> bool:
    return True


def _nothing(*_: object) -> None:
    return None


def kind(
    sources: str,
    do: Callable[[City, Ask, Registration, date], None],
    *,
    needs: Needs = _always,
    fill: Fill = _nothing,
    claimed: bool = True,
    route: Callable[[City, Ask], tuple[Step, ...]] = FOUR,
    alone: bool = True,
) -> Kind:
    """A change of one registered pupil. ``sources``: first letters of the statuses; ``claimed``: the applicant names
    the day; ``alone``: not beside another application about him."""
    names = {"i": IN_SCHOOL, "s": SUSPENDED, "d": DROPPED_OUT, "a": ABROAD}
    statuses = {names[letter] for letter in sources}

    def may(city: City, ask: Ask, day: date) -> bool:
        found = standing(city, ask, day)
        return (
            found is not None
            and found.value("status", ask.on or day) in statuses
            and needs(city, ask, found, ask.on or day)
        )

    def done(city: City, ask: Ask, day: date) -> None:
        found = standing(city, ask, day)
        assert found is not None
        do(city, ask, found, ask.on or day)

    def propose(city: City, who: int, day: date, whim: Random) -> Ask:
        life = city.lives[who]
        ask = Ask("", life.last(day).school, who, day - timedelta(whim.choice((0, 0, 2))) if claimed else None)
        fill(city, ask, life.last(day), day, whim)
        return ask

    def first(city: City, ask: Ask, day: date) -> bool:
        return not alone or not city.engaged(ask.pupil, ask.school)

    return Kind(may, done, propose, route, at_lodging=first)
