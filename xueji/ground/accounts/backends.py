"""Log-in: password, or the activation code of a slip, each within the reach of that one account only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest

from xueji.ground.accounts.context import checking_login, identified
from xueji.ground.accounts.models import Account
from xueji.ground.accounts.services.accounts import code_matches


def asked_login(request: HttpRequest | None, credentials: Mapping[str, Any] | None) -> str:
    """The log-in name that django-axes counts wrong passwords for, whatever the caller calls it."""
    for source in (credentials or {}, request.POST if request is not None else {}):
        for name in ("username", "login"):
            if source.get(name):
                return str(source[name])
    return ""


class AccountBackend(BaseBackend):
    """Stands behind django-axes' backend, which locks out before this one is asked."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **credentials: Any,
    ) -> Account | None:
        """The account, or None. ``must_change_password`` tells that the slip's code was used.

        An unknown log-in name costs the same time as a wrong password.
        """
        login = username or credentials.get("login")
        if not login or not password:
            return None
        with checking_login(login):
            account = Account.objects.filter(login=login).first()
            if account is None:
                make_password(password)
                return None
            if account.deactivated:
                make_password(password)
                return None
            # ``setter`` None: no silent rehash, a log-in writes nothing.
            fits = check_password(password, account.password) or code_matches(account, password)
            return account if fits else None

    def get_user(self, user_id: Any) -> Account | None:
        """The account of a session; None once it is deactivated."""
        person = user_id if isinstance(user_id, UUID) else UUID(str(user_id))
        with identified(person):
            return Account.objects.filter(pk=person, deactivated=False).first()
