"""Delegation and 代办 (issue 3 "The inbox"; clauses A3, A5; invariants 10, 11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.db import ProgrammingError, connection, transaction

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, PRIMARY, QINHUAI, SmallCity
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.accounts.models import PostHolding, Substitution
from xueji.ground.accounts.selectors import actors_of, choices_of, resolve_actor
from xueji.ground.accounts.services import appoint, delegate, end_holding, end_substitution, name_substitute
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Actor, Capacity, Refused, Role

pytestmark = pytest.mark.django_db
FRIDAY = date(2008, 9, 5)


def vacate(city: SmallCity, actor: Actor) -> None:
    """The holder left before today."""
    with acting_system():
        PostHolding.objects.filter(post=actor.post).update(ended_on=date(2008, 8, 1))


def in_post(person: Actor, post: Actor) -> Actor | None:
    """The person as the one who acts in the other's post, if so today."""
    return next((one for one in actors_of(person.person) if one.post == post.post), None)


def test_a_holder_gives_the_post_to_a_trained_colleague_for_a_period_and_no_longer(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    deputy, proofreader = small_city.deputy_head(), small_city.proofreader()
    with acting(deputy):
        delegate(actor=deputy, account=proofreader.person, up_to=FRIDAY)
    standing = in_post(proofreader, deputy)
    assert standing is not None
    assert (standing.role, standing.organisation) == (Role.DEPUTY_HEAD, deputy.organisation)
    assert (standing.capacity, standing.trained) == (Capacity.DELEGATED, True)
    assert choices_of(proofreader.person)[0].actor.capacity is Capacity.HOLDER
    environment.move_to(datetime(2008, 9, 5, 23, tzinfo=LOCAL_ZONE))
    assert in_post(proofreader, deputy) is not None
    environment.move_to(datetime(2008, 9, 6, 1, tzinfo=LOCAL_ZONE))
    assert in_post(proofreader, deputy) is None
    with pytest.raises(Refused, match="不担任这个岗位"):
        resolve_actor(proofreader.person, deputy.post, deputy.organisation)


def test_what_was_delegated_is_not_delegated_again(small_city: SmallCity) -> None:
    deputy, proofreader = small_city.deputy_head(), small_city.proofreader()
    with acting(deputy):
        delegate(actor=deputy, account=proofreader.person, up_to=FRIDAY)
    standing = in_post(proofreader, deputy)
    assert standing is not None
    with acting(standing), pytest.raises(Refused, match="不能再转交"):
        delegate(actor=standing, account=small_city.registrar().person, up_to=FRIDAY)
    with acting(deputy), pytest.raises(Refused, match="已有人代办"):
        delegate(actor=deputy, account=small_city.registrar().person, up_to=FRIDAY)


def test_only_a_trained_person_of_the_same_organisation_can_be_delegated_to(small_city: SmallCity) -> None:
    deputy, registrar = small_city.deputy_head(), small_city.registrar()
    stranger = small_city.proofreader(BAIXIA_PRIMARY)
    with acting(deputy), pytest.raises(Refused, match="本单位在任"):
        delegate(actor=deputy, account=stranger.person, up_to=FRIDAY)
    with acting(deputy), pytest.raises(Refused, match="本单位在任"):
        delegate(actor=deputy, account=deputy.person, up_to=FRIDAY)
    with acting_system():
        PostHolding.objects.filter(post=registrar.post).update(trained_on=None)
    with acting(deputy), pytest.raises(Refused, match="培训"):
        delegate(actor=deputy, account=registrar.person, up_to=FRIDAY)


def test_a_delegation_ends_when_the_colleague_or_the_holder_leaves(small_city: SmallCity) -> None:
    deputy, proofreader = small_city.deputy_head(), small_city.proofreader()
    with acting(deputy):
        delegate(actor=deputy, account=proofreader.person, up_to=FRIDAY)
    with acting_system():
        PostHolding.objects.filter(post=proofreader.post).update(ended_on=date(2008, 9, 1))
    assert in_post(proofreader, deputy) is None
    with acting_system():
        PostHolding.objects.filter(post=proofreader.post).update(ended_on=None)
    assert in_post(proofreader, deputy) is not None
    with acting(small_city.head()) as keeper:
        held = PostHolding.objects.get(post=deputy.post)
        end_holding(actor=keeper, holding=held.id, ended_on=date(2008, 9, 1))
    assert in_post(proofreader, deputy) is None


def test_the_bureau_names_a_substitute_for_a_vacant_post_until_it_gets_a_holder(small_city: SmallCity) -> None:
    deputy, other = small_city.deputy_head(), small_city.deputy_head("32010431001")
    head = small_city.head()
    with acting(head), pytest.raises(Refused, match="有人担任"):
        name_substitute(actor=head, post=deputy.post, account=other.person, up_to=FRIDAY)
    vacate(small_city, deputy)
    with acting(head):
        name_substitute(actor=head, post=deputy.post, account=other.person, up_to=FRIDAY)
    standing = in_post(other, deputy)
    assert standing is not None
    assert standing.capacity is Capacity.SUBSTITUTE
    with acting(head):
        appoint(actor=head, post=deputy.post, account=small_city.proofreader().person)
    assert in_post(other, deputy) is None


def test_nobody_names_a_substitute_for_a_post_that_is_not_below_him(small_city: SmallCity) -> None:
    deputy, head = small_city.deputy_head(), small_city.head()
    vacate(small_city, deputy)
    stranger = small_city.head(BAIXIA)
    with acting(stranger), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        name_substitute(
            actor=stranger, post=deputy.post, account=small_city.clerk(BAIXIA).person, up_to=FRIDAY
        )  # fmt: skip
    with acting(head), pytest.raises(Refused, match="上一级"):
        name_substitute(actor=head, post=small_city.clerk(QINHUAI).post, account=deputy.person, up_to=FRIDAY)
    registrar = small_city.registrar()
    with acting(registrar), pytest.raises(Refused):
        name_substitute(actor=registrar, post=deputy.post, account=registrar.person, up_to=FRIDAY)


def test_nobody_gives_himself_anothers_post(small_city: SmallCity) -> None:
    registrar, deputy = small_city.registrar(), small_city.deputy_head()
    for named_by in (registrar.person, deputy.person):
        with acting(registrar), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Substitution.objects.create(
                id=named_by, post_id=deputy.post, account_id=small_city.proofreader().person, capacity="delegated",
                started_on=date(2008, 9, 1), ended_on=FRIDAY, named_by=named_by,
                named_at=datetime(2008, 9, 1, tzinfo=LOCAL_ZONE),
            )  # fmt: skip


def test_a_post_is_taken_back_before_its_time_and_nothing_but_the_last_day_changes(
    small_city: SmallCity, environment: SeededEnvironment
) -> None:
    deputy, proofreader = small_city.deputy_head(), small_city.proofreader()
    with acting(deputy):
        given = delegate(actor=deputy, account=proofreader.person, up_to=FRIDAY)
    environment.advance(timedelta(days=1))
    with acting(proofreader), pytest.raises(Refused, match="没有这条代办"):
        end_substitution(actor=proofreader, substitution=given.id)
    with acting(deputy):
        ended = end_substitution(actor=deputy, substitution=given.id)
        assert ended.ended_on == date(2008, 9, 2)
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE accounts_substitution SET account_id = named_by")
    assert in_post(proofreader, deputy) is None


def test_a_period_is_not_in_the_past_and_not_the_wrong_way_round(small_city: SmallCity) -> None:
    deputy, colleague = small_city.deputy_head(), small_city.proofreader().person
    with acting(deputy):
        for started, up_to in ((date(2008, 8, 1), FRIDAY), (FRIDAY, date(2008, 9, 1))):
            with pytest.raises(Refused, match="截止日期"):
                delegate(actor=deputy, account=colleague, started_on=started, up_to=up_to)
    elsewhere = replace(deputy, organisation=small_city.id(BAIXIA_PRIMARY))
    with acting(deputy), pytest.raises(Refused, match="代其他学校"):
        delegate(actor=elsewhere, account=colleague, up_to=FRIDAY)
    assert PRIMARY != BAIXIA_PRIMARY
