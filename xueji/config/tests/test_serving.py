"""The site as a browser gets it: nothing from outside, nothing kept by caches."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Page


def test_every_answer_forbids_what_comes_from_outside(live_url: str) -> None:
    with urllib.request.urlopen(f"{live_url}/login/") as answer:  # noqa: S310
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "http" not in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"].startswith(("no-store", "max-age=0"))
        assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.browser
def test_the_first_page_loads_nothing_from_another_host(live_url: str, page: Page) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(live_url)
    page.wait_for_load_state("networkidle")
    assert "/login/" in page.url
    assert {urlparse(url).netloc for url in asked if not url.startswith("data:")} == {urlparse(live_url).netloc}
    assert complaints == []


def test_the_worker_works_off_what_waits(run_jobs: Callable[[], None]) -> None:
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.models import ProcrastinateJob

    done: list[int] = []

    @app.task(name="xueji.config.tests.count")
    def count(number: int) -> None:
        done.append(number)

    for number in (1, 2):
        count.defer(number=number)
    run_jobs()
    assert sorted(done) == [1, 2]
    assert set(ProcrastinateJob.objects.values_list("status", flat=True)) == {"succeeded"}
