"""Pages, browser and worker for tests; ``conftest.py`` says how to use them."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from psycopg_pool import PoolTimeout

# Playwright keeps an event loop in the test's thread; Django would take each query there for one of a coroutine.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

#: What may stand in as the browser, the quickest first.
_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@pytest.fixture
def live_url(fresh_database: str) -> Iterator[str]:
    """``http://127.0.0.1:port`` of the whole site, answered by threads of this process."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test.testcases import LiveServerThread

    thread = LiveServerThread("127.0.0.1", StaticFilesHandler, connections_override={})
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error is not None:
        raise thread.error
    yield f"http://127.0.0.1:{thread.port}"
    thread.terminate()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's Chromium, without windows where it is there; it has no sandbox of its own as root."""
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        raise RuntimeError("Chromium is missing: run make setup as root, or install the package chromium")
    return {**browser_type_launch_args, "executable_path": found, "args": ["--no-sandbox", "--disable-gpu"]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


def _drain() -> None:
    from django.db import connections
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector
    from procrastinate.periodic import PeriodicRegistry

    connector = app.connector
    assert isinstance(connector, DjangoConnector)
    # An app of its own: the pages are answered in this very process, and what they defer meanwhile must go
    # through Django's connection, in their own transaction.
    own = app.with_connector(connector.get_worker_connector())
    own.periodic_registry = PeriodicRegistry()  # type: ignore[no-untyped-call]  # what is due by the machine's clock has no place in a test
    own.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    connections.close_all()


@pytest.fixture
def run_jobs(fresh_database: str) -> Callable[[], None]:
    """Work off all waiting jobs, in a thread of its own (the worker brings its event loop)."""

    def run() -> None:
        failures: list[BaseException] = []

        def work() -> None:
            try:
                _drain()
            except BaseException as error:
                failures.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        if failures:
            raise failures[0]

    return run


@pytest.fixture
def worker(run_jobs: Callable[[], None]) -> Iterator[None]:
    """The worker at work in the background until the test ends."""
    end = threading.Event()

    def work() -> None:
        while not end.wait(0.3):
            # Like the real worker, which is started again: a round that found no connection is not its end.
            with suppress(PoolTimeout):
                run_jobs()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield
    end.set()
    thread.join(30)
