"""The kinds that concern lists and whole cohorts: rosters, the turn of the school year, leaving and going on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from tests.lives.kind import APPROVE, AT_ONCE, DECIDE, FOUR, SCHOOL, Kind, by
from tests.lives.kinds import begun
from tests.lives.model import (
    FIRST,
    IN_SCHOOL,
    JUNIOR,
    PRIMARY,
    SUSPENDED,
    YEARS,
    Ask,
    City,
    Class,
    Life,
    Registration,
    called,
    grade_of,
    start_of,
    year_of,
)

BASE = date(2007, 9, 15)


def _always(city: City, ask: Ask, day: date) -> bool:
    return True


# Rosters of one row -------------------------------------------------------------------------------------------------
def _row(grades: Callable[[str], range], *, returning: bool) -> Callable[[City, int, date, Random], Ask | None]:
    """A new child, or (``returning``) one whom the register knows and of whom it has no registration in force."""

    def propose(city: City, who: int, day: date, whim: Random) -> Ask | None:
        school = city.schools[who % len(city.schools)]
        stage = whim.choice(city.stages[school])
        year = year_of(day)
        grade = whim.choice(list(grades(stage)))
        away = [
            number
            for number, life in enumerate(city.lives)
            if not any(one.ended is None for one in life.standing) and not life.gone and not life.dead
        ]
        pupil = whim.choice(away) if returning and away and whim.random() < 0.6 else -1
        city.children += 1
        group: Class = (school, stage, year - (grade - FIRST[stage]), whim.choice((1, 1, 2)))
        return Ask("", school, pupil, to=group, year=year, no=city.children)

    return propose


def _of_base(propose: Callable[[City, int, date, Random], Ask | None]) -> Callable[..., Ask | None]:
    """Opening loads say how it was on the base date."""
    return lambda city, who, day, whim: propose(city, who, BASE, whim)


def _admit(begins: Callable[[Ask, date], date]) -> Callable[[City, Ask, date], None]:
    def do(city: City, ask: Ask, day: date) -> None:
        assert ask.to is not None
        if ask.pupil < 0:
            city.lives.append(Life(called("孩", ask.no)))
            ask.pupil = len(city.lives) - 1
        city.classes.add(ask.to)
        city.lives[ask.pupil].registrations.append(begun(city, ask.to, begins(ask, day)))

    return do


def _not_listed(city: City, ask: Ask, day: date) -> bool:
    """Who is continued has nothing else under way; this school's own list that was sent back is no obstacle."""
    if ask.pupil < 0:
        return True
    others = [one for one in city.under_way if ask.pupil in (one.ask.pupil, one.ask.second, *one.ask.listed)]
    return not [
        one for one in others if not (one.sent_back and one.ask.school == ask.school and one.ask.to is not None)
    ]


def _before_school(begins: Callable[[Ask, date], date]) -> Callable[[City, Ask, date], bool]:
    def at_end(city: City, ask: Ask, day: date) -> bool:
        if ask.pupil < 0 or city.lives[ask.pupil].at(day) is not None:
            return True
        return all(one.ended is not None and one.ended <= begins(ask, day) for one in city.lives[ask.pupil].standing)

    return at_end


def _at_school(begins: Callable[[Ask, date], date]) -> Callable[[City, Ask, date], bool]:
    """Nor did the class leave school while the roster was decided."""
    free = _before_school(begins)

    def at_end(city: City, ask: Ask, day: date) -> bool:
        assert ask.to is not None
        return free(city, ask, day) and grade_of(ask.to, begins(ask, day)) is not None

    return at_end


def _roster(
    propose: Callable[[City, int, date, Random], Ask | None], begins: Callable[[Ask, date], date], *, four: bool
) -> Kind:
    return Kind(
        _always,
        _admit(begins),
        propose,
        FOUR if four else by(*SCHOOL, *APPROVE),
        of_pupil=False,
        at_lodging=_not_listed,
        at_end=_at_school(begins),
        rechecked=False,
        parks=True,
    )


