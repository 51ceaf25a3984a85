"""The kinds that put a record right: data, numbers, two records of one child, a record that never should have been."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

from tests.lives.kind import AT_ONCE, BUREAU, OTHER_BUREAU, SCHOOL, Kind, by, kind, sides
from tests.lives.model import Ask, City, Registration, called

ANY = "isda"


# Data --------------------------------------------------------------------------------------------------------------
def _rename(city: City, ask: Ask, found: Registration, on: date) -> None:
    city.lives[ask.pupil].name = called("改名", ask.no)


def _new_name(city: City, ask: Ask, found: Registration, day: date, whim: Random) -> None:
    city.children += 1
    ask.no = city.children


def _same(city: City, ask: Ask, found: Registration, on: date) -> None:
    """Nothing in the register changes."""


# Numbers -----------------------------------------------------------------------------------------------------------
def _own_class(city: City, ask: Ask, found: Registration, day: date, whim: Random) -> None:
    ask.to = whim.choice(city.classes_of(found.school))


def _renumber(city: City, ask: Ask, found: Registration, on: date) -> None:
    found.number = city.number()


def _somebody(city: City, ask: Ask, found: Registration, day: date, whim: Random) -> None:
    """Mostly of the same school."""
    near = [number for number, _ in city.pupils_of(found.school, day)] or [0]
    ask.second = whim.choice([whim.choice(near)] * 4 + [whim.randrange(len(city.lives))])


def _may_swap(city: City, ask: Ask, found: Registration, on: date) -> bool:
    other = city.lives[ask.second].at(on)
    return (
        ask.second != ask.pupil
        and other is not None
        and (other.school, other.stage) == (found.school, found.stage)
        and bool(other.number and found.number)
        and not any(
            ask.second in (one.ask.pupil, one.ask.second) for one in city.under_way if one.ask.pupil != ask.pupil
        )
    )


def _both_free(city: City, ask: Ask, day: date) -> bool:
    """Neither is in anything else: an admission list goes by the number that would be swapped."""
    return not city.engaged(ask.pupil, ask.school) and not city.engaged(ask.second, ask.school)


def _swap(city: City, ask: Ask, found: Registration, on: date) -> None:
    other = city.lives[ask.second].at(on)
    assert other is not None
    found.number, other.number = other.number, found.number


# A record too many ------------------------------------------------------------------------------------------------
def _no_chain(city: City, ask: Ask, found: Registration, on: date) -> bool:
    """It does not continue another registration."""
    return not any(one.ended == found.began for one in city.lives[ask.pupil].standing if one.began < found.began)


def _void(city: City, ask: Ask, found: Registration, on: date) -> None:
    found.void = True


def _another(city: City, who: int, day: date, whim: Random) -> Ask | None:
    """Any other record that bears a number."""
    second = whim.randrange(len(city.lives))
    other = city.lives[second]
    school = city.lives[who].last(day).school
    numbered = [one for one in other.registrations if one.number]
    if not numbered or other.gone or other.dead:
        return None
    return Ask("", school, who, other=other.last(day).school, second=second)


def _here(city: City, ask: Ask, day: date) -> Registration | None:
    found = city.lives[ask.pupil].at(day)
    return found if found is not None and found.school == ask.school and found.changed <= day else None


def _may_merge(city: City, ask: Ask, day: date) -> bool:
    other = city.lives[ask.second]
    return _here(city, ask, day) is not None and ask.second != ask.pupil and bool(other.standing)


def _free(city: City, ask: Ask, day: date) -> bool:
    return not city.busy(ask.pupil) and not city.engaged(ask.second, ask.school)


def overlap(one: Registration, other: Registration) -> bool:
    begins = other.ended is None or one.began < other.ended
    return begins and (one.ended is None or other.began < one.ended)


def _merge(city: City, ask: Ask, day: date) -> None:
    """What the other record says of earlier time is the pupil's own; the other one never was."""
    stays, goes = city.lives[ask.pupil], city.lives[ask.second]
    own, theirs = stays.standing, goes.standing
    carried = [one.copy() for one in theirs if not any(overlap(one, mine) for mine in own)]
    stays.registrations += carried
    for one in theirs:
        one.void = True
    stays.merged.append((ask.second, carried, theirs))
    goes.gone = True


def _the_last_merged(city: City, who: int, day: date, whim: Random) -> Ask | None:
    life = city.lives[who]
    if not life.merged:
        return Ask("", life.last(day).school, who)
    second = life.merged[-1][0]
    return Ask("", life.last(day).school, who, other=city.lives[second].last(day).school, second=second)


def _may_undo(city: City, ask: Ask, day: date) -> bool:
    return ask.second >= 0 and _here(city, ask, day) is not None


def _unmerge(city: City, ask: Ask, day: date) -> None:
    stays = city.lives[ask.pupil]
    second, carried, voided = stays.merged.pop()
    stays.registrations = [one for one in stays.registrations if not any(one is other for other in carried)]
    for one in voided:
        one.void = False
    city.lives[second].gone = False


_MERGING = sides(SCHOOL + BUREAU, SCHOOL + BUREAU + OTHER_BUREAU)

RECORD_KINDS: dict[str, Kind] = {
    "key_correction": kind(ANY, _rename, fill=_new_name, claimed=False),
    "correction": kind(ANY, _same, fill=_new_name, claimed=False, route=AT_ONCE, alone=False),
    "substantiation": kind(ANY, _same, claimed=False, route=by(*SCHOOL)),
    "number_correction": kind(
        ANY,
        _renumber,
        needs=lambda city, ask, found, on: ask.to is not None and ask.to[:2] == (found.school, found.stage),
        fill=_own_class,
        claimed=False,
    ),
    "number_swap": replace(kind(ANY, _swap, needs=_may_swap, fill=_somebody, claimed=False), at_lodging=_both_free),
    "record_voiding": kind(ANY, _void, needs=_no_chain, claimed=False),
    "merge": Kind(_may_merge, _merge, _another, _MERGING, at_lodging=_free),
    "merge_undo": Kind(_may_undo, _unmerge, _the_last_merged, _MERGING, at_lodging=_free),
    "withdrawal": kind("", _same),
    "expulsion": kind("", _same),
}
