"""Coming in and going out: log-in, own password, second factor, choosing a post."""

from __future__ import annotations

import base64
from uuid import UUID

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import POST_KEY
from xueji.doors.web.changes.story import stands_in
from xueji.doors.web.places import ROLE_NAMES
from xueji.doors.web.session.forms import LogInForm, PasswordForm, TokenForm
from xueji.ground.accounts import selectors as accounts
from xueji.ground.accounts import services
from xueji.ground.accounts.context import identified
from xueji.ground.typesetting import qr_svg
from xueji.pure.kernel.types import Refused

WRONG = "登录名或密码不对，请重新输入。连续 5 次不对会暂时锁定。"
LOCKED = "连续多次输入不对，已暂时锁定。请 15 分钟后再试；忘记密码请联系上级教育局的安全管理员。"


def _person(request: HttpRequest) -> UUID:
    """The account that signed in; the middleware lets nobody else come here."""
    person = request.user.pk
    assert isinstance(person, UUID)
    return person


def _next(request: HttpRequest) -> str:
    where = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(where, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return where if safe and where.startswith("/") else ""


@never_cache
@sensitive_post_parameters("password")
def log_in(request: HttpRequest) -> HttpResponse:
    """The log-in page. The same sentence for an unknown name, a wrong password and a closed account."""
    form = LogInForm(request.POST or None)
    sentence = ""
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        credentials = {"username": values["login"].strip(), "password": values["password"]}
        if AxesProxyHandler.is_allowed(request, {"username": credentials["username"]}):
            user = authenticate(request, **credentials)
            if user is not None:
                login(request, user)
                services.note_use(_person(request))
                return redirect(_first_page(request, _next(request)))
            sentence = WRONG
        else:
            sentence = LOCKED
    context = {"form": form, "sentence": sentence, "next": _next(request), "idle": "idle" in request.GET}
    return render(request, "session/log_in.html", context, status=403 if sentence else 200)


def _first_page(request: HttpRequest, where: str) -> str:
    """Straight into the one post that there is; with several the chooser asks."""
    choices = accounts.choices_of(_person(request))
    if len(choices) == 1:
        _take(request, choices[0], 1)
        return where or "/"
    return "/post/"


def _take(request: HttpRequest, choice: accounts.PostChoice, how_many: int) -> None:
    value = [str(choice.actor.post), str(choice.actor.organisation)]
    request.session[POST_KEY] = [*value, "many"] if how_many > 1 else value


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("web:log-in")


@never_cache
@sensitive_post_parameters()
def password(request: HttpRequest) -> HttpResponse:
    """Setting an own password: asked for at the first log-in, possible at any time."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            person = _person(request)
            with identified(person):
                account = services.change_password(account=person, old=values["old"], new=values["new"])
        except Refused as refused:
            form.add_error("old" if refused.code == "accounts.old_password" else "new", refused.message)
        else:
            update_session_auth_hash(request, account)
            return redirect("/")
    first = getattr(request.user, "must_change_password", False)
    return render(request, "session/password.html", {"form": form, "first": first})


@never_cache
def post(request: HttpRequest) -> HttpResponse:
    """In which post, for which organisation, this time."""
    choices = accounts.choices_of(_person(request))
    if request.method == "POST":
        wanted = request.POST.get("post", "")
        for choice in choices:
            if _value(choice) == wanted:
                _take(request, choice, len(choices))
                return redirect("/")
    posts = [
        {
            "value": _value(one),
            "organisation": one.organisation_name,
            "role": f"{ROLE_NAMES[one.actor.role]}{stands_in(one.actor.capacity)}",
            "acting_for": one.acting_for,
        }
        for one in choices
    ]
    return render(request, "session/post.html", {"posts": posts})


def _value(choice: accounts.PostChoice) -> str:
    return f"{choice.actor.post}:{choice.actor.organisation}"


@never_cache
def second_factor(request: HttpRequest) -> HttpResponse:
    """The six digits, where the installation asks for them; the first time the device is set up."""
    from django_otp import login as otp_login

    account = _person(request)
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        token = form.cleaned_data["token"].replace(" ", "")
        try:
            if services.has_second_factor(account):
                device = services.verify_second_factor(account=account, token=token)
            else:
                device = services.confirm_second_factor(account=account, token=token)
        except Refused as refused:
            form.add_error("token", refused.message)
        else:
            if device is not None:
                otp_login(request, device)
                return redirect("/")
            form.add_error("token", "动态口令不对或已过时，请输入现在显示的 6 位数字。")
    first = not services.has_second_factor(account)
    code = _new_device(account, begun=request.method == "POST") if first else ""
    return render(request, "session/second_factor.html", {"form": form, "code": code, "first": first})


def _new_device(account: UUID, *, begun: bool) -> str:
    """The picture to be scanned at the first time, as a data address; a typing slip does not make another device."""
    if begun:
        return ""
    picture = qr_svg(services.begin_second_factor(account=account))
    return f"data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}"
