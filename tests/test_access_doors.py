"""Invariant 10 at the doors: every address and command is classified; a post that has no business there gets 404."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client

from tests.access_walk import addresses, commands
from tests.small_city import BAIXIA_PRIMARY, CITY, CITY_ROLES, PRIMARY, QINHUAI, SmallCity
from xueji.config.access import document, registry
from xueji.doors.web.actors import POST_KEY
from xueji.ground.accounts.context import acting_system
from xueji.ground.accounts.models import Account
from xueji.pure.kernel.types import Actor, Role


def test_every_address_is_classified() -> None:
    found, known = set(addresses()), set(registry().pages)
    assert found - known == set(), "write these addresses into xueji/config/access.yaml, under pages"
    assert known - found == set(), "these addresses are no longer there"


def test_every_command_is_classified() -> None:
    found, known = set(commands()), set(registry().commands)
    assert found - known == set(), "write these commands into xueji/config/access.yaml, under commands"
    assert known - found == set(), "these commands are no longer there"


def test_the_document_says_what_the_registry_says() -> None:
    written = (settings.PACKAGE.parent / "docs" / "access.md").read_text(encoding="utf-8")
    assert written == document(), "python -m xueji.config.access > docs/access.md"


def plain_pages() -> Iterator[tuple[str, str]]:
    """Pages without a value in their address: name, path."""
    for name, route in addresses().items():
        if "<" not in route and not name.startswith("api-"):
            yield name, f"/{route}"


def pages_with_values() -> Iterator[tuple[str, str]]:
    """Pages of one thing, asked for a thing that is not there."""
    for name, route in addresses().items():
        if "<uuid:" in route and not name.startswith("api-"):
            yield name, "/" + _filled(route)


def _filled(route: str) -> str:
    parts = []
    for part in route.split("<"):
        kind, closed, rest = part.partition(">")
        value = {"uuid": str(uuid4()), "int": "987654", "slug": "nichts", "str": "nichts"}.get(kind.split(":")[0], "x")
        parts.append(value + rest if closed else part)
    return "".join(parts)


def signed_in(actor: Actor) -> Client:
    """A browser in which this post is chosen."""
    with acting_system():
        Account.objects.filter(pk=actor.person).update(must_change_password=False)
        account = Account.objects.get(pk=actor.person)
    client = Client(raise_request_exception=False)
    session = client.session
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = "xueji.ground.accounts.backends.AccountBackend"
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session[POST_KEY] = [str(actor.post), str(actor.organisation)]
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""
    return client


def posts(city: SmallCity) -> Iterator[Actor]:
    for role in (Role.REGISTRAR, Role.PROOFREADER, Role.DEPUTY_HEAD):
        yield city.actor(PRIMARY, role)
    for role in (Role.CLERK, Role.HEAD):
        yield city.actor(QINHUAI, role)
    for role in CITY_ROLES:
        if role is not Role.CLERK:
            yield city.actor(CITY, role)


@pytest.mark.django_db
def test_a_page_answers_the_posts_it_is_for_and_no_others(small_city: SmallCity) -> None:
    """404 for a post whose object's scope is none; never an error, whoever asks."""
    wrong, answered = [], set()
    for actor in posts(small_city):
        client = signed_in(actor)
        for name, path in plain_pages():
            status = client.get(path).status_code
            meant = actor.role in registry().roles_of_page(name)
            if status >= 500 or (not meant and status != 404):
                wrong.append(f"{name}: {actor.level} {actor.role} got {status}")
            if meant and status in (200, 301, 302, 405):
                answered.add(name)
    assert not wrong, "\n".join(wrong)
    assert {name for name, _ in plain_pages()} - answered == set(), "pages that nobody gets"


@pytest.mark.django_db
def test_what_is_not_there_is_not_found_by_anybody(small_city: SmallCity) -> None:
    wrong = []
    for actor in (
        small_city.registrar(BAIXIA_PRIMARY),
        small_city.head(CITY),
        small_city.actor(CITY, Role.AUDIT_ADMIN),
    ):
        client = signed_in(actor)
        for name, path in pages_with_values():
            status = client.get(path, follow=True).status_code
            if status not in (404, 405):
                wrong.append(f"{name}: {actor.level} {actor.role} got {status}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
def test_without_log_in_only_the_public_addresses_answer(small_city: SmallCity) -> None:
    client, wrong = Client(raise_request_exception=False), []
    for name, route in addresses().items():
        answer = client.get("/" + _filled(route))
        turned_away = answer.status_code in (401, 404, 405) or answer.headers.get("Location", "").startswith("/login/")
        if registry().pages[name] != "public" and not turned_away:
            wrong.append(f"{name} got {answer.status_code}")
    assert not wrong, "\n".join(wrong)
