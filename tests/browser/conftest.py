"""A browser that asks nobody outside, and the people of the small city in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.people import People
from tests.small_city import SmallCity

QUIET = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "args": [*browser_type_launch_args["args"], *QUIET]}


@pytest.fixture
def people(live_url: str, small_city: SmallCity, browser: Browser) -> Iterator[People]:
    """Everyone who holds a post in the small city, each with a browser of their own."""
    made = People(live_url, small_city, browser)
    made.give_passwords()
    yield made
    made.leave()
