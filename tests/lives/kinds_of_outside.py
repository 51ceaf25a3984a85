"""The kinds about children without a registration here: guests whose home is outside the register, deferred entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from tests.lives.kind import FOUR, SCHOOL, Kind, by
from tests.lives.model import PRIMARY, Ask, City, Outside, grade_of, start_of, year_of

LONGEST = 366


def _short(since: date, until: date | None) -> bool:
    return until is not None and since <= until and (until - since).days + 1 <= LONGEST


# Guests ------------------------------------------------------------------------------------------------------------
def _somebody_new(city: City, who: int, day: date, whim: Random) -> Ask:
    school = city.schools[who % len(city.schools)]
    city.children += 1
    on = day - timedelta(whim.choice((0, 0, 2)))
    until = on + timedelta(whim.choice((30, 200, 365, 400)))
    return Ask("", school, on=on, until=until, to=whim.choice(city.classes_of(school)), no=city.children)


def _may_come(city: City, ask: Ask, day: date) -> bool:
    assert ask.to is not None
    assert ask.on is not None
    return _short(ask.on, ask.until) and grade_of(ask.to, ask.on) is not None


def _comes(city: City, ask: Ask, day: date) -> None:
    assert ask.on is not None
    assert ask.until is not None
    city.outside.append(Outside(ask.school, True, ask.on, ask.until, ask.on))


def _a_guest(claimed: bool) -> Callable[[City, int, date, Random], Ask | None]:
    def propose(city: City, who: int, day: date, whim: Random) -> Ask | None:
        school = city.schools[who % len(city.schools)]
        listed = [number for number, one in enumerate(city.outside) if one.school == school]
        if not listed:
            return None
        on = day - timedelta(whim.choice((0, 0, 2))) if claimed else None
        until = None if claimed else day + timedelta(whim.choice((20, 250, 365, 400)))
        return Ask("", school, on=on, until=until, outside=whim.choice(listed))

    return propose


def _is_guest(city: City, ask: Ask, on: date) -> bool:
    one = city.outside[ask.outside]
    return one.guest and one.since <= on and (one.ended is None or on < one.ended)


def _alone(city: City, ask: Ask, day: date) -> bool:
    return not any(one.ask.outside == ask.outside for one in city.under_way)


def _may_stay(city: City, ask: Ask, day: date) -> bool:
    one = city.outside[ask.outside]
    assert ask.until is not None
    return _is_guest(city, ask, day) and day >= one.said and _short(day, ask.until) and ask.until > one.until


def _stays(city: City, ask: Ask, day: date) -> None:
    assert ask.until is not None
    one = city.outside[ask.outside]
    one.until, one.said = ask.until, day


def _may_go(city: City, ask: Ask, day: date) -> bool:
    assert ask.on is not None
    return _is_guest(city, ask, ask.on) and ask.on > city.outside[ask.outside].said


def _goes(city: City, ask: Ask, day: date) -> None:
    assert ask.on is not None
    one = city.outside[ask.outside]
    one.ended, one.said = ask.on, ask.on


# Deferred entry ----------------------------------------------------------------------------------------------------
def born(ask: Ask) -> date:
    """Mostly six by the first of September, now and then too young."""
    return date(2003, 10, 2) if ask.second == -2 else date(2001, 3, 2)


def _too_small(city: City, who: int, day: date, whim: Random) -> Ask:
    schools = [school for school in city.schools if PRIMARY in city.stages[school]]
    city.children += 1
    until = start_of(year_of(day)) + timedelta(whim.choice((300, 365, 400)))
    young = -2 if whim.random() < 0.2 else -1
    return Ask("", schools[who % len(schools)], until=until, second=young, no=city.children)


def _may_wait(city: City, ask: Ask, day: date) -> bool:
    begins = start_of(year_of(day))
    six = born(ask).replace(year=born(ask).year + 6) <= begins
    return six and _short(begins, ask.until)


def _waits(city: City, ask: Ask, day: date) -> None:
    assert ask.until is not None
    begins = start_of(year_of(day))
    city.outside.append(Outside(ask.school, False, begins, ask.until, begins))


OUTSIDE_KINDS: dict[str, Kind] = {
    "guest_outside_begin": Kind(_may_come, _comes, _somebody_new, FOUR, of_pupil=False),
    "guest_outside_extension": Kind(_may_stay, _stays, _a_guest(False), FOUR, of_pupil=False, at_lodging=_alone),
    "guest_outside_end": Kind(_may_go, _goes, _a_guest(True), by(*SCHOOL), of_pupil=False, at_lodging=_alone),
    "deferred_entry": Kind(_may_wait, _waits, _too_small, FOUR, of_pupil=False),
}
