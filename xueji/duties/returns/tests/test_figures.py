"""What a return counts: totals and flows with both balances, made again from the journals, agreeing on all levels."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.small_city import (
    BAIXIA,
    BAIXIA_PRIMARY,
    CENTRAL,
    CITY,
    CITY_SECONDARY,
    GAOCHUN,
    JUNIOR,
    NINE_YEAR,
    PRIMARY,
    QINHUAI,
    VILLAGE,
)
from xueji.duties.returns import services
from xueji.duties.returns.models import Return
from xueji.duties.returns.tests.support import (
    FIRST,
    ROUND,
    accept,
    certify,
    codes,
    make,
    on,
    promote,
    send_up,
)
from xueji.ground.accounts.context import acting_system
from xueji.ground.journals import selectors as journals
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.operations import SetFields, SetSpell
from xueji.registry.register.tests.lives import Child, Lives
from xueji.registry.snapshots import files

pytestmark = pytest.mark.django_db
Line = dict[str, Any]


def flow_of(made: Return, intake_year: int, gender: str = "1", stage: str = "primary") -> Line:
    """The one line of a cohort and sex."""
    found: list[Line] = [
        line
        for line in made.flow
        if (line["stage"], line["intake_year"], line["gender"]) == (stage, intake_year, gender)
    ]
    (line,) = found
    return line


def counts(line: Line, *names: str) -> list[int]:
    return [line.get(name, 0) for name in names]


@dataclass
class Begun:
    """Six boys of 2007 and one of 2002 at 秦淮's primary school; the first round was declared in April."""

    lives: Lives
    six: list[Child]
    leaver: Child
    declared: Return


@pytest.fixture
def begun(lives: Lives, environment: SeededEnvironment) -> Begun:
    six = [lives.open(gender="1") for _ in range(6)]
    leaver = lives.open(gender="1", intake_year=2002)
    on(environment, 4, 20)
    return Begun(lives, six, leaver, send_up(lives.city, round_code=FIRST))


def test_the_opening_stock_of_the_first_round_is_declared_and_marked_so(begun: Begun) -> None:
    made = begun.declared
    assert made.opening == {"basis": "declared", "on": "2007-09-15"}
    line = flow_of(made, 2007)
    assert counts(line, "opening", "closing", "registered") == [6, 6, 6]
    assert line["balanced"]
    assert made.registered == 7


def _a_year(begun: Begun) -> None:
    """One pupil moves away, one dies, one's sex is corrected, one repeats, one was away and is back, one is away; one
    comes and goes within the year, one comes, two are enrolled, the cohort of 2002 leaves."""
    lives = begun.lives
    moves, dies, corrected, repeats, back, away = begun.six
    lives.transfer(moves, BAIXIA_PRIMARY, date(2008, 3, 3))
    lives.close(dies, "death", date(2008, 4, 1))
    lives.change(corrected, "correction", date(2008, 4, 2), SetFields({"gender": "2"}))
    lives.change(
        repeats, "repetition", date(2008, 9, 1),
        SetSpell(repeats.registration, "class_group", str(lives.group(PRIMARY, "primary", 2008))),
    )  # fmt: skip
    lives.suspend(back, date(2008, 2, 20))
    lives.spell(back, "status", "in_school", date(2008, 6, 1))
    lives.suspend(away, date(2008, 5, 1))
    passing = lives.open(gender="1", how="transfer_in", on=date(2007, 11, 1))
    lives.transfer(passing, BAIXIA_PRIMARY, date(2008, 5, 5))
    lives.open(gender="1", how="transfer_in", on=date(2008, 1, 7))
    for _ in range(2):
        lives.open(gender="1", intake_year=2008, how="enrolment", on=date(2008, 9, 1))
    lives.close(begun.leaver, "graduation", date(2008, 7, 1))


def test_invariant_7_every_way_in_and_out_stands_in_its_line_and_both_balances_hold(
    begun: Begun, environment: SeededEnvironment
) -> None:
    _a_year(begun)
    promote(begun.lives.city, [PRIMARY], 2007)
    on(environment, 9, 16)
    made = make(begun.lives.city)
    assert made.opening == {
        "basis": "previous", "on": "2007-09-15", "return": str(begun.declared.id), "declared": True,
    }  # fmt: skip
    line = flow_of(made, 2007)
    # Who came and went within the window stands in both directions.
    assert counts(line, "opening", "transferred_in", "transferred_out", "died", "sex_out", "moved_out", "closing") == [
        6, 2, 2, 1, 1, 1, 3,
    ]  # fmt: skip
    assert counts(flow_of(made, 2007, "2"), "sex_in", "closing") == [1, 1]
    assert counts(flow_of(made, 2008), "moved_in", "enrolled", "closing") == [1, 2, 3]
    assert counts(flow_of(made, 2002), "opening", "graduated", "closing") == [1, 1, 0]
    assert (line["grade"], flow_of(made, 2002)["grade"]) == (2, 7)
    assert counts(line, "suspended_opening", "suspended_begun", "suspended_ended", "suspended_closing") == [0, 2, 1, 1]
    assert counts(line, "registered", "attending") == [3, 2]
    assert all(one["balanced"] for one in made.flow)
    assert codes(made) == []


def test_what_was_corrected_after_the_last_round_is_explained_and_never_a_gap(
    begun: Begun, environment: SeededEnvironment
) -> None:
    lives = begun.lives
    lives.void(begun.six[0], date(2008, 5, 20))
    lives.open(gender="1")  # was here on the base date, entered in May
    lives.close(begun.leaver, "graduation", date(2008, 7, 1))
    promote(lives.city, [PRIMARY], 2007)
    on(environment, 9, 16)
    made = make(lives.city)
    assert counts(flow_of(made, 2007), "opening", "voided", "other_in", "closing") == [6, 1, 1, 6]
    assert all(one["balanced"] for one in made.flow)
    assert codes(made) == ["return.unexplained"]


