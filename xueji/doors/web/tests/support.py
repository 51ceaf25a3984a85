"""For tests of the pages: a browser with a post chosen, and schools that have pupils."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client

from tests.small_city import SmallCity
from xueji.doors.web.actors import POST_KEY
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.accounts.models import Account
from xueji.pure.kernel.types import Actor
from xueji.registry.applications import services as applications
from xueji.registry.intake import services as intake
from xueji.registry.intake.tests.invented import good_row, workbook


def signed_in(actor: Actor) -> Client:
    """A browser in which this post is chosen."""
    with acting_system():
        Account.objects.filter(pk=actor.person).update(must_change_password=False)
        account = Account.objects.get(pk=actor.person)
    client = Client()
    session = client.session
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = "xueji.ground.accounts.backends.AccountBackend"
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session[POST_KEY] = [str(actor.post), str(actor.organisation)]
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""
    return client


def roster(numbers: Sequence[int], grade: int) -> bytes:
    """A workbook of good rows, each with a seat of its own."""
    return workbook(
        [{**good_row(number, grade=grade), "class_serial": str(seat)} for seat, number in enumerate(numbers, 1)]
    )


def lodged(city: SmallCity, code: str, numbers: Sequence[int], grade: int) -> UUID:
    """An opening load that waits for the proofreader."""
    registrar = city.registrar(code)
    with acting(registrar):
        outcome = intake.lodge_workbook(
            actor=registrar, school=city.id(code), kind="opening", data=roster(numbers, grade)
        )
    assert outcome.application, outcome.findings[:3]
    return outcome.application


def school_acts(city: SmallCity, code: str, application: UUID) -> None:
    """The school's own two acts on an application."""
    for actor, act in ((city.proofreader(code), "proofread"), (city.deputy_head(code), "decide")):
        with acting(actor):
            applications.act(actor=actor, application=application, act=act)


def load(city: SmallCity, code: str, numbers: Sequence[int], grade: int, bureau: str) -> UUID:
    """An opening load from workbook to approval."""
    application = lodged(city, code, numbers, grade)
    school_acts(city, code, application)
    head = city.head(bureau)
    with acting(head):
        applications.act(actor=head, application=application, act="approve")
    return application
