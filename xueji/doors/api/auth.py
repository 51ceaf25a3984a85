"""Who asks through the API: a page's session (with its CSRF token), or the token of a post.

A token is signed, holds person, post and organisation, and ends by itself; the post is resolved anew at each
request, and a changed password, a deactivated account or a lost post end it at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core import signing
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac
from ninja.security import APIKeyCookie, HttpBearer

from xueji.ground.accounts.backends import AccountBackend
from xueji.ground.accounts.models import Account
from xueji.ground.accounts.selectors import resolve_choice
from xueji.ground.accounts.services.second_factor import second_factor_required
from xueji.ground.accounts.workplace import misfit
from xueji.pure.kernel.types import Actor, Refused

#: In the session: the post's UUID and the organisation's it acts for (written by the pages' log-in).
POST_KEY = "post"
TOKEN_SECONDS = 8 * 60 * 60
_SALT = "xueji.api.token"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks."""

    actor: Actor


def _mark(account: Account) -> str:
    """Changes with the password, so that older tokens end."""
    return salted_hmac(_SALT, account.password).hexdigest()[:24]


def token_for(account: Account, actor: Actor) -> str:
    """A bearer token for a post of an account."""
    value = [str(actor.person), str(actor.post), str(actor.organisation), _mark(account)]
    return signing.dumps(value, salt=_SALT, compress=True)


def asker_of_token(request: HttpRequest, token: str) -> Asker | None:
    """Who a token stands for; None when it is forged, has ended, no longer holds, or comes from where its post may not
    work (专机)."""
    try:
        person, post, organisation, mark = signing.loads(token, salt=_SALT, max_age=TOKEN_SECONDS)
        account = AccountBackend().get_user(UUID(person))
        if account is None or not constant_time_compare(mark, _mark(account)):
            return None
        choice = resolve_choice(UUID(person), UUID(post), UUID(organisation))
        return None if misfit(request, choice) else Asker(choice.actor)
    except (signing.BadSignature, ValueError, TypeError, Refused):
        return None


class PostToken(HttpBearer):
    """``Authorization: Bearer …``."""

    def authenticate(self, request: HttpRequest, token: str) -> Asker | None:
        return asker_of_token(request, token)


class PageSession(APIKeyCookie):
    """The session of the pages; writing requests carry the CSRF token (``X-CSRFToken``)."""

    param_name = settings.SESSION_COOKIE_NAME

    def authenticate(self, request: HttpRequest, key: str | None) -> Asker | None:
        person = request.session.get(SESSION_KEY)
        chosen: list[str] | None = request.session.get(POST_KEY)
        user: Any = request.user
        if person is None or chosen is None or not user.is_authenticated or user.must_change_password:
            return None
        if second_factor_required() and not user.is_verified():
            return None
        try:
            choice = resolve_choice(UUID(person), UUID(chosen[0]), UUID(chosen[1]))
            return None if misfit(request, choice) else Asker(choice.actor)
        except Refused:
            return None


def actor_of(request: HttpRequest) -> Actor:
    """Who acts in this request."""
    asker: Asker = request.auth  # type: ignore[attr-defined]
    return asker.actor
