"""Every page is answered in the name of one post: found here, entered before the view, left after it."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import resolve, reverse

from xueji.doors.web.actors import POST_KEY, Session
from xueji.ground.accounts import selectors as accounts
from xueji.ground.accounts.context import acting, identified, serving_request
from xueji.ground.accounts.services.second_factor import second_factor_required
from xueji.ground.accounts.workplace import misfit
from xueji.pure.kernel.types import Refused

Answer = Callable[[HttpRequest], HttpResponse]

#: Addresses that someone who has not signed in may open. The API has its own door-keeper.
OPEN = ("/login/", "/api/", "/favicon.ico", "/health/", "/verify/")
#: Addresses for someone who signed in and is not in a post yet.
BEFORE_A_POST = ("/logout/", "/password/", "/post/", "/second-factor/", "/machine/")
_SEEN = "seen"
_SEEN_EVERY = 60  # seconds; the session is written anew at most this often


class ActInPost:
    """Log-in, own password, second factor, post: what is missing is asked for, then the post's context is entered."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with serving_request():
            if request.path.startswith(OPEN):
                return self.get_response(request)
            if SESSION_KEY not in request.session:
                return self._to_log_in(request)
            wants_post = not request.path.startswith(BEFORE_A_POST)
            # The account and its post are read in one transaction.
            with identified(UUID(request.session[SESSION_KEY])):
                signed_in = request.user.is_authenticated
                elsewhere = (_missing(request) or self._enter(request)) if signed_in and wants_post else None
            if not signed_in:
                return self._to_log_in(request)
            self._touch(request)
            if elsewhere is not None:
                return elsewhere
            return self._answer(request) if wants_post else self.get_response(request)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        session: Session = request.xueji_session  # type: ignore[attr-defined]
        if request.method == "POST" and _has_own_transactions(request):
            return self.get_response(request)
        with acting(session.actor):
            response = self.get_response(request)
            if response.status_code >= 500:
                # The handler has turned the exception into a page already: nothing of it may stay.
                transaction.set_rollback(True)
        return response

    def _enter(self, request: HttpRequest) -> HttpResponse | None:
        chosen = request.session.get(POST_KEY)
        person = UUID(request.session[SESSION_KEY])
        if chosen is None:
            return HttpResponseRedirect(reverse("web:post"))
        try:
            choice = accounts.resolve_choice(person, UUID(chosen[0]), UUID(chosen[1]))
        except Refused:
            del request.session[POST_KEY]
            return HttpResponseRedirect(reverse("web:post"))
        why = misfit(request, choice)
        if why:
            return HttpResponseRedirect(f"{reverse('web:machine')}?{urlencode({'why': why})}")
        request.xueji_session = Session(  # type: ignore[attr-defined]
            choice.actor, choice.organisation_name, many_posts=len(chosen) > 2, stage=choice.stage
        )
        return None

    def _to_log_in(self, request: HttpRequest) -> HttpResponse:
        where = reverse("web:log-in")
        if request.method == "GET" and request.path != "/":
            where = f"{where}?{urlencode({'next': request.path})}"
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": where})
        return HttpResponseRedirect(where)

    def _touch(self, request: HttpRequest) -> None:
        now = int(time.time())
        if now - request.session.get(_SEEN, 0) >= _SEEN_EVERY:
            request.session[_SEEN] = now


def _has_own_transactions(request: HttpRequest) -> bool:
    """Whether the view was marked so (``actors.own_transactions``); an address that there is not is no such view."""
    try:
        return getattr(resolve(request.path_info).func, "own_transactions", False)
    except Http404:
        return False


def _missing(request: HttpRequest) -> HttpResponse | None:
    """What has to be done before any page: an own password, the second factor."""
    if getattr(request.user, "must_change_password", False):
        return HttpResponseRedirect(reverse("web:password"))
    if second_factor_required() and not request.user.is_verified():  # type: ignore[union-attr]
        return HttpResponseRedirect(reverse("web:second-factor"))
    return None
