"""In whose name the database is asked (invariant 10, the ground of it)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import connection, transaction

from tests.small_city import BAIXIA_PRIMARY, CITY, PRIMARY, QINHUAI, SmallCity
from xueji.ground.accounts import context
from xueji.ground.accounts.context import acting, acting_system, identified, serving_request
from xueji.pure.kernel.types import Role

pytestmark = pytest.mark.django_db


def setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [f"xueji.{name}"])
        row = cursor.fetchone()
    assert row is not None
    return str(row[0])


def test_the_settings_say_who_acts_and_end_with_the_block(small_city: SmallCity) -> None:
    actor = small_city.registrar()
    with acting(actor):
        assert setting("viewer") == str(actor.organisation) == setting("organisation")
        assert (setting("person"), setting("post")) == (str(actor.person), str(actor.post))
        assert (setting("role"), setting("level"), setting("today")) == ("registrar", "school", "2008-09-01")
    assert [setting(name) for name in ("viewer", "organisation", "person", "role")] == [""] * 4


def test_an_inner_context_gives_way_to_the_outer_one_again(small_city: SmallCity) -> None:
    with acting(small_city.head()) as head:
        with acting(small_city.registrar()):
            assert setting("role") == "registrar"
        assert setting("viewer") == str(head.organisation)
        with pytest.raises(ZeroDivisionError), acting(small_city.registrar()):
            raise ZeroDivisionError
        assert setting("viewer") == str(head.organisation)


@pytest.mark.parametrize("role", [Role.RESEARCH, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.SYSTEM_ADMIN])
def test_posts_with_separated_duties_are_viewers_of_no_pupils(small_city: SmallCity, role: Role) -> None:
    with acting(small_city.actor(CITY, role)) as actor:
        assert (setting("viewer"), setting("organisation")) == ("", str(actor.organisation))


def test_a_request_acts_in_one_post_only(small_city: SmallCity) -> None:
    with serving_request(), acting(small_city.registrar()) as actor:
        with acting(actor):
            pass
        with pytest.raises(context.ContextRefused), acting(small_city.head()):
            pytest.fail("another post was let in")


def test_a_request_never_works_in_the_systems_name() -> None:
    with serving_request(), pytest.raises(context.ContextRefused), acting_system():
        pytest.fail("a request got the system's name")


def test_the_web_server_never_permits_the_systems_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "_system_permitted", False)
    with pytest.raises(context.ContextRefused), acting_system():
        pytest.fail("the system's name was not permitted")


def test_a_person_without_a_post_sees_only_the_own_account(small_city: SmallCity) -> None:
    from xueji.ground.accounts.models import Account, PostHolding

    actor = small_city.registrar()
    with identified(actor.person):
        assert [account.pk for account in Account.objects.all()] == [actor.person]
        assert {holding.account_id for holding in PostHolding.objects.all()} == {actor.person}


def see_nothing() -> set[UUID]:
    from xueji.ground.accounts.selectors import visible_organisations

    return visible_organisations()


def test_without_a_context_nothing_is_seen(small_city: SmallCity) -> None:
    from xueji.ground.accounts.models import Account, Post, PostHolding
    from xueji.ground.disclosure.models import Disclosure
    from xueji.ground.journals.models import JournalEntry

    assert see_nothing() == set()
    for model in (Account, Post, PostHolding, JournalEntry, Disclosure):
        assert not model._default_manager.exists()


ACCESS: list[tuple[str, Callable[[SmallCity], set[str]]]] = [
    (PRIMARY, lambda city: {PRIMARY, "32010421009"}),  # hosts the migrant school
    (BAIXIA_PRIMARY, lambda city: {BAIXIA_PRIMARY}),
    (QINHUAI, lambda city: {QINHUAI, PRIMARY, "32010431001", "32010434001", "32010421009"}),
    ("320103", lambda city: {"320103", BAIXIA_PRIMARY}),  # not the city school that lies in it
    ("32012521001", lambda city: {"32012521001", "32012521002"}),  # central school
    (CITY, lambda city: set(city.organisations)),
]


@pytest.mark.parametrize(("code", "expected"), ACCESS, ids=[code for code, _ in ACCESS])
def test_each_level_reaches_its_own_and_no_further(
    small_city: SmallCity, code: str, expected: Callable[[SmallCity], set[str]]
) -> None:
    codes = {organisation: code for code, organisation in small_city.organisations.items()}
    role = Role.HEAD if len(code) == 6 else Role.REGISTRAR
    with acting(small_city.actor(code, role)):
        assert {codes[one] for one in see_nothing()} == expected(small_city)


def test_access_cannot_be_written_by_the_application(small_city: SmallCity) -> None:
    from django.db import DatabaseError

    for table, columns in (("accounts_access", "viewer, organisation"), ("accounts_grant", "xid, organisation")):
        value = "pg_current_xact_id()" if table == "accounts_grant" else "gen_random_uuid()"
        for statement in (
            f"INSERT INTO {table} ({columns}) VALUES ({value}, gen_random_uuid())",
            f"DELETE FROM {table}",
            f"UPDATE {table} SET organisation = gen_random_uuid()",
        ):
            with (
                acting_system(),
                pytest.raises(DatabaseError, match="permission denied"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)