def _first(stage: str) -> range:
    return range(FIRST[stage], FIRST[stage] + 1)


def _any(stage: str) -> range:
    return range(FIRST[stage], FIRST[stage] + YEARS[stage])


def _later(stage: str) -> range:
    return range(FIRST[stage] + 1, FIRST[stage] + YEARS[stage])


def _place(city: City, who: int, day: date, whim: Random) -> Ask | None:
    """A child whom a school of the bureau refused, in a class of the same grade."""
    if not city.turned_away:
        return None
    after = whim.choice(city.turned_away)
    schools = [school for school in city.schools if city.bureaus[school] == city.bureaus[after.school]]
    group = whim.choice([one for school in schools for one in city.classes_of(school)])
    return Ask("", group[0], after.pupil, to=group, year=year_of(day), no=after.no, after=after)


def _may_place(city: City, ask: Ask, day: date) -> bool:
    assert ask.after is not None
    assert ask.after.to is not None
    assert ask.to is not None
    asked = FIRST[ask.after.to[1]] + ask.after.year - ask.after.to[2]
    return grade_of(ask.to, day) == asked


def _once(city: City, ask: Ask, day: date) -> bool:
    """Who is known by now has nothing else under way."""
    return ask.pupil < 0 or _not_listed(city, ask, day)


def _awaited(city: City, ask: Ask, day: date) -> None:
    _admit(lambda ask, day: day)(city, ask, day)
    made = city.lives[ask.pupil].at(day)
    assert made is not None
    made.put("arrival", "awaited", day)


# The turn of the year ----------------------------------------------------------------------------------------------
def _turn(city: City, who: int, day: date, whim: Random) -> Ask:
    """Into the year that has begun, or (in summer) the one that is about to."""
    year = day.year if day.month in (7, 8) else year_of(day)
    return Ask("", city.schools[who % len(city.schools)], year=year)


def staying(city: City, ask: Ask, day: date) -> list[tuple[Registration, Class]]:
    """The suspended pupils who stay in their grade, with a class of the next lower cohort; once the year has begun."""
    starts, found = start_of(ask.year), []
    for _, one in city.pupils_of(ask.school, day) if day >= starts else ():
        group, since = one.value("class_group", day), one.since("status", day)
        if one.value("status", day) != SUSPENDED or not isinstance(group, tuple) or since is None or since >= starts:
            continue
        moves = group[2] < ask.year <= group[2] + YEARS[group[1]]
        joined = one.since("class_group", day)
        lower = [other for other in city.classes_of(ask.school) if other[1:3] == (group[1], group[2] + 1)]
        if moves and joined is not None and joined < starts and lower:
            same = [other for other in lower if other[3] == group[3]]
            found.append((one, (same or lower)[0]))
    return found


def _unconfirmed(city: City, ask: Ask) -> set[tuple[str, str, int, int]]:
    due = {one[:3] for one in city.classes_of(ask.school) if one[2] < ask.year < one[2] + YEARS[one[1]]}
    return {(*one, ask.year) for one in due} - city.promoted


def _may_promote(city: City, ask: Ask, day: date) -> bool:
    return day >= date(ask.year, 7, 1) and bool(_unconfirmed(city, ask) or staying(city, ask, day))


def _promote(city: City, ask: Ask, day: date) -> None:
    for one, lower in staying(city, ask, day):
        one.put("class_group", lower, start_of(ask.year))
    city.promoted |= _unconfirmed(city, ask)


def _none_open(city: City, ask: Ask, day: date) -> bool:
    same = city.of_kind(ask.kind, ask.school)
    return not any((one.ask.year, one.ask.to) == (ask.year, ask.to) for one in same)


# Leaving and going on ----------------------------------------------------------------------------------------------
def _leavers(city: City, who: int, day: date, whim: Random) -> Ask:
    """The final grade of the year that ends this summer; later of the one that has ended."""
    school = city.schools[who % len(city.schools)]
    stage = whim.choice(city.stages[school])
    year = year_of(day) if 6 <= day.month <= 8 else year_of(day) - 1
    ask = Ask("", school, year=year, to=(school, stage, year - YEARS[stage] + 1, 0))
    ask.listed = tuple(leaving(city, ask, max(day, _last_day(ask)), ahead=day))
    ask.failed = tuple(one for one in ask.listed if whim.random() < 0.3)
    return ask


