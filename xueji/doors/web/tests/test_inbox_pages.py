"""The inbox at the pages (issue 3 "The inbox", clauses A2, C2, D2): deadline, others, bulk, reasons, notices, 代办."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client

from tests.small_city import PRIMARY, QINHUAI, SmallCity
from xueji.doors.web.tests.support import lodged, school_acts, signed_in
from xueji.ground.accounts.context import acting
from xueji.ground.accounts.selectors import actors_of
from xueji.ground.accounts.services import delegate
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Actor, Capacity
from xueji.registry.applications import selectors as applications
from xueji.registry.applications import services
from xueji.registry.intake.tests.invented import name_of
from xueji.registry.register import selectors as register

pytestmark = pytest.mark.django_db


def waiting_for_the_head(city: SmallCity, *numbers: range, grade: int = 3) -> list[UUID]:
    """Rosters of the primary school that wait for its bureau."""
    made = []
    for place, several in enumerate(numbers):
        made.append(lodged(city, PRIMARY, several, grade + place))
        school_acts(city, PRIMARY, made[-1])
    return made


def state_of(actor: Actor, application: UUID) -> str:
    with acting(actor):
        found = applications.application(application)
    assert found is not None
    return found.state


def seen(client: Client, application: UUID) -> str:
    found = re.search(r'name="seen" value="(\d+)"', client.get(f"/changes/{application}/").content.decode())
    assert found
    return found[1]


def confirmed(client: Client, picked: list[UUID]) -> tuple[str, dict[str, object]]:
    """The confirmation page, and what its button sends."""
    page = client.post("/changes/bulk/", {"pick": [str(one) for one in picked]}).content.decode()
    values: dict[str, object] = {"pick": re.findall(r'name="pick" value="([^"]+)"', page)}
    return page, values | dict(re.findall(r'name="(seen-[^"]+)" value="(\d+)"', page))


def test_the_inbox_stands_by_deadline_and_says_what_is_overdue(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    first = waiting_for_the_head(small_city, range(3))[0]
    environment.move_to(datetime(2008, 9, 5, 9, tzinfo=LOCAL_ZONE))
    second = waiting_for_the_head(small_city, range(10, 12), grade=4)[0]
    environment.move_to(datetime(2008, 9, 18, 9, tzinfo=LOCAL_ZONE))
    client = signed_in(small_city.head())
    page = client.get("/changes/").content.decode()
    assert page.index(str(first)) < page.index(str(second))
    assert "等我办理 2 件，其中逾期 1 件" in page
    late = client.get("/changes/?due=overdue").content.decode()
    assert str(first) in late
    assert str(second) not in late


def test_what_is_mine_and_waits_for_another_says_at_whom_and_since_when(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    application = lodged(small_city, PRIMARY, range(3), 3)
    environment.move_to(datetime(2008, 9, 3, 9, tzinfo=LOCAL_ZONE))
    school_acts(small_city, PRIMARY, application)
    for actor in (small_city.registrar(), small_city.clerk()):
        page = signed_in(actor).get("/changes/?tab=elsewhere").content.decode()
        assert str(application) in page
        assert "秦淮区教育局 · 负责人" in page
        assert "2008-09-03 起" in page
    assert str(application) not in signed_in(small_city.head()).get("/changes/?tab=elsewhere").content.decode()


def test_a_bureau_sees_what_is_overdue_at_its_schools(small_city: SmallCity, environment: SeededEnvironment) -> None:
    application = lodged(small_city, PRIMARY, range(3), 3)
    environment.advance(timedelta(days=40))
    page = signed_in(small_city.clerk()).get("/changes/?tab=late").content.decode()
    assert str(application) in page
    assert "已超期" in page
    other = signed_in(small_city.clerk("320103")).get("/changes/?tab=late").content.decode()
    assert str(application) not in other


def test_a_bulk_decision_is_confirmed_on_a_page_with_each_register_check(small_city: SmallCity) -> None:
    first, second = waiting_for_the_head(small_city, range(3), range(10, 12))
    head = small_city.head()
    client = signed_in(head)
    page, values = confirmed(client, [first, second])
    assert page.count("逐项比对一致") == 2
    assert "可以办理 2 件" in page
    assert state_of(head, first) == "decided"
    answer = client.post("/changes/bulk/act/", values).content.decode()
    assert "所选 2 件中，已办理 2 件" in answer
    assert state_of(head, first) == state_of(head, second) == "approved"


def test_what_cannot_be_decided_is_said_before_with_its_reason(small_city: SmallCity) -> None:
    first, second = waiting_for_the_head(small_city, range(3), range(10, 12))
    not_yet = lodged(small_city, PRIMARY, range(20, 22), 5)
    page, values = confirmed(signed_in(small_city.head()), [first, second, not_yet])
    assert "可以办理 2 件，不能办理 1 件" in page
    assert "您现在的岗位不能办理" in page
    assert str(not_yet) not in str(values["pick"])


def test_of_several_one_that_another_decided_meanwhile_is_told_and_the_others_are_done(
    small_city: SmallCity,
) -> None:
    first, second = waiting_for_the_head(small_city, range(3), range(10, 12))
    head = small_city.head()
    client = signed_in(head)
    _, values = confirmed(client, [first, second])
    values = {**values, "pick": [str(first), str(second)], f"seen-{second}": seen(client, second)}
    client.post(f"/changes/{second}/act/", {"act": "refuse", "reason": "重复提交", "seen": seen(client, second)})
    page = client.post("/changes/bulk/act/", values).content.decode()
    assert "所选 2 件中，已办理 1 件，1 件没有办成" in page
    assert "已由他人办理" in page
    assert state_of(head, first) == "approved"
    assert state_of(head, second) == "refused"


def test_one_that_fails_in_the_middle_leaves_nothing_of_itself_and_stops_no_other(
    small_city: SmallCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database gives up inside the second decision, after its entries were written."""
    from django.db import OperationalError

    from xueji.registry.applications.services import acts

    first, second, third = waiting_for_the_head(small_city, range(3), range(10, 12), range(20, 22))
    head = small_city.head()
    client = signed_in(head)
    _, values = confirmed(client, [first, second, third])
    written = acts._write_down

    def fails_for_the_second(actor: Actor, application: object, *rest: object) -> None:
        written(actor, application, *rest)  # type: ignore[arg-type]
        if getattr(application, "id", None) == second:
            raise OperationalError("the connection was lost")

    monkeypatch.setattr(acts, "_write_down", fails_for_the_second)
    page = client.post("/changes/bulk/act/", values).content.decode()
    monkeypatch.undo()
    assert "已办理 2 件，1 件没有办成" in page
    assert [state_of(head, one) for one in (first, second, third)] == ["approved", "decided", "approved"]
    with acting(head):
        found = register.find_students(schools=[small_city.id(PRIMARY)])
        assert not any(one.name in (name_of(10), name_of(11)) for one in found.pupils)
        assert services.act(actor=head, application=second, act="approve").registrations == 2


