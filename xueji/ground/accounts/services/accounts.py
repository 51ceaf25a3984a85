"""Accounts of persons: opened with an activation code, activated at the first log-in, reset from above."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from xueji.ground.accounts.models import Account, PostHolding
from xueji.ground.accounts.services.authority import require_keeper, require_kept
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused, Role

_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is misread on paper
_CODE_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class Slip:
    """What is printed for one person: log-in name and activation code, shown this once and kept nowhere in clear."""

    account: UUID
    login: str
    name: str
    code: str
    until: date
    organisation_name: str = ""
    post_title: str = ""


def digest_of(account: UUID, code: str) -> str:
    """How an activation code is kept. Written blanks and dashes, and small letters, do not matter."""
    plain = "".join(code.split()).replace("-", "").upper()
    return hashlib.sha256(account.bytes + plain.encode()).hexdigest()


def code_matches(account: Account, code: str) -> bool:
    """Whether this is the account's activation code, unused and in time."""
    if not account.activation_digest or account.activation_until is None or today() > account.activation_until:
        return False
    return hmac.compare_digest(account.activation_digest, digest_of(account.id, code))


def _last_day() -> date:
    """Until when a slip printed today serves (rulebook: ``activation_days``)."""
    return today() + timedelta(days=int(parameters.rulebook(today()).settings["activation_days"]))


def new_code() -> str:
    """Twelve letters and digits that are not misread on paper, in three groups."""
    value, letters = int.from_bytes(environment().salt(), "big"), []
    for _ in range(_CODE_LENGTH):
        value, rest = divmod(value, len(_ALPHABET))
        letters.append(_ALPHABET[rest])
    return "-".join("".join(letters[at : at + 4]) for at in range(0, _CODE_LENGTH, 4))


def open_accounts(*, actor: Actor, persons: Sequence[tuple[str, str]]) -> list[Slip]:
    """Open accounts for ``(login, name)`` in bulk; returns their slips in the same order.

    Raises ``Refused`` for a log-in name that is taken, or an actor who keeps no accounts.
    """
    require_keeper(actor)
    logins = [login for login, _ in persons]
    double = {login for login in logins if logins.count(login) > 1} if len(set(logins)) < len(logins) else set()
    double |= set(Account.objects.filter(login__in=logins).values_list("login", flat=True))
    if double:
        raise Refused("accounts.login_taken", f"登录名“{sorted(double)[0]}”已被使用，请另取一个。", "通知一.3")
    until, now = _last_day(), environment().now()
    slips = [Slip(environment().new_id(), login, name, new_code(), until) for login, name in persons]
    try:
        with transaction.atomic():
            _insert(slips, until, now)
    except IntegrityError as error:
        raise Refused("accounts.login_taken", "登录名已被其他单位使用，请另取一个。", "通知一.3") from error
    return slips


def _insert(slips: Sequence[Slip], until: date, now: datetime) -> None:
    Account.objects.bulk_create(
        [
            Account(
                id=slip.account,
                login=slip.login,
                name=slip.name,
                password=make_password(None),
                activation_digest=digest_of(slip.account, slip.code),
                activation_until=until,
                created_at=now,
            )
            for slip in slips
        ],
        batch_size=1000,
    )


def issue_activation(*, actor: Actor, accounts: Iterable[UUID]) -> list[Slip]:
    """New activation codes; the passwords in force before end at once. For resets and lost slips, in bulk."""
    wanted = set(accounts)
    with transaction.atomic():
        _kept_persons(actor, wanted)
        found = list(Account.objects.select_for_update().filter(id__in=wanted).order_by("login"))
        if len(found) < len(wanted):
            raise Refused("accounts.unknown", "有账号不在您管理的范围内，没有重置。", "通知一.3")
        until, slips = _last_day(), []
        for account in found:
            slips.append(Slip(account.id, account.login, account.name, new_code(), until))
            account.password = make_password(None)
            account.must_change_password = True
            account.activation_digest = digest_of(account.id, slips[-1].code)
            account.activation_until = until
        Account.objects.bulk_update(
            found, ["password", "must_change_password", "activation_digest", "activation_until"], batch_size=500
        )
        return slips


def reset_password(*, actor: Actor, account: UUID) -> Slip:
    """A person forgot the password: the bureau above (or the security administrator) prints a new slip."""
    return issue_activation(actor=actor, accounts=[account])[0]


def _kept_persons(actor: Actor, accounts: set[UUID]) -> None:
    """All posts that these persons hold now must be the actor's to keep."""
    held = PostHolding.objects.filter(account__in=accounts, ended_on__isnull=True)
    posts = held.values_list("post__organisation", "post__role")
    require_kept(actor, [(organisation, Role(role)) for organisation, role in posts])


def change_password(*, account: UUID, old: str, new: str) -> Account:
    """The holder sets a password of their own; ``old`` is the password in force or the slip's activation code.

    Raises ``Refused`` with what is wrong with the new one, or when the old one does not fit.
    """
    with transaction.atomic():
        found = Account.objects.select_for_update().get(pk=account)
        if not (code_matches(found, old) or check_password(old, found.password)):
            raise Refused("accounts.old_password", "原密码（或激活码）不正确，请重新输入。")
        if old == new or code_matches(found, new):
            raise Refused("accounts.same_password", "新密码不能与原密码或激活码相同，请另设一个。")
        _acceptable(new, found)
        found.password = make_password(new)
        found.must_change_password = False
        found.activation_digest, found.activation_until = "", None
        found.save(update_fields=["password", "must_change_password", "activation_digest", "activation_until"])
        return found


def _acceptable(password: str, account: Account) -> None:
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise Refused("accounts.weak_password", "".join(error.messages)) from error
    if account.login.lower() in password.lower():
        raise Refused("accounts.weak_password", "密码里不要包含登录名，请另设一个。")


def activate_many(*, passwords: Sequence[tuple[UUID, str]]) -> int:
    """Set passwords for accounts whose slips were not given out: a demo home's printed log-ins.

    In the system's context only. Equal passwords are hashed once. Returns how many were set.
    """
    hashed = {password: make_password(password) for password in {password for _, password in passwords}}
    found = Account.objects.in_bulk([account for account, _ in passwords])
    for account, password in passwords:
        one = found[account]
        one.password, one.must_change_password, one.activation_digest = hashed[password], False, ""
        one.activation_until = None
    return Account.objects.bulk_update(
        found.values(), ["password", "must_change_password", "activation_digest", "activation_until"], batch_size=500
    )


def deactivate(*, actor: Actor, account: UUID, deactivated: bool = True) -> Account:
    """Close an account to log-in (账号停用), or open it again; its posts are ended apart."""
    with transaction.atomic():
        _kept_persons(actor, {account})
        found = Account.objects.select_for_update().filter(pk=account).first()
        if found is None:
            raise Refused("accounts.unknown", "没有这个账号，或不在您管理的范围内。", "通知一.3")
        if account == actor.person:
            raise Refused("accounts.own_account", "不能停用自己的账号。")
        found.deactivated = deactivated
        if not deactivated:
            found.used_on = today()  # or the daily job would close it again
        found.save(update_fields=["deactivated", "used_on"])
        return found
