"""The builders that other rooms use for their tables, tried on tables of the three shapes."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, JUNIOR, PRIMARY, QINHUAI, SmallCity
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.accounts.policies import append_only, enable_rls, enable_rls_student, enable_rls_through
from xueji.pure.kernel.types import Actor, Role

CHILD, OTHER = UUID(int=7), UUID(int=8)


@pytest.fixture
def tables(fresh_database: str, small_city: SmallCity, owner_connection: psycopg.Connection) -> None:
    owner_connection.execute(
        "CREATE TABLE t_batch (id int PRIMARY KEY, school uuid);"
        "CREATE TABLE t_row (id int, batch int);"
        "CREATE TABLE t_pupil (id uuid, holder uuid, attends uuid);"
        "CREATE TABLE t_state (id int, organisation uuid);"
        + enable_rls("t_batch", "school")
        + enable_rls_through("t_row", "t_batch", "id", "batch", writes=("INSERT",))
        + enable_rls_student("t_pupil", "id", "holder", attends_column="attends")
        + enable_rls("t_state", "organisation", about_pupils=False, writes=())
        + append_only("t_row")
    )
    primary, other = small_city.id(PRIMARY), small_city.id(BAIXIA_PRIMARY)
    owner_connection.execute("INSERT INTO t_batch VALUES (1, %s), (2, %s)", [primary, other])
    owner_connection.execute("INSERT INTO t_row VALUES (1, 1), (2, 2)")
    owner_connection.execute("INSERT INTO t_state VALUES (1, %s), (2, %s)", [primary, other])
    owner_connection.execute(
        "INSERT INTO t_pupil VALUES (%s, %s, %s), (%s, %s, NULL)", [CHILD, primary, other, OTHER, primary]
    )


def ids(actor: Actor, table: str) -> list[object]:
    with acting(actor), connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {table} ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_rows_of_a_school_are_its_own_and_of_those_above(tables: None, small_city: SmallCity) -> None:
    assert ids(small_city.registrar(PRIMARY), "t_batch") == [1] == ids(small_city.registrar(PRIMARY), "t_row")
    assert ids(small_city.head(QINHUAI), "t_batch") == [1] == ids(small_city.head(QINHUAI), "t_row")
    assert ids(small_city.head(BAIXIA), "t_batch") == [2]
    assert ids(small_city.head(CITY), "t_row") == [1, 2]
    assert ids(small_city.registrar(JUNIOR), "t_batch") == []


def test_a_table_not_about_pupils_is_open_to_administrators_a_table_about_pupils_not(
    tables: None, small_city: SmallCity
) -> None:
    audit = small_city.actor(CITY, Role.AUDIT_ADMIN)
    assert ids(audit, "t_state") == [1, 2]
    for table in ("t_batch", "t_row", "t_pupil"):
        assert ids(audit, table) == []


def test_a_guest_is_seen_by_holder_and_host_and_written_by_the_holder(tables: None, small_city: SmallCity) -> None:
    assert ids(small_city.registrar(PRIMARY), "t_pupil") == [CHILD, OTHER]
    assert ids(small_city.registrar(BAIXIA_PRIMARY), "t_pupil") == [CHILD]
    with acting(small_city.registrar(BAIXIA_PRIMARY)), connection.cursor() as cursor:
        cursor.execute("UPDATE t_pupil SET attends = NULL WHERE id = %s", [CHILD])
        assert cursor.rowcount == 0


def test_a_row_is_not_pushed_to_another_school(tables: None, small_city: SmallCity) -> None:
    target = small_city.id(BAIXIA_PRIMARY)
    for statement in (
        "UPDATE t_batch SET school = %s WHERE id = 1",
        "UPDATE t_pupil SET holder = %s",
        "INSERT INTO t_batch VALUES (3, %s)",
    ):
        with (
            acting(small_city.registrar(PRIMARY)),
            pytest.raises(DatabaseError, match="row-level security"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, [target])


def test_a_grant_opens_another_school_inside_its_transaction_only(
    tables: None, small_city: SmallCity, owner_connection: psycopg.Connection
) -> None:
    target = small_city.id(BAIXIA_PRIMARY)
    owner_connection.execute(
        "CREATE FUNCTION t_open(school uuid) RETURNS void LANGUAGE sql SECURITY DEFINER "
        "SET search_path = pg_catalog, public AS "
        "'INSERT INTO accounts_grant VALUES (pg_current_xact_id(), school)'"
    )
    with acting(small_city.head(QINHUAI)), connection.cursor() as cursor:
        cursor.execute("SELECT t_open(%s)", [target])
        cursor.execute("UPDATE t_pupil SET holder = %s WHERE id = %s", [target, CHILD])
        assert cursor.rowcount == 1
    assert ids(small_city.head(QINHUAI), "t_pupil") == [OTHER]
    assert ids(small_city.head(BAIXIA), "t_pupil") == [CHILD]


def test_no_policy_no_deletion(tables: None, small_city: SmallCity) -> None:
    with acting(small_city.head(CITY)), connection.cursor() as cursor:
        for table in ("t_batch", "t_pupil", "t_state"):
            cursor.execute(f"DELETE FROM {table}")
            assert cursor.rowcount == 0


def test_an_append_only_table_is_so_for_the_superuser_too(tables: None, owner_connection: psycopg.Connection) -> None:
    owner_connection.execute("SET session_replication_role = replica")
    for statement in ("UPDATE t_row SET id = 3", "DELETE FROM t_row", "TRUNCATE t_row"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            owner_connection.execute(statement)


def test_the_access_table_is_read_once_a_statement(tables: None, small_city: SmallCity) -> None:
    """The policies' subqueries are hashed or run once (design §4), never once a row."""
    with acting(small_city.head(CITY)), connection.cursor() as cursor:
        cursor.execute("EXPLAIN SELECT count(*) FROM t_pupil")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "InitPlan" in plan
    assert "hashed SubPlan" in plan


def test_the_system_sees_all(tables: None) -> None:
    with acting_system(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM t_batch")
        assert cursor.fetchone() == (2,)


def test_grants_of_ended_transactions_are_swept(tables: None, owner_connection: psycopg.Connection) -> None:
    from xueji.ground.accounts.tasks import sweep_grants

    owner_connection.execute("INSERT INTO accounts_grant VALUES (pg_current_xact_id(), %s)", [CHILD])
    sweep_grants(0)
    assert owner_connection.execute("SELECT count(*) FROM accounts_grant").fetchone() == (0,)
