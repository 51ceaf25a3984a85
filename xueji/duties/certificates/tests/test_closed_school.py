"""What a school had under way when it was closed or merged is never stuck: it ends with its reason, the keeper of its
records asks anew; what waits at a bureau that is merged waits at its successor (clause B3, custody)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest

from tests.small_city import BAIXIA, CITY, NINE_YEAR, PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.duties.certificates import selectors, services
from xueji.duties.certificates.impressions import impressions
from xueji.duties.certificates.models import Batch, BatchPart, LineState, Order, OrderState
from xueji.duties.certificates.rolls import open_left_out
from xueji.duties.certificates.services.ending import Ended, end_of_closed
from xueji.duties.certificates.tests.attested import DIPLOMA, LEFT_ON, ask, leaver, paper, step
from xueji.duties.certificates.tests.sealed_papers import PROOF, approved, decided, proposed, row
from xueji.duties.certificates.tests.support import text_of
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment, today
from xueji.pure.kernel.types import Refused
from xueji.registry.cases import selectors as cases
from xueji.registry.cases.services import lapse
from xueji.registry.register.tests.lives import Lives
from xueji.registry.reorganisation import closing
from xueji.registry.reorganisation.plans import ActPlan
from xueji.registry.reorganisation.tests.acts import DAY, carry_through, decide, propose

pytestmark = pytest.mark.django_db
WHY = (
    "秦淮云锦小学已于2008年11月3日撤销，申请没有办结，随之终止。"
    "档案由秦淮白鹭九年一贯制学校保管，请由该单位核对后重新申请。"
)


def _merged(city: SmallCity) -> ActPlan:
    return ActPlan((city.id(PRIMARY),), city.id(NINE_YEAR))


def _state(order: UUID) -> str:
    with acting_system():
        return str(Order.objects.get(pk=order).state)


def test_requests_and_batches_of_a_merged_school_end_with_their_reason_and_the_keeper_asks_anew(
    lives: Lives, environment: SeededEnvironment
) -> None:
    city = lives.city
    child, other = leaver(lives, name="欧阳𠮷"), leaver(lives, name="丁一")
    lives.open()
    waiting, back = (ask(city, [one.student]).order for one in (child, other))
    for order in (waiting, back):
        step(city, order, "decide")
    with acting(city.clerk()) as clerk:
        services.send_back(actor=clerk, order=back, reason="姓名请核对")
    with acting(city.registrar()) as actor:
        batch = services.order_batch(actor=actor, kind="student_card")
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))
    act = propose(city, "school_merger", _merged(city))
    shown = signed_in(city.head()).get(f"/manage/reorganisations/{act}/").content.decode()
    assert "随之终止的验印申请、制证批次" in shown
    assert decide(city, act).counts["papers"] == 3
    keeper = city.registrar(NINE_YEAR)
    with acting(city.clerk()) as clerk:
        assert not cases.inbox(clerk).waiting
        with pytest.raises(Refused, match="已撤回"):
            services.agree(actor=clerk, order=waiting, act="examine")
    with acting(keeper):
        assert {one.state for one in selectors.orders(None)} == {OrderState.ENDED}
        assert [(one.state, one.reason) for one in selectors.lines(waiting)] == [(LineState.LEFT_OUT, WHY)]
        (part,) = BatchPart.objects.filter(batch=batch)
        assert Batch.objects.get(pk=batch).state == "done"
        assert "二（1）班不再办理" in open_left_out(part)[0].message
        assert any(one.subject == waiting and "请核对后重新申请" in one.text for one in cases.notices(keeper))
    client = signed_in(keeper)
    page = client.get(f"/certificates/attestations/{waiting}/").content.decode()
    assert page.count(WHY) == 1, "once for all pupils"
    assert "学校撤销，申请终止" in page
    assert "教育局经办人核对" not in page, "nobody waits for it"
    assert "/certificates/attestations/new/graduation_certificate/" in page
    with acting(keeper) as actor:
        anew = services.request(actor=actor, kind=DIPLOMA, students=[child.student, other.student]).order
    for who, what in ((city.deputy_head(NINE_YEAR), "decide"), (city.clerk(), "examine"), (city.head(), "approve")):
        with acting(who) as actor:
            done = services.agree(actor=actor, order=anew, act=what)
    assert len(done.certificates) == 2
    with acting(keeper) as actor:
        services.receive_blanks(actor=actor, kind=DIPLOMA, first="JS01")
        text = text_of(services.print_papers(actor=actor, certificates=[paper(done.certificates[0]).id]).pdf)
    assert "由秦淮白鹭九年一贯制学校代发" in text


def test_what_another_node_closed_ends_with_the_nightly_job_and_only_once(
    lives: Lives, environment: SeededEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = lives.city
    order, stays = ask(city, [leaver(lives).student]).order, _open_there(lives)
    with acting_system():
        assert end_of_closed() == Ended()
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))
    with monkeypatch.context() as without:
        without.setattr(closing, "_rooms", {})  # as a package closes it: no act of this home
        carry_through(city, "school_merger", _merged(city))
    assert _state(order) == OrderState.REQUESTED
    with acting_system():
        assert end_of_closed() == Ended(1, 0)
        assert end_of_closed() == Ended()
        assert lapse(subjects=[order]) == 0
    assert (_state(order), _state(stays)) == (OrderState.ENDED, OrderState.REQUESTED)


def _open_there(lives: Lives) -> UUID:
    """A request of the school that stays."""
    child = lives.open(NINE_YEAR, intake_year=2002, enrolment_month="2002-09")
    lives.close(child, "graduation", LEFT_ON)
    with acting(lives.city.registrar(NINE_YEAR)) as actor:
        return services.request(actor=actor, kind=DIPLOMA, students=[child.student]).order


def test_what_waits_at_a_bureau_that_is_merged_is_attested_by_its_successor(
    lives: Lives, environment: SeededEnvironment
) -> None:
    city = lives.city
    order = ask(city, [leaver(lives).student]).order
    step(city, order, "decide")
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))
    carry_through(city, "district_merger", ActPlan((city.id(QINHUAI),), city.id(BAIXIA)), bureau=CITY, on=DAY)
    for who, what in ((city.clerk(BAIXIA), "examine"), (city.head(BAIXIA), "approve")):
        with acting(who) as actor:
            done = services.agree(actor=actor, order=order, act=what)
    assert paper(done.certificates[0]).bureau == city.id(BAIXIA)


def test_a_seal_that_waits_ends_with_its_school_and_an_approved_one_is_on_no_new_paper(
    lives: Lives, environment: SeededEnvironment
) -> None:
    city = lives.city
    inside, waiting = approved(city), proposed(city, use="school_seal", kinds=("proof_of_attendance",))
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))
    assert carry_through(city, "school_merger", _merged(city)).counts["papers"] == 1
    assert [row(one).state for one in (inside, waiting)] == ["approved", "retracted"]
    with acting(city.clerk()) as clerk:
        assert not cases.inbox(clerk).waiting
        with pytest.raises(Refused, match="已撤回"):
            services.agree_to_seal(actor=clerk, seal=waiting, act="examine")
        book = parameters.rulebook(today())
        assert not impressions(book, book.certificates[PROOF], today(), issuer=city.id(NINE_YEAR))


def test_a_seal_that_waits_at_a_merged_bureau_is_approved_by_its_successor(
    lives: Lives, environment: SeededEnvironment
) -> None:
    city = lives.city
    seal = proposed(city)
    environment.move_to(datetime(2008, 11, 3, 9, tzinfo=LOCAL_ZONE))
    carry_through(city, "district_merger", ActPlan((city.id(QINHUAI),), city.id(BAIXIA)), bureau=CITY, on=DAY)
    decided(city, seal, "examine", by=city.clerk(BAIXIA))
    assert decided(city, seal, "approve", by=city.head(BAIXIA)).bureau == city.id(BAIXIA)
