"""The acts of a bureau by the people whose acts they are, for the tests of this room and of those above."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from tests.small_city import QINHUAI, SmallCity
from xueji.ground.accounts.context import acting
from xueji.registry.applications.tests.ways import pdf_of
from xueji.registry.reorganisation import services
from xueji.registry.reorganisation.plans import ActPlan
from xueji.registry.reorganisation.services import Proposal
from xueji.registry.reorganisation.types import ActResult

DAY = date(2008, 11, 3)
NOBODY = UUID(int=1)


def propose(city: SmallCity, kind: str, plan: ActPlan, *, bureau: str = QINHUAI, on: date = DAY) -> UUID:
    """The clerk's proposal with its document."""
    with acting(city.clerk(bureau)) as actor:
        made = services.prepare(
            actor=actor,
            kind=kind,
            proposal=Proposal(plan, on, "宁教〔2008〕88号", ("批文.pdf", pdf_of("batch"))),
        )
    return made.act


def decide(city: SmallCity, act: UUID, *, bureau: str = QINHUAI) -> ActResult:
    """The head agrees."""
    with acting(city.head(bureau)) as actor:
        return services.decide(actor=actor, act=act)


def carry_through(city: SmallCity, kind: str, plan: ActPlan, *, bureau: str = QINHUAI, on: date = DAY) -> ActResult:
    """Proposed and agreed to; in force where the day has come."""
    return decide(city, propose(city, kind, plan, bureau=bureau, on=on), bureau=bureau)
