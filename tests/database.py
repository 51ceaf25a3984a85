"""Database, home and clock fixtures; ``conftest.py`` says how to use them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import template
from xueji.config.databases import login_role, owner_conninfo, owner_parameters
from xueji.config.home import Home
from xueji.pure.kernel.environment import (
    LOCAL_ZONE,
    SeededEnvironment,
    SystemEnvironment,
    set_default_environment,
    use_environment,
)

START = datetime(2008, 9, 1, 9, 0, tzinfo=LOCAL_ZONE)
_numbers = itertools.count(1)


def settings_of(database: str) -> dict[str, dict[str, str]]:
    """Alias → what leads to ``database`` of the test cluster."""
    parameters = owner_parameters(template.TEST_HOME)
    secret = template.TEST_HOME.secret("app_role.json", "application")
    log_ins = {
        "owner": (parameters.get("user", ""), parameters.get("password", "")),
        "default": (login_role(template.ROLE_BASE), secret),
    }
    return {
        alias: {
            "NAME": database,
            "USER": user,
            "PASSWORD": password,
            "HOST": str(parameters.get("host", "")),
            "PORT": str(parameters.get("port", "")),
        }
        for alias, (user, password) in log_ins.items()
    }


def point_at(database: str) -> None:
    """Make both of Django's connections lead to ``database`` of the test cluster, in all threads."""
    from django.db import connections

    connections.close_all()
    for alias, values in settings_of(database).items():
        connections.settings[alias].update(values)


def in_force() -> str:
    """The database that Django's connections lead to."""
    from django.db import connections

    return str(connections.settings["default"]["NAME"])


def new_name() -> str:
    """A name for a database of this process; ``template.sweep`` knows it by that."""
    return f"xueji_test_{os.getpid()}_{next(_numbers)}"


@pytest.fixture(scope="session")
def template_database(django_db_blocker: Any) -> Iterator[str]:
    """The name of the migrated template, with the cluster running for the session."""
    server = template.open_cluster()
    try:
        with django_db_blocker.unblock():
            name = template.ensure_template()
        yield name
    finally:
        if server is not None:
            server.leave()


@dataclass(frozen=True, slots=True)
class Source:
    """What the database of a test is a copy of, and the signed heads that belong to what it holds."""

    database: str
    anchor: bytes = b""


@pytest.fixture
def source(request: pytest.FixtureRequest, template_database: str) -> Source:
    """The bare template; for a test that asks for ``small_city`` one in which the city stands already."""
    if "small_city" not in request.fixturenames:
        return Source(template_database)
    prepared: Source = request.getfixturevalue("prepared_city").source
    return prepared


@pytest.fixture(scope="session")
def session_databases(template_database: str) -> Iterator[dict[str, str]]:
    """By what they are copies of: the databases in which marked tests run, one after the other."""
    made: dict[str, str] = {}
    yield made
    for name in made.values():
        template.drop(name)


@pytest.fixture
def django_db_setup(session_databases: dict[str, str], source: Source) -> None:
    """Takes the place of pytest-django's: a clone that all marked tests with the same source use."""
    name = session_databases.get(source.database)
    if name is None:
        name = session_databases[source.database] = new_name()
        template.clone(source.database, name)
    if name != in_force():
        point_at(name)


@pytest.fixture(scope="session")
def home() -> Home:
    """The session's temporary home, with its keys."""
    from xueji.ground.keys.files import create_missing

    home = Home(Path(os.environ["XUEJI_HOME"])).prepare()
    create_missing(home.keys)
    return home


@pytest.fixture(autouse=True, scope="session")
def _home_is_ready(home: Home) -> None:
    """Every test finds keys and may work in the system's name, as commands and the worker do."""
    from xueji.ground.accounts.context import permit_system

    permit_system()


@pytest.fixture
def fresh_database(source: Source, django_db_blocker: Any, home: Home) -> Iterator[str]:
    """A clone for this test alone, with real commits; the owner's conninfo."""
    from xueji.ground.keys import files

    before, name = in_force(), new_name()
    template.clone(source.database, name)
    home.anchor.unlink(missing_ok=True)
    if source.anchor:
        home.anchor.write_bytes(source.anchor)
    keys = {path: path.read_bytes() for path in home.keys.iterdir()}
    with django_db_blocker.unblock():
        point_at(name)
        try:
            yield owner_conninfo(template.TEST_HOME, name)
        finally:
            point_at(before)
            template.drop(name)
            home.anchor.unlink(missing_ok=True)
            # A test may change the master key; the prepared cities are sealed under the one of the session.
            if any(path.read_bytes() != content for path, content in keys.items()):
                for path, content in keys.items():
                    path.write_bytes(content)
                files.ring(fresh=True)


@pytest.fixture
def owner_connection(template_database: str) -> Iterator[psycopg.Connection]:
    """An autocommit connection of the owner to the database in force."""
    with psycopg.connect(owner_conninfo(template.TEST_HOME, in_force()), autocommit=True) as connection:
        yield connection


@pytest.fixture
def environment() -> Iterator[SeededEnvironment]:
    """Seeded ids and salts; the clock stands at 2008-09-01 09:00 in Nanjing until it is moved."""
    seeded = SeededEnvironment(START)
    set_default_environment(seeded)
    with use_environment(seeded):
        yield seeded
    set_default_environment(SystemEnvironment())
