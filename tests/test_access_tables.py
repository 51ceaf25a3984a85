"""Invariant 10, row by row: every table is classified, and shows each post what its object's scope says, no more."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from tests.access_rows import Planter
from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, CITY_ROLES, PRIMARY, QINHUAI, SmallCity
from xueji.config.access import Registry, registry
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.types import Actor, Level, Role

#: Tables whose rows are seen by more than an organisation's say-so; their own room tries them.
TRIED_ELSEWHERE = {
    "accounts_party": "xueji/ground/accounts/tests/test_sight.py",
    "accounts_account": "xueji/ground/accounts/tests/test_accounts.py",
    "accounts_access": "xueji/ground/accounts/tests/test_context.py",
    "accounts_grant": "xueji/ground/accounts/tests/test_policies.py",
    "disclosure_pending": "xueji/ground/disclosure/tests/test_disclosure.py",
}

_TABLES = """
SELECT c.relname, c.relrowsecurity FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'm') ORDER BY c.relname
"""
_DEFINERS = """
SELECT replace(p.oid::regprocedure::text, ',', ', '), array_to_string(p.proconfig, ' ') FROM pg_proc p
WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace ORDER BY 1
"""


@pytest.fixture
def rules() -> Registry:
    return registry()


def fetch(statement: str) -> list[tuple[str, object]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


@pytest.mark.django_db
def test_every_table_is_classified(rules: Registry) -> None:
    found = {str(name) for name, _ in fetch(_TABLES)}
    known = set(rules.tables) | set(rules.without_rows_security)
    assert found - known == set(), "write these tables into xueji/config/access.yaml"
    assert known - found == set(), "these tables are no longer there"


@pytest.mark.django_db
def test_every_table_has_row_level_security_but_those_named_with_a_reason(rules: Registry) -> None:
    bare = {str(name) for name, secured in fetch(_TABLES) if not secured}
    assert bare == set(rules.without_rows_security)


@pytest.mark.django_db
def test_views_ask_with_the_rights_of_who_asks() -> None:
    views = fetch(
        "SELECT relname, coalesce(reloptions::text, '') FROM pg_class "
        "WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace"
    )
    assert [name for name, options in views if "security_invoker" not in str(options)] == []


@pytest.mark.django_db
def test_every_definer_function_is_named_with_a_reason_and_has_a_fixed_search_path(rules: Registry) -> None:
    found = {str(name): str(path) for name, path in fetch(_DEFINERS)}
    assert set(found) == set(rules.definers), "xueji/config/access.yaml, definers"
    assert [name for name, path in found.items() if not path.startswith("search_path=pg_catalog, ")] == []


@pytest.mark.django_db
def test_definer_functions_are_not_everybodys() -> None:
    """Triggers apart, PUBLIC may not call them: only the application's group."""
    found = fetch(
        "SELECT p.oid::regprocedure::text, p.proacl::text FROM pg_proc p "
        "WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace AND p.prorettype <> 'trigger'::regtype"
    )
    assert [name for name, rights in found if rights is None or str(rights).startswith("{=X")] == []


@pytest.fixture
def planted(
    fresh_database: str, small_city: SmallCity, owner_connection: psycopg.Connection, rules: Registry
) -> SmallCity:
    """A row of 秦淮's primary school in every table that row-level security guards."""
    planter = Planter(
        owner_connection,
        school=small_city.id(PRIMARY),
        bureau=small_city.id(QINHUAI),
        person=small_city.registrar().person,
    )
    standing = {"organisations_organisation", "parameters_part", *TRIED_ELSEWHERE}
    for table in standing:
        planter.keys[table] = {"id": small_city.id(PRIMARY)}
    for table in rules.tables:
        planter.plant(table)
    return small_city


def seen(actor: Actor, table: str) -> bool:
    with acting(actor), connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")
        row = cursor.fetchone()
    return bool(row and row[0])


def both_ways(city: SmallCity) -> Iterator[tuple[str, Actor, bool]]:
    """Each post with whether the planted rows lie in its reach."""
    for role in (Role.REGISTRAR, Role.PROOFREADER, Role.DEPUTY_HEAD):
        yield f"own {role}", city.actor(PRIMARY, role), True
        yield f"other {role}", city.actor(BAIXIA_PRIMARY, role), False
    for role in (Role.CLERK, Role.HEAD):
        yield f"own bureau's {role}", city.actor(QINHUAI, role), True
        yield f"other bureau's {role}", city.actor(BAIXIA, role), False
    for role in CITY_ROLES:
        yield f"city's {role}", city.actor(CITY, role), True


def expected(scope: str, actor: Actor, city: SmallCity, *, in_reach: bool, of_bureau: bool) -> bool:
    if scope == "self":
        return actor.person == city.registrar().person
    if scope == "own":
        return actor.organisation == city.id(QINHUAI if actor.level is not Level.SCHOOL and of_bureau else PRIMARY)
    return {"all": True, "none": False}.get(scope, in_reach)


def test_every_table_shows_each_post_its_scope_and_no_more(planted: SmallCity, rules: Registry) -> None:
    wrong = []
    for table, key in rules.tables.items():
        if table in TRIED_ELSEWHERE or table in rules.without_rows_security or table == "journals_entry":
            continue
        for who, actor, in_reach in both_ways(planted):
            scope = rules.objects[key].scope[actor.role]
            if table in ("accounts_postholding", "journals_block") and not in_reach:
                continue  # the other school has rows of its own there
            wanted = expected(scope, actor, planted, in_reach=in_reach, of_bureau=key == "duplicates")
            if seen(actor, table) != wanted:
                wrong.append(f"{table}: {who} ({scope})")
    assert not wrong, "\n".join(wrong)


def test_without_a_post_only_public_names_are_seen(planted: SmallCity, rules: Registry) -> None:
    open_to_all = {table for table, key in rules.tables.items() if key in ("organisations", "rulebook", "sight")}
    wrong = []
    for table in set(rules.tables) - set(rules.without_rows_security) - open_to_all:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")
            if cursor.fetchone() != (False,):
                wrong.append(table)
    assert not wrong, "\n".join(wrong)
