"""The inbox counted and cut by the database, whom an outcome concerns, reasons, who acted for whom (issue 3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, PRIMARY, QINHUAI, SmallCity
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Actor, Capacity, Refused
from xueji.registry.cases import selectors, services
from xueji.registry.cases.models import Case, Step
from xueji.registry.cases.reasons import TABLES, reasons, worded
from xueji.registry.cases.tests.support import OpenCase, decide, planned, through
from xueji.registry.cases.types import Wanted
from xueji.registry.cases.wording import notice_text

pytestmark = pytest.mark.django_db


def texts(actor: Actor, *, outcomes_only: bool = True) -> list[str]:
    with acting(actor):
        return [one.text for one in selectors.notices(actor, outcomes_only=outcomes_only)]


def test_the_tally_is_the_sum_of_the_pages(
    small_city: SmallCity, open_case: OpenCase, environment: SeededEnvironment
) -> None:
    made: list[UUID] = []
    for number in range(7):
        environment.move_to(datetime(2008, 9, 1 + number, 9, tzinfo=LOCAL_ZONE))
        made.append(open_case(kind=("enrolment", "transfer")[number % 2], stage=("primary", "junior", "")[number % 3]))
    environment.move_to(datetime(2008, 9, 18, 9, tzinfo=LOCAL_ZONE))
    with acting(small_city.proofreader()) as actor:
        tally = selectors.tally(actor)
        assert tally.count == 7
        assert 0 < tally.overdue < 7
        assert {line.applicant for line in tally.lines} == {small_city.id(PRIMARY)}
        found = [
            item.case
            for offset in (0, 3, 6)
            for item in selectors.waiting_page(actor, total=tally.count, limit=3, offset=offset).items
        ]
        assert found == made
        for wanted in (Wanted(kind="transfer"), Wanted(stage="junior"), Wanted(overdue=True), Wanted(kind="arrival")):
            matching = sum(
                line.overdue if wanted.overdue else line.count
                for line in tally.lines
                if wanted.kind in ("", line.kind) and wanted.stage in ("", line.stage)
            )
            assert len(selectors.waiting_page(actor, wanted=wanted, total=matching).items) == matching
        assert selectors.waiting_of(actor, tally) == selectors.waiting(actor)


def test_what_is_with_others_and_what_is_late_goes_by_the_schools_below(
    small_city: SmallCity, open_case: OpenCase, environment: SeededEnvironment
) -> None:
    case = open_case()
    environment.advance(timedelta(days=40))
    for actor in (small_city.registrar(), small_city.clerk(), small_city.head(), small_city.clerk(CITY)):
        with acting(actor):
            (item,) = selectors.elsewhere_page(actor).items
            assert (item.case, item.organisation, item.role) == (case, small_city.id(PRIMARY), "proofreader")
            assert selectors.elsewhere_count(actor) == 1
    with acting(small_city.proofreader()) as actor:
        assert selectors.elsewhere_page(actor).total == 0  # it is with him
    with acting(small_city.clerk()) as actor:
        assert [item.case for item in selectors.late_page(actor).items] == [case]
        assert selectors.late_count(actor) == 1
    with acting(small_city.clerk(BAIXIA)) as actor:
        assert selectors.late_page(actor).total == selectors.elsewhere_page(actor).total == 0


def test_each_decision_is_told_to_the_applicant_and_the_outcome_to_all_whom_it_concerns(
    small_city: SmallCity, open_case: OpenCase
) -> None:
    through(small_city, open_case(counterpart=small_city.id(BAIXIA_PRIMARY)))
    told = texts(small_city.registrar())
    assert {text.split("：")[1] for text in told} == {
        "秦淮云锦小学校对人员已校对通过，转到下一步。",
        "秦淮云锦小学分管校长已审核通过，转到下一步。",
        "秦淮区教育局经办人已审查通过，转到下一步。",
        "已批准。卷号 320104-2008-02-0001。",
    }
    assert any("已批准" in text for text in texts(small_city.registrar(BAIXIA_PRIMARY)))
    assert texts(small_city.clerk(BAIXIA)) == []


def test_of_what_was_sent_back_those_hear_whose_turn_it_has_been(small_city: SmallCity, open_case: OpenCase) -> None:
    case = open_case()
    decide(small_city.proofreader(), case, "proofread")
    with acting(small_city.deputy_head()) as actor:
        services.send_back(actor=actor, case=case, reason="请修改")
    assert any("已退回修改" in text for text in texts(small_city.registrar()))
    assert texts(small_city.clerk()) == []


def test_a_step_that_is_done_leaves_no_unread_notice_that_it_waits(small_city: SmallCity, open_case: OpenCase) -> None:
    case = open_case()
    assert len(texts(small_city.proofreader(), outcomes_only=False)) == 1
    decide(small_city.proofreader(), case, "proofread")
    assert texts(small_city.proofreader(), outcomes_only=False) == []
    with acting(small_city.deputy_head()) as actor:
        assert selectors.waiting(actor).unread == 0  # that it waits is no news


def test_who_stands_in_is_written_on_the_step_and_four_eyes_goes_by_person(
    small_city: SmallCity, open_case: OpenCase
) -> None:
    case = open_case()
    stand_in = replace(
        small_city.proofreader(), person=small_city.clerk().person, name="王代办", capacity=Capacity.SUBSTITUTE
    )
    decide(stand_in, case, "proofread")
    decide(small_city.deputy_head(), case, "decide")
    with acting(small_city.clerk()) as actor:
        step = Step.objects.get(case=case, order=1)
        assert (step.decided_as, step.decided_name) == ("substitute", "王代办")
        with pytest.raises(Refused, match="不同的人"):
            services.decide_step(actor=actor, case=case, act="examine")


def test_a_substitute_of_the_registrar_lodges_as_such(small_city: SmallCity, open_case: OpenCase) -> None:
    case = open_case(actor=replace(small_city.registrar(), capacity=Capacity.DELEGATED))
    with acting(small_city.registrar()):
        view = selectors.case_of(Case.objects.get(id=case).subject)
        assert view is not None
        assert view.lodged_as == "delegated"


def test_reasons_stand_in_the_rulebook_and_the_last_one_asks_for_words(small_city: SmallCity) -> None:
    day = date(2008, 9, 1)
    with acting(small_city.head(QINHUAI)):
        for act in TABLES:
            assert len(reasons(act, day)) > 5
            with pytest.raises(Refused, match="请在旁边写明"):
                worded(act, "99", " ", day)
            with pytest.raises(Refused, match="不在列表"):
                worded(act, "00", "", day)
        assert worded("send_back", "01", "", day) == "材料不齐"
        assert worded("refuse", "99", "另有约定", day) == "其他：另有约定"
        assert worded("refuse", "", "自己写的", day) == "自己写的"
        assert reasons("approve", day) == ()


def test_a_matter_sent_back_runs_again_with_its_kind_and_applicant_on_every_step(
    small_city: SmallCity, open_case: OpenCase
) -> None:
    case = open_case(kind="transfer")
    with acting(small_city.proofreader()) as actor:
        services.send_back(actor=actor, case=case, reason="材料不齐", reason_code="01")
    with acting(small_city.registrar()) as actor:
        services.resubmit(actor=actor, case=case, steps=planned(small_city))
        found = set(Step.objects.filter(case=case).values_list("kind", "applicant"))
    assert found == {("transfer", small_city.id(PRIMARY))}


def test_every_notice_reads_as_a_sentence() -> None:
    text = notice_text("step_agreed", {"label": "转学", "where": "甲校", "role": "校对人员", "act": "校对"})
    assert text == "转学：甲校校对人员已校对通过，转到下一步。"
