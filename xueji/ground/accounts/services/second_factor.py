"""The second factor (TOTP), asked for where the home's setting says so."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.conf import settings
from django.db import transaction

from xueji.ground.accounts.context import identified
from xueji.ground.accounts.models import SecondFactor
from xueji.pure.kernel.types import Refused


def has_second_factor(account: UUID) -> bool:
    """Whether the account has a confirmed device."""
    return bool(SecondFactor.objects.filter(user_id=account, confirmed=True).exists())


def second_factor_required() -> bool:
    """Whether this installation asks for it (``second_factor`` in the home's config.json)."""
    return bool(getattr(settings, "XUEJI_SECOND_FACTOR", False))


def begin_second_factor(*, account: UUID) -> str:
    """A new device, not confirmed yet; returns the ``otpauth://`` address for the QR code."""
    with transaction.atomic():
        SecondFactor.objects.filter(user_id=account, confirmed=False).delete()
        device = SecondFactor.objects.create(user_id=account, name="身份验证器", confirmed=False)
        with identified(account):  # the address names the holder
            return str(device.config_url)


def verify_second_factor(*, account: UUID, token: str) -> SecondFactor | None:
    """The account's device if these are its six digits now, None if not; the same digits serve once."""
    with transaction.atomic():
        for device in SecondFactor.objects.select_for_update().filter(user_id=account, confirmed=True):
            if device.verify_token(token):
                return cast("SecondFactor", device)
    return None


def confirm_second_factor(*, account: UUID, token: str) -> SecondFactor:
    """The holder types the first six digits: the new device takes the place of any older one. The device.

    ``Refused`` if they do not fit.
    """
    with transaction.atomic():
        device = SecondFactor.objects.select_for_update().filter(user_id=account, confirmed=False).first()
        if device is None or not bool(device.verify_token(token)):
            raise Refused("accounts.token", "动态口令不正确。请核对手机上的时间，输入现在显示的 6 位数字。")
        SecondFactor.objects.filter(user_id=account, confirmed=True).delete()
        device.confirmed = True
        device.save()
        return cast("SecondFactor", device)