def test_sending_back_takes_a_reason_from_the_list_with_words_beside_it(small_city: SmallCity) -> None:
    application = waiting_for_the_head(small_city, range(3))[0]
    client = signed_in(small_city.head())
    assert "材料不齐" in client.get(f"/changes/{application}/").content.decode()
    address, version = f"/changes/{application}/act/", seen(client, application)
    bare = {"act": "send_back", "reason_code": "99", "reason": "", "seen": version}
    assert "请在旁边写明原因" in client.post(address, bare).content.decode()
    unknown = {"act": "send_back", "reason_code": "77", "reason": "", "seen": version}
    assert "不在列表中" in client.post(address, unknown).content.decode()
    client.post(address, {**bare, "reason_code": "01", "reason": "缺第 3 行户口簿复印件"})
    page = signed_in(small_city.registrar()).get(f"/changes/{application}/").content.decode()
    assert "材料不齐：缺第 3 行户口簿复印件" in page
    with acting(small_city.head()):
        found = applications.application(application)
        assert found is not None
        assert found.case is not None
        assert found.case.steps[-1].reason_code == "01"


def test_a_delegate_decides_and_the_steps_say_so_and_four_eyes_still_holds(small_city: SmallCity) -> None:
    application = lodged(small_city, PRIMARY, range(3), 3)
    mine = lodged(small_city, PRIMARY, range(10, 12), 4)
    deputy, proofreader = small_city.deputy_head(), small_city.proofreader()
    with acting(proofreader):
        services.act(actor=proofreader, application=mine, act="proofread")
    with acting(deputy):
        delegate(actor=deputy, account=small_city.registrar().person, up_to=datetime(2008, 9, 5).date())
    standing = next(one for one in actors_of(small_city.registrar().person) if one.capacity is Capacity.DELEGATED)
    client = signed_in(standing)
    assert "分管校长（受委托）" in client.get("/changes/").content.decode()
    # What the registrar lodged himself he does not decide in another's place.
    page = client.get(f"/changes/{mine}/").content.decode()
    assert "必须由不同的人办理" in page
    with acting(deputy), pytest.raises(Exception, match="已有人代办"):
        delegate(actor=deputy, account=proofreader.person, up_to=datetime(2008, 9, 5).date())
    assert state_of(deputy, application) == "lodged"