def test_a_guest_is_registered_at_one_school_and_attends_the_other(
    lives: Lives, environment: SeededEnvironment
) -> None:
    guest, _ = lives.open(gender="1"), lives.open(gender="1")
    lives.spell(guest, "attends", str(lives.city.id(BAIXIA_PRIMARY)), date(2008, 2, 20))
    promote(lives.city, [PRIMARY], 2007)
    on(environment, 9, 16)
    home, host = make(lives.city), make(lives.city, BAIXIA_PRIMARY)
    assert (home.registered, home.attending) == (2, 1)
    assert (host.registered, host.attending) == (0, 1)
    assert counts(flow_of(home, 2007), "guest_elsewhere_begun", "guest_elsewhere_closing") == [1, 1]
    assert counts(flow_of(host, 2007), "guest_here_begun", "guest_here_closing") == [1, 1]
    assert all(one["balanced"] for made in (home, host) for one in made.flow)


def _whole_city(lives: Lives, environment: SeededEnvironment) -> dict[str, Return]:
    """Round 2008 up to the city's book; every return by its organisation's code, read again."""
    for code, stage, year in (
        (PRIMARY, "primary", 2007), (JUNIOR, "junior", 2007), (NINE_YEAR, "primary", 2004), (NINE_YEAR, "junior", 2007),
        (BAIXIA_PRIMARY, "primary", 2007), (CITY_SECONDARY, "junior", 2007), (VILLAGE, "primary", 2007),
    ):  # fmt: skip
        for _ in range(3):
            lives.open(code, stage=stage, intake_year=year)
        promote(lives.city, [code], year, stage=stage)
    on(environment, 9, 16)
    schools = {QINHUAI: (PRIMARY, JUNIOR, NINE_YEAR), BAIXIA: (BAIXIA_PRIMARY,), GAOCHUN: (CENTRAL, VILLAGE)}
    for bureau, codes_below in {**schools, CITY: (CITY_SECONDARY,)}.items():
        for code in codes_below:
            send_up(lives.city, code)
            accept(lives.city, code, bureau)
    for bureau in schools:
        send_up(lives.city, bureau)
        accept(lives.city, bureau, CITY)
    make(lives.city, CITY)
    certify(lives.city, CITY)
    with acting_system():
        found = {one.organisation: one for one in Return.objects.filter(round=ROUND)}
    return {code: found[key] for code, key in lives.city.organisations.items() if key in found}


def _cells(made: Return) -> Counter[tuple[Any, ...]]:
    """Registered and attending by stage, cohort and sex."""
    found: Counter[tuple[Any, ...]] = Counter()
    for line in made.totals:
        for what in ("registered", "attending"):
            found[line["stage"], line["intake_year"], line["grade"], line["gender"], what] += line[what]
    return found


def test_invariant_8_the_citys_totals_are_the_sum_of_its_bureaus_and_theirs_of_the_schools(
    lives: Lives, environment: SeededEnvironment
) -> None:
    made = _whole_city(lives, environment)
    schools = [one for one in made.values() if one.level == "school"]
    bureaus = [made[code] for code in (QINHUAI, BAIXIA, GAOCHUN, CITY_SECONDARY)]
    assert made[CITY].state == "accepted"
    assert (
        made[CITY].registered == sum(one.registered for one in bureaus) == sum(one.registered for one in schools) == 21
    )
    for parts in (bureaus, schools):
        summed: Counter[tuple[Any, ...]] = Counter()
        for one in parts:
            summed += _cells(one)
        assert summed == _cells(made[CITY])
    # What each level signed for is what the level above names.
    for above, below in ((CITY, bureaus), (QINHUAI, [made[code] for code in (PRIMARY, JUNIOR, NINE_YEAR)])):
        assert {part["digest"] for part in made[above].parts} == {one.digest for one in below}
    assert {part["registered"] for part in made[QINHUAI].parts} == {3, 6}
    flow = Counter[str]()
    for line in made[CITY].flow:
        flow += Counter({key: value for key, value in line.items() if key in ("opening", "closing", "graduated")})
    assert (flow["opening"], flow["closing"]) == (21, 21)


def test_invariant_6_a_frozen_return_is_made_again_from_the_journals_after_all_snapshots_are_gone(
    lives: Lives, environment: SeededEnvironment, folder: Path
) -> None:
    made = _whole_city(lives, environment)
    shutil.rmtree(folder)
    folder.mkdir()
    # Life goes on: a transfer of before the reference date, a correction, a death.
    on(environment, 12, 1)
    child = lives.open(intake_year=2007)
    lives.transfer(child, BAIXIA_PRIMARY, date(2008, 9, 9))
    gone = lives.open(BAIXIA_PRIMARY, intake_year=2007)
    lives.close(gone, "death", date(2008, 9, 10))
    with acting_system():
        for one in made.values():
            assert services.remake(one) == one.digest
            assert one.snapshot is None or one.state_digest
        assert not list(files.root().rglob("*.parquet"))


def test_a_return_that_the_journals_do_not_give_again_is_found(begun: Begun, environment: SeededEnvironment) -> None:
    with acting_system():
        stored = Return.objects.get(id=begun.declared.id)
        assert services.remake(stored) == stored.digest
        stored.held = [str(_transaction_of(begun.six[0]))]
        assert services.remake(stored) != stored.digest


def _transaction_of(child: Child) -> UUID:
    (entry,) = journals.entries_of_students([child.student])[child.student]
    return entry.transaction_id
