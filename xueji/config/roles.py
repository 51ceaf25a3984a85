"""Makes the database's two kinds of role (ADR 0002).

``xueji_application`` (a group, no log-in) holds the grants, so that migrations can
name it; ``xueji_app_<database>`` logs in and is its member, with a secret kept
among the home's keys. New tables give the group SELECT, INSERT, UPDATE, DELETE by default privileges;
a room's migration revokes what is special (journals: UPDATE, DELETE, TRUNCATE).
"""

from __future__ import annotations

from contextlib import suppress

import psycopg
from psycopg import sql

from xueji.config.databases import APPLICATION_GROUP, login_role

_ATTRIBUTES = sql.SQL("NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
_LOCK = 0x78756A69  # one at a time a database


def _ensure(connection: psycopg.Connection, role: str, more: sql.Composable) -> None:
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    verb = sql.SQL("ALTER ROLE" if found else "CREATE ROLE")
    connection.execute(sql.SQL(" ").join([verb, sql.Identifier(role), _ATTRIBUTES, more]))


def _ensure_group(connection: psycopg.Connection) -> None:
    """The group is the cluster's: where it is as it should be it is left alone, since installations that start at the
    same moment in databases of one server (whose locks do not see each other) would alter the same row."""
    found = connection.execute(
        "SELECT NOT (rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolcanlogin) "
        "FROM pg_roles WHERE rolname = %s",
        [APPLICATION_GROUP],
    ).fetchone()
    if found is not None and found[0]:
        return
    # Another installation that began at the same moment may have made it since.
    with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation), connection.transaction():
        _ensure(connection, APPLICATION_GROUP, sql.SQL("NOLOGIN"))


def prepare_group(connection: psycopg.Connection) -> None:
    """Make the group that holds the grants, alone: a restore names it before anything else is there."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        _ensure_group(connection)


def prepare_roles(connection: psycopg.Connection, database: str, secret: str, *, login: str | None = None) -> None:
    """Make or refresh the roles and grants for ``database``. ``connection`` is the owner's, in that database.

    The log-in is named after ``login``, by default after the database.

    Idempotent. Raises ``psycopg.errors.InsufficientPrivilege`` when the owner may not create roles.
    """
    name = login_role(login or database)
    role = sql.Identifier(name)
    group = sql.Identifier(APPLICATION_GROUP)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        _ensure_group(connection)
        _ensure(connection, name, sql.SQL("LOGIN INHERIT PASSWORD {}").format(sql.Literal(secret)))
        statements: list[sql.Composed] = [
            sql.SQL("GRANT {} TO {}").format(group, role),
            sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)),
            sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(sql.Identifier(database), role),
            sql.SQL("REVOKE ALL ON SCHEMA {} FROM PUBLIC").format(sql.Identifier("public")),
            sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(group),
            *(
                sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {} TO {}").format(sql.SQL(rights), group)
                for rights in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE, SELECT ON SEQUENCES")
            ),
        ]
        for statement in statements:
            connection.execute(statement)
        for extension in ("btree_gist", "pg_trgm"):
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