def _last_day(ask: Ask) -> date:
    return date(ask.year + 1, 7, 1)


def leaving(city: City, ask: Ask, day: date, *, ahead: date | None = None) -> dict[int, date]:
    """Who of the final grade may leave, with the first day on which he is no longer registered."""
    assert ask.to is not None
    found: dict[int, date] = {}
    as_of = max(_last_day(ask) - timedelta(1), ahead or day)
    for number, one in city.pupils_of(ask.school, as_of):
        group = one.value("class_group", as_of)
        leaves = day if one.changed >= _last_day(ask) else _last_day(ask)
        if not isinstance(group, tuple) or group[:3] != ask.to[:3] or max(one.changed, one.began) >= leaves:
            continue
        busy = any(other.ask.pupil == number for other in city.under_way)
        arrived = one.value("arrival", as_of) != "awaited"
        if one.value("status", as_of) == IN_SCHOOL and arrived and not busy and city.lives[number].established:
            found[number] = leaves
    return found


def _may_leave(city: City, ask: Ask, day: date) -> bool:
    return day >= date(ask.year + 1, 6, 1) and bool(ask.listed)


def _somebody_leaves(city: City, ask: Ask, day: date) -> bool:
    return day >= _last_day(ask) and bool(set(leaving(city, ask, day)) & set(ask.listed))


def _leave(city: City, ask: Ask, day: date) -> None:
    for number, leaves in leaving(city, ask, day).items():
        if number in ask.listed:
            one = city.lives[number].at(leaves - timedelta(1))
            assert one is not None
            one.ended, one.how = leaves, "completion" if number in ask.failed else "graduation"


def _a_leaver(city: City, who: int, day: date, whim: Random) -> Ask | None:
    left = city.lives[who].left
    return Ask("", left.school, who) if left is not None else None


def _may_take_back(city: City, ask: Ask, day: date) -> bool:
    return city.lives[ask.pupil].left is not None and not city.engaged(ask.pupil, "")


def _take_back(city: City, ask: Ask, day: date) -> None:
    left = city.lives[ask.pupil].left
    assert left is not None
    left.ended, left.how = None, ""


def _going_on(city: City, who: int, day: date, whim: Random) -> Ask | None:
    """One or two primary leavers at a school with a junior stage, once the school year has begun."""
    schools = [school for school in city.schools if JUNIOR in city.stages[school]]
    free = [
        number
        for number, life in enumerate(city.lives)
        if life.left is not None and life.left.stage == PRIMARY and life.left.number
    ]
    if not free:
        return None
    listed = tuple(sorted(whim.sample(free, min(len(free), whim.choice((1, 1, 2))))))
    return Ask("", schools[who % len(schools)], listed=listed, year=year_of(day))


def _may_go_on(city: City, ask: Ask, day: date) -> bool:
    return all((left := city.lives[one].left) is not None and left.stage == PRIMARY for one in ask.listed)


def _on_one_list(city: City, ask: Ask, day: date) -> bool:
    held = {number for one in city.of_kind("admission", ask.school) for number in one.ask.listed}
    return not held & set(ask.listed) and not any(city.engaged(one, ask.school) for one in ask.listed)


def _nowhere_else(city: City, ask: Ask, day: date) -> bool:
    starts = start_of(ask.year)
    lives = [city.lives[one] for one in ask.listed]
    return all(one.ended is not None and one.ended <= starts for life in lives for one in life.standing)


def _go_on(city: City, ask: Ask, day: date) -> None:
    for number in ask.listed:
        made = Registration(ask.school, JUNIOR, start_of(ask.year))
        made.put("status", IN_SCHOOL, made.began)
        city.lives[number].registrations.append(made)


