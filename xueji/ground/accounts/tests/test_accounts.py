"""Posts, training, log-in and reset (clauses A3, A5; issue 2 "Accounts")."""

from __future__ import annotations

import base64
import time
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory
from django_otp.oath import TOTP

from tests.small_city import (
    BAIXIA_PRIMARY,
    BEGIN,
    CENTRAL,
    CITY,
    MIGRANT,
    PRIMARY,
    QINHUAI,
    VILLAGE,
    SmallCity,
)
from xueji.ground.accounts import selectors, services
from xueji.ground.accounts.context import acting, acting_system, identified, system_actor
from xueji.ground.accounts.models import Account, PostHolding, SecondFactor
from xueji.ground.accounts.services import PostDraft, RosterRow, Slip
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.types import Refused, Role

pytestmark = pytest.mark.django_db
TODAY = date(2008, 9, 1)
PASSWORD = "云锦巷的石榴树2008"


def log_in(login: str, password: str) -> Account | None:
    found = authenticate(RequestFactory().post("/login/"), username=login, password=password)
    return found if isinstance(found, Account) else None


@pytest.fixture
def newcomer(small_city: SmallCity) -> Slip:
    """A second registrar of 秦淮's primary school, without training, whose slip was printed."""
    row = RosterRow(2, "李四", PRIMARY, Role.REGISTRAR, started_on=BEGIN)
    with acting(small_city.clerk()) as actor:
        (slip,) = services.admit_roster(actor=actor, rows=[row]).slips
    return slip


def holding_of(city: SmallCity, account: UUID) -> UUID:
    with acting(city.clerk()):
        return PostHolding.objects.get(account=account).pk


def test_no_registrar_acts_before_training(small_city: SmallCity, newcomer: Slip) -> None:
    (actor,) = [one for one in selectors.actors_of(newcomer.account) if one.organisation == small_city.id(PRIMARY)]
    assert actor.trained is False
    with pytest.raises(Refused, match="培训") as refused:
        services.can_act(actor)
    assert refused.value.basis == "通知一.5"
    with acting(small_city.clerk()) as clerk:
        assert list(selectors.untrained([small_city.id(PRIMARY)])) == [small_city.id(PRIMARY)]
        services.record_training(
            actor=clerk, holding=holding_of(small_city, newcomer.account), trained_on=date(2008, 8, 20)
        )
    services.can_act(selectors.actors_of(newcomer.account)[0])
    assert selectors.actors_of(newcomer.account, date(2008, 8, 1))[0].trained is False


def test_training_to_come_does_not_count(small_city: SmallCity, newcomer: Slip) -> None:
    with acting(small_city.clerk()) as clerk, pytest.raises(Refused, match="晚于今天"):
        services.record_training(
            actor=clerk, holding=holding_of(small_city, newcomer.account), trained_on=TODAY + timedelta(days=1)
        )


@pytest.mark.parametrize("role", [Role.RESEARCH, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.SYSTEM_ADMIN])
def test_posts_that_only_look_do_not_act(small_city: SmallCity, role: Role) -> None:
    with pytest.raises(Refused, match="不办理学籍业务"):
        services.can_act(small_city.actor(CITY, role))


def test_a_central_schools_people_act_for_the_schools_of_the_township(small_city: SmallCity) -> None:
    choices = selectors.choices_of(small_city.registrar(CENTRAL).person)
    assert [(one.organisation_code, one.acting_for) for one in choices] == [(CENTRAL, False), (VILLAGE, True)]
    for_village = choices[1].actor
    assert for_village.organisation == small_city.id(VILLAGE)
    assert for_village.post == small_city.registrar(CENTRAL).post
    assert selectors.resolve_actor(for_village.person, for_village.post, for_village.organisation) == for_village
    assert selectors.holder(small_city.id(VILLAGE), Role.REGISTRAR) is None  # nothing is seen without a context
    with acting_system():
        assert selectors.holder(small_city.id(VILLAGE), Role.REGISTRAR) == for_village


def test_a_host_acts_for_the_migrant_school_it_looks_after(small_city: SmallCity) -> None:
    choices = selectors.choices_of(small_city.deputy_head(PRIMARY).person)
    assert [one.organisation_code for one in choices] == [PRIMARY, MIGRANT]


def test_a_post_that_was_handed_over_is_no_longer_acted_in(small_city: SmallCity) -> None:
    actor = small_city.registrar(BAIXIA_PRIMARY)
    with acting(small_city.clerk("320103")) as clerk:
        holding = PostHolding.objects.get(account=actor.person)
        with pytest.raises(Refused, match="已有人担任"):
            services.appoint(actor=clerk, post=actor.post, account=small_city.proofreader(BAIXIA_PRIMARY).person)
        services.end_holding(actor=clerk, holding=holding.pk, ended_on=TODAY)
        services.appoint(
            actor=clerk, post=actor.post, account=small_city.proofreader(BAIXIA_PRIMARY).person, trained_on=TODAY
        )
    with pytest.raises(Refused, match="不担任"):
        selectors.resolve_actor(actor.person, actor.post, actor.organisation)
    roles = [one.role for one in selectors.actors_of(small_city.proofreader(BAIXIA_PRIMARY).person)]
    assert roles == [Role.PROOFREADER, Role.REGISTRAR]
    assert selectors.actors_of(actor.person, date(2008, 8, 31))[0].post == actor.post


