"""May this actor decide this step? Post, organisation, four eyes, training.

Registrar (or clerk), proofreader and decider are different *persons* (invariant 11): a person who
acted in a case in one function may not act in another, whichever posts are held.
"""

from __future__ import annotations

from collections.abc import Iterable

from xueji.ground.accounts import services as accounts
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.cases.models import Case, Step
from xueji.registry.cases.wording import act_word, role_word

_FOUR_EYES_BASIS = "通知一.3"


def check(actor: Actor, case: Case, step: Step, earlier: Iterable[Step]) -> None:
    """Raise ``Refused`` unless the actor's post has this step and other persons did the others."""
    if (actor.organisation, actor.role.value) != (step.organisation, step.role):
        raise Refused(
            "not_your_step",
            f"这一步由{role_word(step.role)}{act_word(step.act)}，您现在的岗位不能办理。请核对所选的岗位和单位。",
            "通知一.2、一.3",
        )
    accounts.can_act(actor)
    functions = {(case.lodged_by, case.lodged_role)}
    functions |= {(past.decided_by, past.role) for past in earlier if past.decided_by is not None}
    if any(person == actor.person and role != step.role for person, role in functions):
        raise Refused(
            "four_eyes",
            "录入、校对、审核必须由不同的人办理。您已在本件中办理过另一环节，请由本单位其他人员办理这一步。",
            _FOUR_EYES_BASIS,
        )
