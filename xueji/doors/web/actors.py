"""In which post a request is made. The middleware finds it, views ask for it here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpRequest, HttpResponse

from xueji.pure.kernel.types import Actor

POST_KEY = "post"  # in the session: the post's UUID and the organisation's it acts for


@dataclass(frozen=True, slots=True)
class Session:
    """The post of this request, with the names that stand on top of the page."""

    actor: Actor
    organisation_name: str
    many_posts: bool = False
    stage: str = ""


def session_of(request: HttpRequest) -> Session | None:
    """The post of this request; None before log-in and before a post was chosen."""
    return cast("Session | None", getattr(request, "xueji_session", None))


def required_session(request: HttpRequest) -> Session:
    """The post of this request; the middleware lets no page but the log-in's through without one."""
    session = session_of(request)
    assert session is not None, "the middleware turned the request away before"
    return session


def actor_of(request: HttpRequest) -> Actor:
    """Who acts in this request."""
    return required_session(request).actor


def own_transactions(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Marks a view whose POST does several things, each in a transaction of its own.

    The middleware does not enter the post's context for it: the view does, with ``acting``, as often as it needs.
    """
    cast(Any, view).own_transactions = True
    return view
