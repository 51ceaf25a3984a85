"""A pupil's standing in words and colour: 在籍 and 在校 are two facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from xueji.pure.kernel.fold import RegistrationState
from xueji.registry.register.words import HOW_ENDED, STATUS_WORDS

LIST_STATUSES: tuple[tuple[str, str], ...] = (
    ("awaited", "尚未到校"),
    ("departing", "转出待回执"),
    ("suspended", "休学"),
    ("dropped_out", "辍学"),
    ("abroad", "出国（境）"),
    ("guest_elsewhere", "在外校借读"),
    ("guest_here", "在本校借读"),
    ("left", "已离校"),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Colour and words."""

    state: str
    text: str


def standing(
    *, ended: bool, how_ended: str | None, status: str | None, arrival: str | None, attends: UUID | str | None
) -> Standing:
    """What a list shows of one registration."""
    if ended:
        return Standing("open", HOW_ENDED.get(how_ended or "", "已离校"))
    if arrival == "awaited":
        return Standing("soon", "尚未到校")
    if arrival == "departing":
        return Standing("soon", "转出待回执")
    if status == "dropped_out":
        return Standing("wrong", "辍学")
    if status in ("suspended", "abroad"):
        return Standing("soon", STATUS_WORDS[status])
    if attends:
        return Standing("progress", "在外校借读")
    return Standing("done", "在籍在校")


def last_day(registration: RegistrationState, today: date) -> date:
    """Today, or the last day of a registration that has ended."""
    return today if registration.ended_on is None else min(today, registration.ended_on - timedelta(days=1))


def standing_of(registration: RegistrationState, today: date) -> Standing:
    """How a registration stands today, or how it ended; one that is void never stood."""
    if registration.voided:
        return Standing("open", "学籍已作废")
    day = last_day(registration, today)
    return standing(
        ended=registration.ended_on is not None and registration.ended_on <= today,
        how_ended=registration.how_ended,
        status=registration.value("status", day),
        arrival=registration.value("arrival", day),
        attends=registration.value("attends", day),
    )
