"""Fixtures for the whole house. Tests run on a real PostgreSQL (embedded, or ``DATABASE_URL``).

How to use them
---------------
``@pytest.mark.django_db`` or ``@pytest.mark.db`` (the same)
    The test runs as the APPLICATION role in a transaction that is rolled back.
    Row-level security and grants apply. All migrations are in; nothing else is but what ``small_city`` brings.
``fresh_database``
    A fresh clone of the template for tests that commit, open several
    connections or threads, or look as the owner. Do not combine with the mark.
    Its value is the owner's conninfo. In threads call ``connections.close_all()`` at the end.
``owner_connection``
    An autocommit psycopg connection of the owner to the database in force. With
    ``fresh_database`` it sees what was committed; under the mark only the bare template.
``environment``
    A ``SeededEnvironment`` in force: 2008-09-01 09:00 in Nanjing; ``move_to`` moves it.
    Ask for it wherever a service is called. Threads started within the test see it too.
``live_url``
    Address of the pages, served in this process on a ``fresh_database``; mark such tests ``browser``.
    ``page`` and ``context`` come from pytest-playwright, driving the machine's Chromium.
``run_jobs``
    Callable: work off all jobs that wait (needs ``fresh_database``); ``worker`` does so in the background until
    the test ends. Both are the real worker.
``home``
    The session's temporary ``Home`` (keys, anchor, files); emptied of anchor and files between tests
    that ask for ``fresh_database``.

How it works: one test cluster in memory (``/dev/shm``; else ``var/test-home``) outlives the run (started and
stopped by the launcher, without fsync). A template database is made once for
the present state of all migrations and cloned (60 ms); it is made anew when a migration changes. Tests that ask for
``small_city`` run in clones of a database in which it stands already (``tests/small_city.py``).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

# Settings are read by pytest-django before any fixture: the home must stand by then.
_SESSION_HOME = Path(tempfile.mkdtemp(prefix="xueji-test-"))
os.environ["XUEJI_HOME"] = str(_SESSION_HOME)
os.environ["XUEJI_PLAIN_HTTP"] = "1"
os.environ["DJANGO_SETTINGS_MODULE"] = "xueji.config.settings"

import django  # noqa: E402  (after the home is named)
from django.conf import settings  # noqa: E402

django.setup()

# The algorithm of the settings at a price that tests can pay by the hundred.
settings.PASSWORD_HASHERS = ["tests.hashing.CheapArgon2"]

pytest_plugins = ["tests.database", "tests.installations", "tests.serving", "tests.small_city"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("db"):
            item.add_marker(pytest.mark.django_db)
        # A browser leaves an event loop in its process, and Django keeps other connections beside one: what forks
        # must not run there.
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    from tests.spreading import Spreading

    return Spreading(config, log)


def pytest_configure(config: pytest.Config) -> None:
    # Workers of a parallel run inherit the environment, and pytest-django reads the settings before this file
    # is read there: without this they would work in the controller's home, which has no keys.
    if getattr(config.option, "numprocesses", None):
        for name in ("XUEJI_HOME", "DJANGO_SETTINGS_MODULE"):
            os.environ.pop(name, None)


def pytest_unconfigure() -> None:
    shutil.rmtree(_SESSION_HOME, ignore_errors=True)
