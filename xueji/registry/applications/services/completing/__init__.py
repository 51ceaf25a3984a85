"""The completing yes: facts → procedure → entries → refold, one module a kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from xueji.pure.kernel.types import Actor
from xueji.registry.applications.claims import ReadyRow
from xueji.registry.applications.models import Application
from xueji.registry.applications.services.completing.class_numbers import complete_class_numbers
from xueji.registry.applications.services.completing.dividing import complete_admission, complete_division
from xueji.registry.applications.services.completing.leavers import complete_leaving
from xueji.registry.applications.services.completing.outside import complete_outside
from xueji.registry.applications.services.completing.promotions import complete_promotion
from xueji.registry.applications.services.completing.pupil import complete_pupil
from xueji.registry.applications.services.completing.roster import complete_roster
from xueji.registry.applications.services.completing.transfer import complete_transfer
from xueji.registry.applications.services.outside import KINDS as OUTSIDE

ROSTERS = frozenset({"opening", "enrolment", "transfer_into_city", "late_registration", "placement_entry"})
_COMPLETING: dict[str, Callable[..., None]] = {
    "transfer": complete_transfer,
    "placement": complete_transfer,
    "promotion": complete_promotion,
    "leaving": complete_leaving,
    "admission": complete_admission,
    "division": complete_division,
    "class_number_correction": complete_class_numbers,
    **dict.fromkeys(OUTSIDE, complete_outside),
}


def complete(*, actor: Actor, application: Application, step: UUID, rows: Sequence[ReadyRow] = ()) -> None:
    """Write to the register what an application asks for, in the transaction of the decision. Raises ``Refused``.

    ``rows``: of a roster, those that are approved.
    """
    if application.kind in ROSTERS:
        complete_roster(actor=actor, application=application, step=step, rows=rows)
    else:
        _COMPLETING.get(application.kind, complete_pupil)(actor=actor, application=application, step=step)
