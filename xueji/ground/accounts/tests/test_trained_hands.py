"""Lapsed trainings, locks, unused accounts, registered machines (clauses A3, A5, A6)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from tests.small_city import BAIXIA_PRIMARY, CITY, PRIMARY, QINHUAI, SmallCity
from xueji.ground.accounts import services
from xueji.ground.accounts.context import acting, identified
from xueji.ground.accounts.models import Account, PostHolding
from xueji.ground.accounts.selectors import resolve_actor, resolve_choice
from xueji.ground.accounts.services import can_act
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment, today
from xueji.pure.kernel.types import Actor, Refused, Role

pytestmark = pytest.mark.django_db


def again(actor: Actor) -> Actor:
    return resolve_actor(actor.person, actor.post, actor.organisation)


def refusal(act: object) -> str:
    assert callable(act)
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.code


def holding_of(actor: Actor) -> UUID:
    return PostHolding.objects.get(account=actor.person, ended_on__isnull=True).pk


def test_a_lapsed_training_is_locked_by_the_head_alone_and_never_while_the_return_is_made(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    registrar = small_city.registrar()
    environment.move_to(datetime(2010, 9, 2, 9, tzinfo=LOCAL_ZONE))
    with acting(small_city.head(QINHUAI)) as head:
        held = holding_of(registrar)
        assert refusal(lambda: services.lock_holder(actor=head, holding=held)) == "accounts.no_lock_now"
        environment.move_to(datetime(2010, 8, 20, 9, tzinfo=LOCAL_ZONE))
        assert refusal(lambda: services.lock_holder(actor=head, holding=held)) == "accounts.not_lapsed"
        environment.move_to(datetime(2010, 10, 21, 9, tzinfo=LOCAL_ZONE))
        services.lock_holder(actor=head, holding=held)
    with acting(small_city.clerk(QINHUAI)) as clerk:
        assert refusal(lambda: services.unlock_holder(actor=clerk, holding=held)) == "accounts.lock_post"
    assert refusal(lambda: can_act(again(registrar))) == "accounts.training_locked"
    environment.move_to(datetime(2011, 9, 20, 9, tzinfo=LOCAL_ZONE))
    can_act(again(registrar))  # the lock rests until 20 October
    environment.move_to(datetime(2011, 10, 21, 9, tzinfo=LOCAL_ZONE))
    assert refusal(lambda: can_act(again(registrar))) == "accounts.training_locked"
    with acting(small_city.clerk(QINHUAI)) as clerk:
        services.record_trainings(actor=clerk, days={held: date(2011, 10, 20)})
    can_act(again(registrar))


def test_a_substitute_stays_no_longer_than_the_rulebook_says(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    registrar, other = small_city.registrar(), small_city.registrar(BAIXIA_PRIMARY)
    with acting(small_city.clerk(QINHUAI)) as clerk:
        environment.move_to(datetime(2008, 9, 20, 9, tzinfo=LOCAL_ZONE))
        services.end_holding(actor=clerk, holding=holding_of(registrar))
        proofreader = small_city.proofreader().person

        def name(days: int) -> None:
            up_to = today() + timedelta(days=days - 1)
            services.name_substitute(actor=clerk, post=registrar.post, account=proofreader, up_to=up_to)

        assert refusal(lambda: name(31)) == "accounts.substitute_too_long"
        name(30)
    assert other.organisation != registrar.organisation


def test_accounts_that_nobody_uses_are_closed_after_the_rulebooks_days_but_security_administrators(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    services.mark_all_used()
    services.note_use(small_city.registrar().person)
    environment.move_to(datetime(2009, 2, 28, 9, tzinfo=LOCAL_ZONE))  # 180 days after 1 September
    assert services.deactivate_unused() == 0
    services.note_use(small_city.registrar().person)
    environment.move_to(datetime(2009, 3, 1, 9, tzinfo=LOCAL_ZONE))
    closed = services.deactivate_unused()
    with acting(small_city.actor(CITY, Role.SECURITY_ADMIN)) as keeper:
        open_ones = set(Account.objects.filter(deactivated=False).values_list("pk", flat=True))
        assert open_ones == {small_city.registrar().person, keeper.person}
        services.deactivate(actor=keeper, account=small_city.clerk(QINHUAI).person, deactivated=False)
    assert closed > 10
    assert services.deactivate_unused() == 0, "who was let in again starts anew"


def test_a_machine_registers_itself_once_with_its_code_and_is_known_where_it_belongs(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    school, person = small_city.id(PRIMARY), small_city.registrar().person

    def bind(keeper: Actor, *networks: str) -> None:
        services.bind(actor=keeper, organisations=[school], machines_only=True, networks=networks)

    with acting(small_city.clerk(QINHUAI)) as clerk:
        refused = refusal(lambda: services.name_machine(actor=clerk, organisation=school, name="教务处 1 号机"))
        assert refused == "accounts.not_security"
    with acting(small_city.actor(CITY, Role.SECURITY_ADMIN)) as keeper:
        assert refusal(lambda: bind(keeper)) == "accounts.no_machine_yet"
        made = services.name_machine(actor=keeper, organisation=school, name="教务处 1 号机")
    with identified(person):
        assert refusal(lambda: services.register_machine(code="AAAA", secret="s")) == "accounts.machine_code"
        machine = services.register_machine(code=made.code, secret="s")
        assert refusal(lambda: services.register_machine(code=made.code, secret="t")) == "accounts.machine_code"
    with acting(small_city.actor(CITY, Role.SECURITY_ADMIN)) as keeper:
        assert refusal(lambda: bind(keeper, "10.12")) == "accounts.network"
        bind(keeper, "10.12.0.0/16")
    choice = resolve_choice(person, small_city.registrar().post, school)
    assert (choice.machines_only, choice.networks) == (True, ("10.12.0.0/16",))

    def bind_post(keeper: Actor) -> None:
        networks = ["10.12.0.0/16"]
        services.bind(actor=keeper, organisations=[school], machines_only=False, networks=networks, posts=[own])

    own, other = small_city.registrar().post, small_city.deputy_head().post

    def fits(address: str, secret: str, place: UUID = school, post: UUID = own) -> str:
        with identified(person):
            return services.fits_binding(
                place,
                post,
                machines_only=True,
                networks=choice.networks,
                address=address,
                machine=machine,
                secret=secret,
            )

    assert [fits("10.12.3.4", "s"), fits("10.13.0.1", "s"), fits("10.12.3.4", "x")] == ["", "network", "machine"]
    assert fits("10.12.3.4", "s", small_city.id(BAIXIA_PRIMARY)) == "machine"
    with acting(small_city.actor(CITY, Role.SECURITY_ADMIN)) as keeper:
        assert refusal(lambda: bind_post(keeper)) == "accounts.no_machine_yet"
        desk = services.name_machine(actor=keeper, organisation=school, name="学籍管理员专机", post=own)
    with identified(person):
        of_post = services.register_machine(code=desk.code, secret="d")
    with acting(small_city.actor(CITY, Role.SECURITY_ADMIN)) as keeper:
        bind_post(keeper)
    assert resolve_choice(person, own, school).machines_only
    assert fits("10.12.3.4", "s") == "machine", "the post works on its own machine alone"
    assert fits("10.12.3.4", "s", post=other) == ""
    shared, machine = machine, of_post
    assert (fits("10.12.3.4", "d"), fits("10.12.3.4", "d", post=other)) == ("", "machine")
    with acting(small_city.actor(CITY, Role.SECURITY_ADMIN)) as keeper:
        services.revoke_machine(actor=keeper, machine=machine)
        services.revoke_machine(actor=keeper, machine=shared)
    assert fits("10.12.3.4", "d") == "machine"