def test_a_substitute_of_the_head_completes_and_is_shown_as_such(small_city: SmallCity) -> None:
    application = waiting_for_the_head(small_city, range(3))[0]
    head, clerk = small_city.head(), small_city.clerk()
    with acting(head):
        delegate(actor=head, account=clerk.person, up_to=datetime(2008, 9, 5).date())
    standing = next(one for one in actors_of(clerk.person) if one.post == head.post)
    client = signed_in(standing)
    answer = client.post(
        f"/changes/{application}/act/", {"act": "approve", "seen": seen(client, application)}, follow=True
    )
    page = answer.content.decode()
    assert "3 名学生的学籍已写入" in page
    assert f"{clerk.name}（受委托）" in page


def test_the_applicant_hears_of_each_decision_and_reads_it_once(small_city: SmallCity) -> None:
    application = lodged(small_city, PRIMARY, range(3), 3)
    school_acts(small_city, PRIMARY, application)
    client = signed_in(small_city.registrar())
    page = client.get("/changes/notices/").content.decode()
    assert page.count("转到下一步") == 2
    assert 'aria-label="2 条未读"' in page
    client.get(f"/changes/{application}/")
    page = client.get("/changes/notices/").content.decode()
    assert "没有未读的通知" in page
    assert "转到下一步" in client.get("/changes/notices/?tab=outcomes").content.decode()


def test_notices_are_marked_as_read_at_once_by_a_button(small_city: SmallCity) -> None:
    application = lodged(small_city, PRIMARY, range(3), 3)
    school_acts(small_city, PRIMARY, application)
    client = signed_in(small_city.registrar())
    client.post("/changes/notices/")
    assert "没有未读的通知" in client.get("/changes/notices/").content.decode()


def test_the_whole_file_says_who_has_it_since_when_and_until_when(small_city: SmallCity) -> None:
    application = waiting_for_the_head(small_city, range(3))[0]
    client = signed_in(small_city.head(QINHUAI))
    page = client.get(f"/changes/{application}/").content.decode()
    assert "秦淮区教育局 · 负责人" in page
    assert "到手日期" in page
    client.post(f"/changes/{application}/act/", {"act": "approve", "seen": seen(client, application)})
    assert "320104-2008-01-0001" in client.get(f"/changes/{application}/").content.decode()


def test_a_post_is_given_away_at_the_page_and_chosen_by_the_colleague(small_city: SmallCity) -> None:
    deputy, colleague = small_city.deputy_head(), small_city.proofreader()
    client = signed_in(deputy)
    assert colleague.name in client.get("/manage/standing-in/").content.decode()
    form = {"act": "delegate", "account": str(colleague.person), "started_on": "2008-09-01", "up_to": "昨天"}
    assert "读不出来" in client.post("/manage/standing-in/", form).content.decode()
    page = client.post("/manage/standing-in/", {**form, "up_to": "20080905"}, follow=True).content.decode()
    assert "2008-09-01 至 2008-09-05" in page
    assert "分管校长（受委托）" in signed_in(colleague).get("/post/").content.decode()
    found = re.search(r'name="substitution" value="([^"]+)"', page)
    assert found
    page = client.post("/manage/standing-in/", {"act": "end", "substitution": found[1]}, follow=True).content.decode()
    assert "已收回" in page
    assert "受委托" not in signed_in(colleague).get("/post/").content.decode()


def test_a_bureau_names_a_substitute_for_a_vacant_post_at_the_page(small_city: SmallCity) -> None:
    from xueji.ground.accounts.context import acting_system
    from xueji.ground.accounts.models import PostHolding

    deputy, other = small_city.deputy_head(), small_city.deputy_head("32010431001")
    with acting_system():
        PostHolding.objects.filter(post=deputy.post).update(ended_on=datetime(2008, 8, 1).date())
    client = signed_in(small_city.clerk())
    page = client.get(f"/manage/standing-in/?post={deputy.post}").content.decode()
    assert "秦淮云锦小学 · 分管校长" in page
    form = {"act": "substitute", "post": str(deputy.post), "account": str(other.person), "started_on": "2008-09-01"}
    late = client.post("/manage/standing-in/", {**form, "up_to": "2008-12-24"}).content.decode()
    assert late.count('value="2008-12-24"') == 1, "what was typed stays in its own form"
    page = client.post("/manage/standing-in/", {**form, "up_to": "2008-09-30"}, follow=True).content.decode()
    assert "已指定代办人" in page
    assert "分管校长（代办）" in signed_in(other).get("/post/").content.decode()
