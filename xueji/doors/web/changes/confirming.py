"""Confirming that several pupils have come: each in a transaction of its own, and the answer says how each ended."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import DatabaseError
from django.http import HttpRequest

from xueji.doors.web.dates import read_day
from xueji.doors.web.names import uuid_of
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications import services
from xueji.registry.register import selectors as register

logger = logging.getLogger(__name__)
#: As many as the list shows.
LIMIT = 500
_FAILED = "系统这一次没有办成，这名学生没有任何改动。请稍后再试。"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Who was confirmed and who was not: student, name, and for the latter why."""

    day: date
    done: tuple[tuple[UUID, str], ...] = ()
    left: tuple[tuple[UUID, str, str], ...] = ()

    @property
    def told(self) -> str:
        """How many of how many."""
        whole = f"所选 {len(self.done) + len(self.left)} 人中，已确认 {len(self.done)} 人到校"
        return whole + (f"，{len(self.left)} 人没有确认" if self.left else "")


def confirm(request: HttpRequest, actor: Actor) -> Confirmed:
    """Confirm each of the ticked pupils. Raises ``Refused`` where the day cannot be read: then nothing was tried."""
    typed = request.POST.get("arrived_on", "")
    day = read_day(typed) if typed else today()
    if day is None:
        raise Refused("web.day", f"到校日期“{typed}”读不出来，请写成 2008-09-03 或 20080903。")
    picked = [one for one in map(uuid_of, request.POST.getlist("pick")[:LIMIT]) if one is not None]
    wanted = list(dict.fromkeys(picked))
    outcome = {student: _one(actor, student, day) for student in wanted}
    with acting(actor):
        names = register.student_names(wanted)
    return Confirmed(
        day,
        tuple((one, names.get(one, "")) for one, why in outcome.items() if not why),
        tuple((one, names.get(one, "（查不到的学生）"), why) for one, why in outcome.items() if why),
    )


def _one(actor: Actor, student: UUID, day: date) -> str:
    """Why one could not be confirmed; '' where he was."""
    try:
        with acting(actor):
            services.confirm_arrival(actor=actor, school=actor.organisation, student=student, arrived_on=day)
    except Refused as refused:
        return f"{refused.message}（{refused.basis}）" if refused.basis else refused.message
    except DatabaseError:
        logger.exception("confirming an arrival failed")
        return _FAILED
    return ""
