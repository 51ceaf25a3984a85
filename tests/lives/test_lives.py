"""Random lives against the model; a planted bug is caught; the long run stands under ``make soak``."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.lives.machine import Lives, World
from tests.lives.model import KINDS
from tests.small_city import SmallCity
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.procedures import suspension
from xueji.pure.procedures.frame import ChangeFacts
from xueji.pure.procedures.planned import Plan

pytestmark = pytest.mark.usefixtures("fresh_database")
SOAK_SEEDS, SOAK_LIVES = 20, 40
STEPS = 40


@pytest.fixture
def world(small_city: SmallCity, environment: SeededEnvironment) -> World:
    environment.move_to(datetime(2008, 9, 3, 9, tzinfo=LOCAL_ZONE))
    return World(small_city, environment)


def _live(world: World, number: int, lives: int) -> None:
    """So many lives of this seed."""
    machine = type("SeededLives", (Lives,), {"world": world})
    run_state_machine_as_test(
        seed(number)(machine),
        settings=settings(
            max_examples=lives,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
        ),
    )


def test_whatever_happens_to_pupils_the_register_says_what_the_regulations_say(world: World) -> None:
    _live(world, 1, 6)
    assert world.steps >= 100
    assert len(world.came_true) >= 3


def test_a_bug_in_one_procedure_is_caught(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a suspension that forgets the status."""
    from xueji.pure.procedures import frame

    def forgetful(facts: ChangeFacts) -> Plan:
        plan = suspension.suspend(facts)
        return Plan([facts.entry(basis=one.basis) for one in plan.entries], plan.refusals)

    spoilt = {**frame.procedures(), "suspension": frame.Procedure("suspension", forgetful)}
    monkeypatch.setattr(frame, "procedures", lambda: spoilt)
    with pytest.raises(AssertionError):
        _live(world, 2, 12)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(100, 100 + SOAK_SEEDS))
def test_the_long_run(world: World, number: int) -> None:
    """All seeds together live at least 20,000 steps."""
    _live(world, number, SOAK_LIVES)
    assert world.steps >= 20_000 // SOAK_SEEDS
    assert set(world.came_true) == set(KINDS)
