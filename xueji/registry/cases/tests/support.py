"""The way of a case in the small city, for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from tests.small_city import PRIMARY, QINHUAI, SmallCity
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.rulebook import Act, Party
from xueji.pure.kernel.rulebook import Step as RulebookStep
from xueji.pure.kernel.types import Actor, Role
from xueji.registry.cases import services
from xueji.registry.cases.types import Decision, PlannedStep

OpenCase = Callable[..., UUID]


def planned(city: SmallCity, *, days: int | None = 10) -> list[PlannedStep]:
    """Proofread and decide at the school, examine and approve at its bureau."""
    school, bureau = city.id(PRIMARY), city.id(QINHUAI)
    rows = [
        ("proofread", Act.PROOFREAD, Role.PROOFREADER, Party.APPLICANT, "school", school),
        ("decide", Act.DECIDE, Role.DEPUTY_HEAD, Party.APPLICANT, "school", school),
        ("examine", Act.EXAMINE, Role.CLERK, Party.BUREAU_OF_APPLICANT, "bureau", bureau),
        ("approve", Act.APPROVE, Role.HEAD, Party.BUREAU_OF_APPLICANT, "bureau", bureau),
    ]
    return [
        PlannedStep(
            RulebookStep(key, act, role, at, phase, days, key, completes=act is Act.APPROVE),
            organisation,
            files=act is Act.APPROVE,
        )
        for key, act, role, at, phase, organisation in rows
    ]


def decide(actor: Actor, case: UUID, act: str) -> Decision:
    with acting(actor):
        return services.decide_step(actor=actor, case=case, act=act)


def through(city: SmallCity, case: UUID) -> Decision:
    for actor, act in (
        (city.proofreader(), "proofread"),
        (city.deputy_head(), "decide"),
        (city.clerk(), "examine"),
        (city.head(), "approve"),
    ):
        decision = decide(actor, case, act)
    return decision