def _unclassed(city: City, school: str, year: int, day: date) -> list[int]:
    return [
        number
        for number, one in city.pupils_of(school, day)
        if one.value("class_group", day) is None and year_of(one.began) == year
    ]


def _dividing(city: City, who: int, day: date, whim: Random) -> Ask | None:
    school = city.schools[who % len(city.schools)]
    years = [year_of(one.began) for _, one in city.pupils_of(school, day) if one.value("class_group", day) is None]
    if not years:
        return None
    listed = tuple(_unclassed(city, school, years[0], day))
    return Ask("", school, listed=listed, year=years[0], to=(school, JUNIOR, years[0], whim.choice((1, 2))))


def _none_divided(city: City, ask: Ask, day: date) -> bool:
    return not city.of_kind("division", ask.school)


def _may_divide(city: City, ask: Ask, day: date) -> bool:
    return set(ask.listed) <= set(_unclassed(city, ask.school, ask.year, day)) and bool(ask.listed)


def _divide(city: City, ask: Ask, day: date) -> None:
    assert ask.to is not None
    city.classes.add(ask.to)
    for number in ask.listed:
        one = city.lives[number].at(day)
        assert one is not None
        one.put("class_group", ask.to, max(day, one.began) if one.number else one.began)
        one.number = one.number or city.number()


# A whole class -----------------------------------------------------------------------------------------------------
def _a_class(city: City, who: int, day: date, whim: Random) -> Ask:
    school = city.schools[who % len(city.schools)]
    return Ask("", school, to=whim.choice(city.classes_of(school)))


def _classmates(city: City, ask: Ask, day: date) -> list[int]:
    return [number for number, one in city.pupils_of(ask.school, day) if one.value("class_group", day) == ask.to]


def _nobody_busy(city: City, ask: Ask, day: date) -> bool:
    return not any(city.busy(one) for one in _classmates(city, ask, day))


def _renumber_all(city: City, ask: Ask, day: date) -> None:
    for number in _classmates(city, ask, day):
        one = city.lives[number].at(day)
        assert one is not None
        one.number = city.number()


COHORT_KINDS: dict[str, Kind] = {
    "opening": _roster(_of_base(_row(_any, returning=False)), lambda ask, day: BASE, four=False),
    "enrolment": _roster(_row(_first, returning=True), lambda ask, day: start_of(ask.year), four=False),
    "transfer_into_city": _roster(_row(_any, returning=True), lambda ask, day: day, four=True),
    "late_registration": _roster(_row(_later, returning=True), lambda ask, day: day, four=True),
    "placement_entry": Kind(
        _may_place, _awaited, _place, by(*APPROVE), of_pupil=False, at_lodging=_once,
        at_end=_at_school(lambda ask, day: day), rechecked=False, parks=True,
    ),
    "promotion": Kind(
        _may_promote, _promote, _turn, by(*DECIDE), of_pupil=False, at_lodging=_none_open, rechecked=False,
        at_end=_may_promote,
    ),
    "leaving": Kind(
        _may_leave, _leave, _leavers, by(*DECIDE, *APPROVE), of_pupil=False, at_lodging=_none_open, rechecked=False,
        at_end=_somebody_leaves,
    ),
    "graduation_undo": Kind(_may_take_back, _take_back, _a_leaver, AT_ONCE),
    "admission": Kind(
        _may_go_on, _go_on, _going_on, by(*DECIDE, *APPROVE), of_pupil=False, at_lodging=_on_one_list,
        rechecked=False, at_end=_nowhere_else,
    ),
    "division": Kind(
        _may_divide, _divide, _dividing, by(*DECIDE), of_pupil=False, at_lodging=_none_divided, rechecked=False,
        at_end=_may_divide,
    ),
    "class_number_correction": Kind(
        lambda city, ask, day: bool(_classmates(city, ask, day)), _renumber_all, _a_class, FOUR, of_pupil=False,
        at_lodging=_nobody_busy, rechecked=False, at_end=_nobody_busy,
    ),
}  # fmt: skip
