"""Random lives against the model; a planted bug is caught; the long run stands under ``make soak``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from django.db import connections
from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.lives.lodging import LODGED
from tests.lives.machine import KINDS, Lives
from tests.lives.world import World
from tests.small_city import QINHUAI, SmallCity
from xueji.config.home import Home
from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.procedures import suspension
from xueji.pure.procedures.frame import ChangeFacts
from xueji.pure.procedures.planned import Plan

SOAK_SEEDS, SEEDS_TOGETHER, SOAK_STORIES = 20, 5, 20
STEPS = 80


@pytest.fixture
def world(fresh_database: str, small_city: SmallCity, environment: SeededEnvironment, home: Home) -> World:
    made = World(small_city, environment, home, str(connections.settings["default"]["NAME"]))
    made.found()
    return made


def _live(world: World, number: int, stories: int, kinds: Sequence[str] = tuple(sorted(KINDS))) -> None:
    """So many stories of this seed, of these kinds."""
    machine = type("SeededLives", (Lives,), {"world": world, "kinds": kinds})
    run_state_machine_as_test(
        seed(number)(machine),
        settings=settings(
            max_examples=stories,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
        ),
    )


def test_every_kind_of_the_rulebook_is_played() -> None:
    """A new kind is a line in the model's tables of kinds, else this fails.

    What becomes of organisations is not a pupil's life.
    """
    book = rulebook_from_files(date(2008, 9, 22), QINHUAI)
    of_pupils = {kind for kind, change in book.changes.items() if change.form != "reorganisation"}
    assert set(KINDS) == of_pupils
    assert set(LODGED) <= set(KINDS)


def test_whatever_happens_to_pupils_the_register_says_what_the_regulations_say(world: World) -> None:
    _live(world, 1, 4)
    assert world.steps >= 100
    assert len(world.came_true) >= 10


def test_a_bug_in_one_procedure_is_caught(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a suspension that forgets the status."""
    from xueji.pure.procedures import frame

    def forgetful(facts: ChangeFacts) -> Plan:
        plan = suspension.suspend(facts)
        return Plan([facts.entry(basis=one.basis) for one in plan.entries], plan.refusals)

    spoilt = {**frame.procedures(), "suspension": frame.Procedure("suspension", forgetful)}
    monkeypatch.setattr(frame, "procedures", lambda: spoilt)
    with pytest.raises(AssertionError):
        _live(world, 2, 10, ("class_change", "resumption", "suspension"))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(100, 100 + SOAK_SEEDS, SEEDS_TOGETHER))
def test_the_long_run(world: World, first: int) -> None:
    """All seeds together live at least 20,000 steps; five in one city bring three quarters of the kinds to their end.

    What one seed alone brings to its end is chance: 23 to 41 of the kinds.
    """
    for number in range(first, first + SEEDS_TOGETHER):
        _live(world, number, SOAK_STORIES)
    assert world.steps >= 20_000 * SEEDS_TOGETHER // SOAK_SEEDS
    assert len(world.came_true) >= len(KINDS) * 3 // 4
