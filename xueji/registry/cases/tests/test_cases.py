"""Steps, four eyes, due dates, file numbers, the inbox (clauses A2, A3, A5, D2; invariant 11)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.small_city import BAIXIA, PRIMARY, QINHUAI, SmallCity
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment, environment
from xueji.pure.kernel.types import Refused
from xueji.registry.cases import selectors, services
from xueji.registry.cases.models import Case, Notice, Step
from xueji.registry.cases.tests.support import OpenCase, decide, planned, through

pytestmark = pytest.mark.django_db


def test_a_case_is_finished_by_its_last_step_and_bears_a_file_number(
    small_city: SmallCity, open_case: OpenCase
) -> None:
    decision = through(small_city, open_case())
    assert decision.finished
    assert decision.file_number == "320104-2008-02-0001"


def test_file_numbers_are_gapless_also_when_a_decision_is_rolled_back(
    small_city: SmallCity, open_case: OpenCase
) -> None:
    through(small_city, open_case())
    failed = open_case()
    for actor, act in (
        (small_city.proofreader(), "proofread"),
        (small_city.deputy_head(), "decide"),
        (small_city.clerk(), "examine"),
    ):
        decide(actor, failed, act)
    with suppress(ZeroDivisionError), transaction.atomic():
        decide(small_city.head(), failed, "approve")
        raise ZeroDivisionError
    assert decide(small_city.head(), failed, "approve").file_number == "320104-2008-02-0002"


def test_registrar_proofreader_and_decider_are_different_persons(small_city: SmallCity, open_case: OpenCase) -> None:
    both = replace(small_city.proofreader(), person=small_city.registrar().person)
    case = open_case()
    with pytest.raises(Refused) as refused:
        decide(both, case, "proofread")
    assert refused.value.code == "four_eyes"
    decide(small_city.proofreader(), case, "proofread")
    again = replace(small_city.deputy_head(), person=small_city.proofreader().person)
    with pytest.raises(Refused) as refused:
        decide(again, case, "decide")
    assert refused.value.code == "four_eyes"


def test_a_clerk_does_not_approve_what_the_clerk_examined(small_city: SmallCity, open_case: OpenCase) -> None:
    case = open_case()
    decide(small_city.proofreader(), case, "proofread")
    decide(small_city.deputy_head(), case, "decide")
    decide(small_city.clerk(), case, "examine")
    with pytest.raises(Refused) as refused:
        decide(replace(small_city.head(), person=small_city.clerk().person), case, "approve")
    assert refused.value.code == "four_eyes"


def test_a_registrar_does_not_act_before_training(small_city: SmallCity, open_case: OpenCase) -> None:
    case = open_case()
    decide(small_city.proofreader(), case, "proofread")
    with acting(small_city.deputy_head()) as actor:
        services.send_back(actor=actor, case=case, reason="请修改")
    untrained = replace(small_city.registrar(), trained=False)
    with acting(untrained), pytest.raises(Refused, match="培训"):
        services.resubmit(actor=untrained, case=case, steps=planned(small_city))


def test_who_proofread_it_once_does_not_lodge_it_again(small_city: SmallCity, open_case: OpenCase) -> None:
    case = open_case()
    decide(small_city.proofreader(), case, "proofread")
    with acting(small_city.deputy_head()) as actor:
        services.send_back(actor=actor, case=case, reason="请修改")
    proofreader = replace(small_city.registrar(), person=small_city.proofreader().person)
    with acting(proofreader), pytest.raises(Refused) as refused:
        services.resubmit(actor=proofreader, case=case, steps=planned(small_city))
    assert refused.value.code == "four_eyes"


def test_a_phase_has_one_term_in_working_days_from_the_day_it_began_to_wait(
    small_city: SmallCity, open_case: OpenCase, environment: SeededEnvironment
) -> None:
    case = open_case()
    environment.move_to(datetime(2008, 9, 10, 9, tzinfo=LOCAL_ZONE))
    decide(small_city.proofreader(), case, "proofread")
    environment.move_to(datetime(2008, 9, 24, 9, tzinfo=LOCAL_ZONE))
    decide(small_city.deputy_head(), case, "decide")
    with acting(small_city.head()):
        due = [step.due_on for step in Step.objects.filter(case=case).order_by("order")]
    # 1 September + ten working days (14 September is the Mid-Autumn day, a Sunday, made up on the 15th); after
    # 24 September the week of the National Day does not count, its made-up Saturdays do.
    assert due[0] == due[1]
    assert due[0] in (date(2008, 9, 15), date(2008, 9, 16))
    assert due[2] is not None
    assert due[2] > date(2008, 10, 8)
    assert due[3] is None


def test_the_inbox_holds_what_waits_for_my_post_by_deadline(
    small_city: SmallCity, open_case: OpenCase, environment: SeededEnvironment
) -> None:
    first = open_case()
    environment.move_to(datetime(2008, 9, 3, 9, tzinfo=LOCAL_ZONE))
    second = open_case()
    with acting(small_city.proofreader()) as actor:
        inbox = selectors.inbox(actor)
    assert [item.case for item in inbox.waiting] == [first, second]
    assert (inbox.counts.waiting, inbox.counts.overdue) == (2, 0)
    with acting(small_city.head()) as actor:
        assert selectors.inbox(actor).counts.waiting == 0


def test_what_passed_its_due_date_is_marked_for_me_and_for_those_above(
    small_city: SmallCity, open_case: OpenCase, environment: SeededEnvironment
) -> None:
    case = open_case()
    environment.advance(timedelta(days=30))
    with acting(small_city.proofreader()) as actor:
        inbox = selectors.inbox(actor)
        assert inbox.counts.overdue == 1
        assert inbox.waiting[0].overdue
    with acting(small_city.registrar()) as actor:
        assert [(item.case, item.overdue) for item in selectors.inbox(actor).elsewhere] == [(case, True)]
    with acting(small_city.head()):
        assert [item.case for item in selectors.overdue([small_city.id(PRIMARY)])] == [case]
    with acting(small_city.head(BAIXIA)):
        assert selectors.overdue([small_city.id(PRIMARY)]) == ()


def test_the_inbox_is_routed_by_stage_where_primary_and_junior_are_apart(
    small_city: SmallCity, open_case: OpenCase
) -> None:
    primary, junior, both = open_case(stage="primary"), open_case(stage="junior"), open_case()
    with acting(small_city.proofreader()) as actor:
        assert {item.case for item in selectors.inbox(actor, stage="primary").waiting} == {primary, both}
        assert {item.case for item in selectors.inbox(actor, stage="junior").waiting} == {junior, both}
        assert selectors.inbox(actor).counts.waiting == 3


def test_a_refusal_is_told_to_the_school_with_its_reason(small_city: SmallCity, open_case: OpenCase) -> None:
    case = open_case()
    decide(small_city.proofreader(), case, "proofread")
    with acting(small_city.deputy_head()) as actor:
        services.refuse(actor=actor, case=case, reason="不在本施教区")
    with acting(small_city.registrar()) as actor:
        decide_again = selectors.case_of(Case.objects.get(id=case).subject)
        assert decide_again is not None
        assert (decide_again.state, decide_again.closed_on) == ("refused", date(2008, 9, 1))


def test_a_notice_reaches_the_post_that_is_to_act_and_can_be_read_once(
    small_city: SmallCity, open_case: OpenCase
) -> None:
    open_case()
    with acting(small_city.proofreader()) as actor:
        (notice,) = selectors.notices(actor)
        assert "校对" in notice.text
        assert services.mark_read(actor=actor, notices=[notice.id]) == 1
        assert services.mark_read(actor=actor, notices=[notice.id]) == 0
        assert selectors.notices(actor) == ()
    with acting(small_city.deputy_head()) as actor:
        assert selectors.notices(actor) == ()


def test_a_negative_outcome_without_a_reason_cannot_stand(small_city: SmallCity, open_case: OpenCase) -> None:
    case = open_case()
    with acting(small_city.proofreader()) as actor, pytest.raises(IntegrityError), transaction.atomic():
        Step.objects.filter(case=case, order=1).update(
            outcome="refused", decided_at=environment().now(), decided_by=actor.person
        )


def test_a_notice_of_another_organisation_is_not_seen(small_city: SmallCity, open_case: OpenCase) -> None:
    open_case()
    with acting(small_city.head(BAIXIA)):
        assert not Notice.objects.exists()
        assert not Case.objects.exists()
        assert not Step.objects.exists()


_MANY = """
WITH made AS (
  INSERT INTO cases_case
    (id, subject, kind, stage, organisation, label, state, round, lodged_by, lodged_role, lodged_as, opened_on)
  SELECT gen_random_uuid(), gen_random_uuid(), 'transfer', '', %(school)s, '转学', 'open', 1, %(person)s, 'registrar',
         '', '2008-09-01' FROM generate_series(1, 5000) RETURNING id
), parties AS (
  INSERT INTO cases_party (case_id, organisation, owner)
  SELECT id, o, %(school)s FROM made, unnest(ARRAY[%(school)s, %(bureau)s]::uuid[]) AS o
)
INSERT INTO cases_step (id, case_id, kind, applicant, decided_as, reason_code,
  round, "order", key, title, phase, act, role, side, stage, organisation,
  completes, needs_check, files, opened_at, due_on, due_is_provisional, decided_name, outcome)
SELECT gen_random_uuid(), id, 'transfer', %(school)s, '', '',
  1, 1, 'examine', '', 'bureau', 'examine', 'clerk', 'bureau_of_applicant', '', %(bureau)s,
  false, false, false, now(), date '2008-09-01' + (random() * 60)::int, false, '', '' FROM made
"""


def test_the_inbox_asks_as_much_with_five_thousand_open_cases_as_with_one(
    small_city: SmallCity, open_case: OpenCase
) -> None:
    """The database cuts and counts: neither statements nor rows grow with what waits (``make bench --only inbox``)."""
    open_case()
    values = {
        "school": small_city.id(PRIMARY),
        "bureau": small_city.id(QINHUAI),
        "person": small_city.registrar().person,
    }
    with acting(small_city.clerk()) as actor, CaptureQueriesContext(connection) as few:
        waiting = selectors.inbox(actor).counts.waiting
    with acting_system(), connection.cursor() as cursor:
        cursor.execute(_MANY, values)
    with acting(small_city.clerk()) as actor, CaptureQueriesContext(connection) as many:
        inbox = selectors.inbox(actor)
    assert inbox.counts.waiting == waiting + 5000
    assert len(inbox.waiting) == 50
    assert len(many) <= len(few) + 1