def test_a_bureau_keeps_the_posts_of_its_own_schools_only(small_city: SmallCity) -> None:
    from django.db import DatabaseError, transaction

    draft = PostDraft(small_city.id(BAIXIA_PRIMARY), Role.REGISTRAR)
    with (
        acting(small_city.clerk(QINHUAI)) as actor,
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
    ):
        services.open_posts(actor=actor, drafts=[draft])
    with acting(small_city.registrar(PRIMARY)) as actor, pytest.raises(Refused, match="教育局"):
        services.open_posts(actor=actor, drafts=[draft])


def test_a_school_has_no_bureaus_posts_and_a_bureau_no_schools(small_city: SmallCity) -> None:
    for code, role in ((PRIMARY, Role.HEAD), (QINHUAI, Role.REGISTRAR)):
        with acting(small_city.clerk(CITY)) as actor, pytest.raises(Refused, match="不设"):
            services.open_posts(actor=actor, drafts=[PostDraft(small_city.id(code), role)])


def test_the_slips_code_lets_in_once_and_asks_for_a_password(small_city: SmallCity, newcomer: Slip) -> None:
    assert newcomer.login == f"{PRIMARY}xj2"
    account = log_in(newcomer.login, newcomer.code.lower().replace("-", " "))
    assert account is not None
    assert account.must_change_password
    with identified(account.pk):
        changed = services.change_password(account=account.pk, old=newcomer.code, new=PASSWORD)
    assert not changed.must_change_password
    assert log_in(newcomer.login, newcomer.code) is None
    assert log_in(newcomer.login, PASSWORD) == account
    assert changed.password.startswith("argon2")


def test_a_slip_ends_by_its_date(small_city: SmallCity, newcomer: Slip, environment: SeededEnvironment) -> None:
    environment.advance(timedelta(days=30))
    assert log_in(newcomer.login, newcomer.code) is not None
    environment.advance(timedelta(days=1))
    assert log_in(newcomer.login, newcomer.code) is None


@pytest.mark.parametrize(
    ("new", "why"),
    [("short1", "密码"), ("1234567890", "密码"), ("password123", "密码"), (f"x{PRIMARY}xj2x", "登录名")],
)
def test_a_weak_password_is_refused_with_a_reason(small_city: SmallCity, newcomer: Slip, new: str, why: str) -> None:
    with identified(newcomer.account), pytest.raises(Refused, match=why):
        services.change_password(account=newcomer.account, old=newcomer.code, new=new)


def test_a_password_is_changed_by_its_holder_only(small_city: SmallCity, newcomer: Slip) -> None:
    with identified(small_city.registrar().person), pytest.raises(Account.DoesNotExist):
        services.change_password(account=newcomer.account, old=newcomer.code, new=PASSWORD)
    with identified(newcomer.account), pytest.raises(Refused, match="原密码"):
        services.change_password(account=newcomer.account, old="wrong", new=PASSWORD)


def test_the_bureau_above_resets_and_the_old_password_ends_at_once(small_city: SmallCity, newcomer: Slip) -> None:
    with identified(newcomer.account):
        services.change_password(account=newcomer.account, old=newcomer.code, new=PASSWORD)
    with acting(small_city.clerk()) as actor:
        slip = services.reset_password(actor=actor, account=newcomer.account)
    assert log_in(newcomer.login, PASSWORD) is None
    assert log_in(newcomer.login, slip.code) is not None


def test_another_bureau_a_school_and_ones_own_bureau_do_not_reset(small_city: SmallCity, newcomer: Slip) -> None:
    for actor, account, why in (
        (small_city.clerk("320103"), newcomer.account, "不在您管理的范围"),
        (small_city.deputy_head(PRIMARY), newcomer.account, "教育局"),
        (small_city.clerk(QINHUAI), small_city.head(QINHUAI).person, "上一级"),
    ):
        with acting(actor), pytest.raises(Refused, match=why):
            services.reset_password(actor=actor, account=account)
    for role in (Role.SECURITY_ADMIN, Role.HEAD):
        with acting(small_city.actor(CITY, role)) as actor:
            assert services.reset_password(actor=actor, account=small_city.head(QINHUAI).person).code


def test_a_deactivated_account_neither_logs_in_nor_acts(small_city: SmallCity, newcomer: Slip) -> None:
    with acting(small_city.actor(CITY, Role.SECURITY_ADMIN)) as actor:
        services.deactivate(actor=actor, account=newcomer.account)
        with pytest.raises(Refused, match="自己"):
            services.deactivate(actor=actor, account=actor.person)
    assert log_in(newcomer.login, newcomer.code) is None
    assert selectors.actors_of(newcomer.account) == []


