"""From where a request comes: the registered machine in its cookie, the network of its address (clauses A3, A6)."""

from __future__ import annotations

import secrets
from ipaddress import ip_address
from typing import Final
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse

from xueji.ground.accounts.selectors import PostChoice
from xueji.ground.accounts.services.machines import fits_binding, register_machine
from xueji.pure.kernel.types import Role

COOKIE: Final = "xueji_machine"
_SALT: Final = "xueji.machine"
_YEARS: Final = 5 * 366 * 24 * 60 * 60

#: Why a post may not work from here, in the words of the page and the API.
SENTENCES: Final = {
    "machine": "您的单位限定在登记的专机上办理，这台机器没有登记。请换到专机上办理，或请教育局安全管理员给出登记码。",
    "network": "您的单位限定在规定的网络内办理，这台机器不在其中。请换到规定的网络，或请教育局安全管理员核对网段。",
}


def address_of(request: HttpRequest) -> str:
    """The client's address; behind a web server on this machine the one that it names last."""
    remote = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rsplit(",", 1)[-1].strip()
    try:
        return forwarded if forwarded and (not remote or ip_address(remote).is_loopback) else remote
    except ValueError:
        return remote


def misfit(request: HttpRequest, choice: PostChoice) -> str:
    """'' where the post may work from here, else a key of ``SENTENCES``. Security administrators are never bound."""
    if not (choice.machines_only or choice.networks) or choice.actor.role is Role.SECURITY_ADMIN:
        return ""
    machine, secret = _shown(request)
    return fits_binding(
        choice.post_organisation,
        choice.actor.post,
        machines_only=choice.machines_only,
        networks=choice.networks,
        address=address_of(request),
        machine=machine,
        secret=secret,
    )


def register_here(request: HttpRequest, response: HttpResponse, code: str) -> UUID:
    """This machine is the one named with the code; its cookie goes with the response. ``Refused`` for a wrong code."""
    secret = secrets.token_urlsafe(32)
    machine = register_machine(code=code, secret=secret)
    response.set_cookie(
        COOKIE,
        signing.dumps([str(machine), secret], salt=_SALT),
        max_age=_YEARS,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return machine


def _shown(request: HttpRequest) -> tuple[UUID | None, str]:
    try:
        machine, secret = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT)
        return UUID(machine), str(secret)
    except (signing.BadSignature, ValueError, TypeError):
        return None, ""
