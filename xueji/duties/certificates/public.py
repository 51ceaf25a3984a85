"""对外查验: what a stranger may ask, where a bureau's head opened it (issue 5 "Verification", clause A6).

Only a number goes in, only 有效 or 作废 comes out; whoever asks too often is told to come back. Off unless opened: the
decision stands in the bureau's journal, the last one holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from xueji.ground.accounts.services.acts import can_act
from xueji.ground.journals import selectors as journals_read
from xueji.ground.journals import services as journals
from xueji.ground.journals.types import NewEntry
from xueji.ground.keys import services as keys
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Level, Refused, Role

ENTRY: Final = "public_verification"
BASIS: Final = "通知一.6"
#: Setting of the rulebook.
HOURLY: Final = "verification_public_hourly"
_LONGEST: Final = 40  # characters of a number


class PublicAnswer(StrEnum):
    """All that a stranger is told."""

    VALID = "valid"
    VOIDED = "voided"
    UNKNOWN = "unknown"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class PublicState:
    """Whether a bureau's papers may be asked about, since when, by whose decision and why."""

    open: bool
    since: date | None = None
    person: UUID | None = None
    reason: str = ""


def anybody_open() -> bool:
    """Whether any bureau of this home opened the page; else there is no such page."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM certificates_open_bureaus())")
        row = cursor.fetchone()
    return bool(row and row[0])


@transaction.atomic
def ask(number: str, *, address: str) -> PublicAnswer:
    """How the paper of this number stands; ``address`` of who asks is kept a day, as an index that shows none."""
    wanted = "".join(number.split())[:_LONGEST]
    most = int(parameters.rulebook(today()).settings[HOURLY])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT certificates_ask_publicly(%s, %s, %s, %s)",
            [wanted, keys.blind_index("public_query", address), most, today()],
        )
        row = cursor.fetchone()
    return PublicAnswer(row[0]) if row else PublicAnswer.UNKNOWN


def state_of(bureau: UUID) -> PublicState:
    """The bureau's last decision; closed where there is none."""
    found = journals_read.entries_of_organisation(bureau, kinds={ENTRY})
    if not found:
        return PublicState(open=False)
    last = found[-1]
    person = last.actor.get("person")
    return PublicState(
        bool(last.basis["open"]), last.effective_on, UUID(person) if person else None, str(last.basis["reason"])
    )


@transaction.atomic
def decide(*, actor: Actor, opened: bool, reason: str) -> PublicState:
    """The bureau's head opens or closes the page for its schools' papers. Raises ``Refused``."""
    can_act(actor)
    if actor.role is not Role.HEAD or actor.level is Level.SCHOOL:
        raise Refused("public.not_head", "对外查验由教育局负责人决定开放或关闭。", BASIS)
    if len(" ".join(reason.split())) < 4:
        raise Refused("public.reason", "请写明开放或关闭的理由。", BASIS)
    journals.lock([actor.organisation])
    if state_of(actor.organisation).open == opened:
        raise Refused("public.same", f"对外查验已经是{'开放' if opened else '关闭'}的。", BASIS)
    journals.append(
        actor=actor,
        transaction_id=environment().new_id(),
        entries=[
            NewEntry(actor.organisation, ENTRY, today(), (), basis={"open": opened, "reason": " ".join(reason.split())})
        ],
        rulebook_version=parameters.rulebook(today()).version,
    )
    return state_of(actor.organisation)
