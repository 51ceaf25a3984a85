"""The completing yes: facts → procedure → entries → refold, one module a kind."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from xueji.pure.kernel.types import Actor
from xueji.registry.applications.models import Application
from xueji.registry.applications.services.completing.leavers import complete_leaving
from xueji.registry.applications.services.completing.promotions import complete_promotion
from xueji.registry.applications.services.completing.roster import complete_roster
from xueji.registry.applications.services.completing.transfer import complete_transfer

_COMPLETING: dict[str, Callable[..., None]] = {
    "opening": complete_roster,
    "enrolment": complete_roster,
    "transfer": complete_transfer,
    "promotion": complete_promotion,
    "leaving": complete_leaving,
}


def complete(*, actor: Actor, application: Application, step: UUID) -> None:
    """Write to the register what an application asks for, in the transaction of the decision. Raises ``Refused``."""
    _COMPLETING[application.kind](actor=actor, application=application, step=step)
