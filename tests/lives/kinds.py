"""The kinds of change of one pupil, one entry each.

A new kind is one more line in ``PUPIL_KINDS`` (and one in ``lodging.py``, where its form is filled in).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from tests.lives.kind import (
    APPROVE,
    AT_ONCE,
    BOTH_SCHOOLS,
    BUREAU,
    DECIDE,
    OTHER,
    OTHER_BUREAU,
    SCHOOL,
    Kind,
    Needs,
    by,
    kind,
    sides,
)
from tests.lives.model import ABROAD, DROPPED_OUT, IN_SCHOOL, SUSPENDED, Ask, City, Class, Life, Registration
from tests.lives.model import grade_of as grade


# Statuses ----------------------------------------------------------------------------------------------------------
def _status(value: str) -> Callable[[City, Ask, Registration, date], None]:
    def do(city: City, ask: Ask, found: Registration, on: date) -> None:
        found.put("status", value, on)
        if ask.until:
            city.lives[ask.pupil].untils.append(("status", on, ask.until))

    return do


def _some_months(city: City, ask: Ask, found: Registration, day: date, whim: Random) -> None:
    ask.until = (ask.on or day) + timedelta(whim.choice((30, 120, 300, 400)))


def _one_year(city: City, ask: Ask, found: Registration, on: date) -> bool:
    return ask.until is None or (ask.until - on).days + 1 <= 366


def _due(life: Life, matter: str, since: date | None) -> date | None:
    said = [until for what, on, until in life.untils if what == matter and since is not None and on >= since]
    return said[-1] if said else None


def _longer(city: City, ask: Ask, found: Registration, on: date) -> bool:
    """Up to a later day than now, and no more than two years in all."""
    due = _due(city.lives[ask.pupil], "status", found.since("status", on))
    assert ask.until is not None
    rested = sum(
        ((end or on) - begin).days
        for what, value, begin, end in found.spells()
        if (what, value) == ("status", SUSPENDED)
    )
    return (due is None or ask.until > due) and (rested + (ask.until - on).days + 1) / 30.4375 <= 24.5


def _drop_out(city: City, ask: Ask, found: Registration, on: date) -> None:
    found.put("status", DROPPED_OUT, on)
    if found.value("arrival", on) == "awaited":
        found.put("arrival", None, on)


def _some_class(city: City, ask: Ask, found: Registration, day: date, whim: Random) -> None:
    """A class of the school, now and then of another one, or none."""
    schools = [found.school] * 5 + [whim.choice(city.schools)]
    groups = [one for one in city.classes_of(whim.choice(schools)) if one[1] == found.stage]
    ask.to = whim.choice([*groups, None]) if groups else None


def _a_class(city: City, ask: Ask, found: Registration, day: date, whim: Random) -> None:
    _some_class(city, ask, found, day, whim)
    ask.to = ask.to or whim.choice(city.classes_of(found.school))


def _ours(ask: Ask, found: Registration, on: date) -> bool:
    """The class is of the same school and stage, and at school."""
    return ask.to is not None and ask.to[:2] == (found.school, found.stage) and grade(ask.to, on) is not None


def _back(lower: int) -> Needs:
    """Into the class where he stands, or another one: not higher than when he left, and so many cohorts lower."""

    def needs(city: City, ask: Ask, found: Registration, on: date) -> bool:
        place = found.value("class_group", on)
        since = found.since("status", on)
        left = (found.value("class_group", since) if since else None) or place
        if not isinstance(place, tuple):
            return False  # who was never divided into a class is divided first
        if ask.to is None and grade(place, on) is None:
            return False
        to = ask.to or place
        if ask.to is not None and not _ours(ask, found, on):
            return False
        down = to[2] - left[2] if isinstance(left, tuple) else 0
        return down <= lower and (ask.to is None or down >= 0)

    return needs


def _come_back(city: City, ask: Ask, found: Registration, on: date) -> None:
    found.put("status", IN_SCHOOL, on)
    if ask.to is not None:
        found.put("class_group", ask.to, on)


def _end(how: str) -> Callable[[City, Ask, Registration, date], None]:
    def do(city: City, ask: Ask, found: Registration, on: date) -> None:
        found.ended, found.how = on, how

    return do


def _a_day_later(city: City, ask: Ask, found: Registration, on: date) -> bool:
    return on > found.began


# Classes -----------------------------------------------------------------------------------------------------------
def _join(city: City, ask: Ask, found: Registration, on: date) -> None:
    found.put("class_group", ask.to, on)


def _another_class(city: City, ask: Ask, found: Registration, on: date) -> bool:
    place = found.value("class_group", on)
    return _ours(ask, found, on) and isinstance(place, tuple) and ask.to != place and ask.to[2] == place[2]  # type: ignore[index]


def _one_higher(city: City, ask: Ask, found: Registration, on: date) -> bool:
    place, life = found.value("class_group", on), city.lives[ask.pupil]
    began = min(one.began for one in life.registrations if one.stage == found.stage)
    if not _ours(ask, found, on) or not isinstance(place, tuple) or ask.to is None:
        return False
    return place[2] - ask.to[2] == 1 and not any(day >= began for day in life.skips)


def _skip(city: City, ask: Ask, found: Registration, on: date) -> None:
    _join(city, ask, found, on)
    city.lives[ask.pupil].skips.append(on)


# Study elsewhere ---------------------------------------------------------------------------------------------------
def _a_host(city: City, ask: Ask, found: Registration, day: date, whim: Random) -> None:
    ask.other = whim.choice([*city.schools, city.special])
    ask.until = (ask.on or day) + timedelta(whim.choice((60, 300, 400)))


def _the_special_school(city: City, ask: Ask, found: Registration, day: date, whim: Random) -> None:
    ask.other = whim.choice([city.special] * 3 + city.schools)


def _hosted(city: City, ask: Ask, found: Registration, on: date) -> bool:
    host = found.value("attends", on) is None and ask.other != found.school and found.stage in city.stages[ask.other]
    return host and _one_year(city, ask, found, on)


_SPECIAL = ("special_ed_placement", "inclusion_status")


def _at_special(city: City, ask: Ask, found: Registration, on: date) -> bool:
    return _hosted(city, ask, found, on) and ask.other == city.special and city.lives[ask.pupil].may_put(on, *_SPECIAL)


def _study(city: City, ask: Ask, found: Registration, on: date) -> None:
    found.put("attends", ask.other, on)
    life = city.lives[ask.pupil]
    life.study = ask.kind
    if ask.until:
        life.untils.append(("attends", on, ask.until))
    if ask.kind == "special_school":
        life.put(on, special_ed_placement="3", inclusion_status="0")


def _from_either(city: City, ask: Ask, found: Registration, day: date, whim: Random) -> None:
    """His own school lodges it, or the one at which he studies."""
    host = found.value("attends", day)
    ask.other = str(host or "")
    if host and whim.random() < 0.5:
        ask.school, ask.other = ask.other, ask.school


def _from_either_until(city: City, ask: Ask, found: Registration, day: date, whim: Random) -> None:
    _from_either(city, ask, found, day, whim)
    ask.until = day + timedelta(whim.choice((30, 200, 360, 400)))


def _studies(as_what: str) -> Needs:
    def needs(city: City, ask: Ask, found: Registration, on: date) -> bool:
        life = city.lives[ask.pupil]
        back = as_what != "special_school" or life.may_put(on, "special_ed_placement")
        return found.value("attends", on) is not None and ask.other != "" and life.study == as_what and back

    return needs


def _longer_study(city: City, ask: Ask, found: Registration, on: date) -> bool:
    due = _due(city.lives[ask.pupil], "attends", found.since("attends", on))
    later = due is None or (ask.until is not None and ask.until > due)
    return later and _studies("guest_begin")(city, ask, found, on) and _one_year(city, ask, found, on)


def _study_longer(city: City, ask: Ask, found: Registration, on: date) -> None:
    assert ask.until is not None
    found.put("attends", found.value("attends", on), on)
    city.lives[ask.pupil].untils.append(("attends", on, ask.until))


def _home(city: City, ask: Ask, found: Registration, on: date) -> None:
    found.put("attends", None, on)
    if ask.kind == "special_school_return":
        city.lives[ask.pupil].put(on, special_ed_placement="")


def _begins(**values: str) -> Kind:
    """In the own class, or at home: not of who attends a special school."""
    return _fields(
        lambda life, found, on: found.value("attends", on) is None or life.study != "special_school", **values
    )


def _fields(fits: Callable[[Life, Registration, date], bool], **values: str) -> Kind:
    """Sets fields of the record; not where they stand so already."""

    def needs(city: City, ask: Ask, found: Registration, on: date) -> bool:
        life = city.lives[ask.pupil]
        differs = any((life.fields.get(code) or "0") != (value or "0") for code, value in values.items())
        return differs and fits(life, found, on) and life.may_put(on, *values)

    def do(city: City, ask: Ask, found: Registration, on: date) -> None:
        city.lives[ask.pupil].put(on, **values)

    return kind("i", do, needs=needs)


# Over the border ---------------------------------------------------------------------------------------------------
def _departing(city: City, ask: Ask, found: Registration, on: date) -> bool:
    return found.value("arrival", on) == "departing"


def _letter(city: City, ask: Ask, found: Registration, on: date) -> bool:
    return _departing(city, ask, found, on) and _a_day_later(city, ask, found, on)


def _awaited(city: City, ask: Ask, found: Registration, on: date) -> bool:
    return found.value("arrival", on) == "awaited"


def _as_before(city: City, ask: Ask, found: Registration, on: date) -> None:
    """It is known where he is; that he comes is awaited still."""
    found.put("arrival", "awaited", on)


def _arrival(value: str | None) -> Callable[[City, Ask, Registration, date], None]:
    def do(city: City, ask: Ask, found: Registration, on: date) -> None:
        found.put("arrival", value, on)

    return do


# From one school to another ----------------------------------------------------------------------------------------
def _transfer_to(city: City, who: int, day: date, whim: Random) -> Ask | None:
    last = city.lives[who].last(day)
    to = whim.choice(city.schools)
    groups = [one for one in city.classes_of(to) if one[1] == last.stage] or city.classes_of(to)
    place = last.value("class_group", day)
    fitting = [one for one in groups if isinstance(place, tuple) and one[2] == place[2]]
    return Ask("", to, who, to=whim.choice(fitting or groups), other=last.school)


def _may_transfer(city: City, ask: Ask, day: date) -> bool:
    found = city.lives[ask.pupil].at(day)
    if found is None or ask.to is None or found.school == ask.school or not city.lives[ask.pupil].established:
        return False
    place = found.value("class_group", day)
    own = grade(place, day) if isinstance(place, tuple) else None
    to = grade(ask.to, day)
    fits = found.stage == ask.to[1] and to is not None and own in (None, to)
    return fits and found.value("status", day) == IN_SCHOOL and found.changed <= day and found.began < day


def _transfer(city: City, ask: Ask, day: date) -> None:
    life = city.lives[ask.pupil]
    found = life.at(day)
    assert found is not None
    found.ended, found.how = day, "transfer_out"
    life.registrations.append(begun(city, ask.to or _NOWHERE, day, arrival="awaited"))


_NOWHERE: Class = ("", "", 0, 0)


def begun(city: City, group: Class, day: date, arrival: str | None = None) -> Registration:
    """A new registration in a class, with a number."""
    made = Registration(group[0], group[1], day, city.number())
    made.put("status", IN_SCHOOL, day)
    made.put("class_group", group, day)
    made.put("arrival", arrival, day)
    return made


TRANSFER = Kind(
    _may_transfer,
    _transfer,
    _transfer_to,
    sides(SCHOOL + OTHER + BUREAU, SCHOOL + BUREAU + OTHER + OTHER_BUREAU),
    at_lodging=lambda city, ask, day: not city.busy(ask.pupil),
)

PLACEMENT = replace(TRANSFER, route=by(*APPROVE))

PUPIL_KINDS: dict[str, Kind] = {
    "suspension": kind("i", _status(SUSPENDED), needs=_one_year, fill=_some_months),
    "required_suspension": kind("i", _status(SUSPENDED), needs=_one_year, fill=_some_months),
    "suspension_extension": kind("s", _status(SUSPENDED), needs=_longer, fill=_some_months, claimed=False),
    "resumption": kind("s", _come_back, needs=_back(1), fill=_some_class),
    "dropout": kind("isa", _drop_out),
    "dropout_return": kind("d", _come_back, needs=_back(3), fill=_some_class),
    "abroad": kind("is", _status(ABROAD)),
    "abroad_return": kind("a", _come_back, needs=_back(2), fill=_some_class),
    "death": kind("isda", _end("death"), needs=_a_day_later),
    "class_change": kind("i", _join, needs=_another_class, fill=_a_class, route=by(*DECIDE)),
    "grade_skip": kind("i", _skip, needs=_one_higher, fill=_a_class),
    "guest_begin": kind("i", _study, needs=_hosted, fill=_a_host, route=BOTH_SCHOOLS),
    "guest_extension": kind(
        "i", _study_longer, needs=_longer_study, fill=_from_either_until, claimed=False, route=BOTH_SCHOOLS
    ),
    "guest_end": kind("isda", _home, needs=_studies("guest_begin"), fill=_from_either, route=by(*SCHOOL, *OTHER)),
    "special_school": kind("i", _study, needs=_at_special, fill=_the_special_school, route=BOTH_SCHOOLS),
    "special_school_return": kind(
        "isda", _home, needs=_studies("special_school"), fill=_from_either, route=by(*SCHOOL, *OTHER)
    ),
    "inclusion": _begins(special_ed_placement="2", inclusion_status="2"),
    "inclusion_end": _fields(
        lambda life, *_: life.fields.get("special_ed_placement") == "2", special_ed_placement="", inclusion_status="0"
    ),
    "home_teaching": _begins(special_ed_placement="4", inclusion_status="0"),
    "home_teaching_end": _fields(
        lambda life, *_: life.fields.get("special_ed_placement") == "4", special_ed_placement=""
    ),
    "transfer_out_of_city": kind(
        "i", _arrival("departing"), needs=lambda *asked: not _departing(*asked), claimed=False
    ),
    "transfer_out_receipt": kind("isda", _end("transfer_out_of_city"), needs=_letter, route=by(*DECIDE)),
    "transfer_out_cancel": kind("isda", _arrival(None), needs=_departing, claimed=False, route=by(*DECIDE)),
    "transfer": TRANSFER,
    "placement": PLACEMENT,
    "arrival_traced": kind("isda", _as_before, needs=_awaited, claimed=False, route=AT_ONCE, alone=False),
    "arrival": kind(
        "isda",
        _arrival("confirmed"),
        needs=_awaited,
        claimed=False,
        route=AT_ONCE,
        alone=False,
    ),
}
