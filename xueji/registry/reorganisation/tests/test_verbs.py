"""From the clerk's proposal to the day: back, again, off; what is refused says why and on what it rests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from tests.small_city import BAIXIA, CITY, NINE_YEAR, PRIMARY, QINHUAI, SmallCity
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications.tests.ways import pdf_of
from xueji.registry.reorganisation import selectors, services
from xueji.registry.reorganisation.plans import ActPlan
from xueji.registry.reorganisation.services import Proposal
from xueji.registry.reorganisation.tests.acts import NOBODY, decide, propose

pytestmark = pytest.mark.django_db
LATER = date(2008, 11, 10)


def refused(actor: Actor, verb: Callable[..., Any], **given: Any) -> str:
    """The code of the refusal, which is a sentence with a basis."""
    with acting(actor), pytest.raises(Refused) as caught:
        verb(actor=actor, **given)
    assert caught.value.message.endswith("。")
    assert caught.value.basis
    return caught.value.code.removeprefix("reorganisation.")


def test_a_proposal_goes_back_comes_again_and_is_called_off(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))
    clerk, head = small_city.clerk(), small_city.head()
    plan = ActPlan((small_city.id(PRIMARY),), small_city.id(NINE_YEAR))
    file = ("批文.pdf", pdf_of("batch"))
    whole, merger = Proposal(plan, LATER, "宁教〔2008〕88号", file), "school_merger"
    # Who may not, and what must be there.
    assert refused(head, services.prepare, kind=merger, proposal=whole) == "not_yours"
    assert refused(small_city.registrar(), services.prepare, kind=merger, proposal=whole) == "not_yours"
    assert refused(clerk, services.prepare, kind="district_merger", proposal=whole) == "not_yours"
    assert refused(clerk, services.prepare, kind="transfer", proposal=whole) == "kind"
    unnumbered, unpapered = Proposal(plan, LATER, " ", file), Proposal(plan, LATER, "88号", None)
    assert refused(clerk, services.prepare, kind=merger, proposal=unnumbered) == "document_number"
    assert refused(clerk, services.prepare, kind=merger, proposal=unpapered) == "document"
    early = Proposal(plan, date(2008, 11, 2), "88号", file)
    assert refused(clerk, services.prepare, kind=merger, proposal=early) == "merger_backdated"
    assert refused(head, services.decide, act=NOBODY) == "not_found"
    # Back to the clerk, and again.
    act = propose(small_city, merger, plan, on=LATER)
    again = Proposal(plan, LATER, "宁教〔2008〕89号", None)
    assert refused(clerk, services.resubmit, act=act, proposal=again) == "not_sent_back"
    assert refused(head, services.carry_out, act=act) == "not_decided"
    with acting(head):
        sent = services.send_back(actor=head, act=act, reason="文号写错")
    assert sent.state == "sent_back"
    with acting(clerk):
        assert services.resubmit(actor=clerk, act=act, proposal=again).state == "prepared"
    assert refused(head, services.decide, act=act, seen="0" * 64) == "changed_meanwhile"
    # Decided ahead of its day it waits, and the head can call it off until then.
    assert decide(small_city, act).state == "decided"
    assert refused(head, services.carry_out, act=act) == "early"
    assert refused(clerk, services.retract, act=act) == "not_yours"
    with acting(head):
        assert services.retract(actor=head, act=act).state == "retracted"
    assert refused(head, services.retract, act=act)
    environment.move_to(datetime(2008, 11, 10, 9, tzinfo=LOCAL_ZONE))
    assert services.carry_due().done == ()


def test_a_district_sees_the_citys_act_on_its_school_and_is_led_to_it(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))
    school, district = small_city.id(PRIMARY), small_city.id(QINHUAI)
    to_baixia = ActPlan((school,), small_city.id(BAIXIA))
    act = propose(small_city, "competent_bureau_change", to_baixia, bureau=CITY, on=LATER)
    with acting(small_city.clerk(QINHUAI)):
        assert [one.id for one in selectors.acts()] == [act]
        seen = selectors.look(
            "school_renaming", ActPlan((school,), name="秦淮锦绣小学"), organisation=district, on=LATER
        )
    assert [one.matter for one in seen.hindrances] == [act]
    assert refused(small_city.head(QINHUAI), services.decide, act=act) == "not_found"
    with acting(small_city.clerk(BAIXIA)):
        assert [one.id for one in selectors.acts()] == [act]
    with acting(small_city.registrar()):
        assert selectors.acts() == []