def test_five_wrong_passwords_lock_out_even_the_right_one(small_city: SmallCity, newcomer: Slip) -> None:
    for _ in range(5):
        assert log_in(newcomer.login, "不对的密码") is None
    assert log_in(newcomer.login, newcomer.code) is None
    assert log_in(f"{PRIMARY}xj1", "不对的密码") is None  # others are not locked out with it


def test_a_log_in_that_does_not_exist_is_refused_like_a_wrong_password(small_city: SmallCity) -> None:
    assert log_in("nobody", "不对的密码") is None


def test_the_second_factor_is_confirmed_by_its_first_six_digits(small_city: SmallCity, newcomer: Slip) -> None:
    address = services.begin_second_factor(account=newcomer.account)
    assert address.startswith("otpauth://totp/")
    with pytest.raises(Refused, match="动态口令"):
        services.confirm_second_factor(account=newcomer.account, token="000000")
    assert not services.has_second_factor(newcomer.account)
    device = SecondFactor.objects.get(user_id=newcomer.account)
    services.confirm_second_factor(account=newcomer.account, token=digits_of(device.bin_key))
    assert services.has_second_factor(newcomer.account)


def digits_of(secret: bytes) -> str:
    """What a holder's device with this secret shows now."""
    token = TOTP(secret)
    token.time = time.time()
    return f"{token.token():06d}"


def test_what_stands_in_the_database_gives_nobody_a_second_factor(small_city: SmallCity, newcomer: Slip) -> None:
    address = services.begin_second_factor(account=newcomer.account)
    device = SecondFactor.objects.get(user_id=newcomer.account)
    copied = bytes.fromhex(device.key)
    assert base64.b32encode(device.bin_key).decode() in address
    assert base64.b32encode(copied).decode() not in address
    with pytest.raises(Refused, match="动态口令"):
        services.confirm_second_factor(account=newcomer.account, token=digits_of(copied))
    services.confirm_second_factor(account=newcomer.account, token=digits_of(device.bin_key))
    assert services.verify_second_factor(account=newcomer.account, token=digits_of(copied)) is None


def test_names_in_a_timeline_are_read_by_everybody_and_nothing_else_of_the_person(
    small_city: SmallCity, newcomer: Slip
) -> None:
    with acting(small_city.registrar(BAIXIA_PRIMARY)):
        assert selectors.names_of([newcomer.account]) == {newcomer.account: "李四"}
        assert not Account.objects.filter(pk=newcomer.account).exists()


def test_demo_passwords_are_set_in_the_systems_name_only(small_city: SmallCity, newcomer: Slip) -> None:
    with acting_system():
        assert services.activate_many(passwords=[(newcomer.account, PASSWORD)]) == 1
    assert log_in(newcomer.login, PASSWORD) is not None
    with acting(small_city.registrar(BAIXIA_PRIMARY)), pytest.raises(KeyError):
        services.activate_many(passwords=[(newcomer.account, "另一个密码2008")])


def test_accounts_stand_open_to_the_installation_itself(small_city: SmallCity) -> None:
    with acting_system():
        (slip,) = services.open_accounts(actor=system_actor(small_city.id(CITY)), persons=[("setup1", "王五")])
    assert log_in("setup1", slip.code) is not None


def test_nobody_gives_himself_or_his_own_bureau_a_deciding_post(small_city: SmallCity) -> None:
    head_post = small_city.head(QINHUAI).post
    with acting(small_city.clerk(QINHUAI)) as actor:
        with pytest.raises(Refused, match="上一级"):
            services.open_posts(actor=actor, drafts=[PostDraft(small_city.id(QINHUAI), Role.HEAD)])
        with pytest.raises(Refused, match="上一级"):
            services.appoint(actor=actor, post=head_post, account=small_city.registrar().person)
    with acting(small_city.head(CITY)) as actor:
        with pytest.raises(Refused, match="管理员"):
            services.open_posts(actor=actor, drafts=[PostDraft(small_city.id(QINHUAI), Role.AUDIT_ADMIN)])
        (post,) = services.open_posts(actor=actor, drafts=[PostDraft(small_city.id(QINHUAI), Role.HEAD)])
        with pytest.raises(Refused, match="自己"):
            services.appoint(actor=actor, post=post.pk, account=actor.person)


def test_the_database_too_keeps_a_clerk_from_his_own_bureaus_posts(small_city: SmallCity) -> None:
    from django.db import DatabaseError, transaction

    from xueji.ground.accounts.models import Post

    clerk, head = small_city.clerk(QINHUAI), small_city.head(QINHUAI)
    with acting(clerk):
        assert Account.objects.filter(pk=head.person).update(password="") == 0
        assert Account.objects.filter(pk=small_city.registrar(PRIMARY).person).update(deactivated=False) == 1
        assert PostHolding.objects.filter(post=head.post).update(account_id=clerk.person) == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Post.objects.create(
                id=UUID(int=5), organisation_id=small_city.id(QINHUAI), role="head", stage="", title="负责人"
            )
