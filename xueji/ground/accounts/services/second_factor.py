"""The second factor (TOTP), asked for where the home's setting says so."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from xueji.ground.accounts.context import identified
from xueji.pure.kernel.types import Refused


def has_second_factor(account: UUID) -> bool:
    """Whether the account has a confirmed device."""
    return bool(TOTPDevice.objects.filter(user_id=account, confirmed=True).exists())


def second_factor_required() -> bool:
    """Whether this installation asks for it (``second_factor`` in the home's config.json)."""
    return bool(getattr(settings, "XUEJI_SECOND_FACTOR", False))


def begin_second_factor(*, account: UUID) -> str:
    """A new device, not confirmed yet; returns the ``otpauth://`` address for the QR code."""
    with transaction.atomic():
        TOTPDevice.objects.filter(user_id=account, confirmed=False).delete()
        device = TOTPDevice.objects.create(user_id=account, name="身份验证器", confirmed=False)
        with identified(account):  # the address names the holder
            return str(device.config_url)


def confirm_second_factor(*, account: UUID, token: str) -> None:
    """The holder types the first six digits: the new device takes the place of any older one.

    ``Refused`` if they do not fit.
    """
    with transaction.atomic():
        device = TOTPDevice.objects.select_for_update().filter(user_id=account, confirmed=False).first()
        if device is None or not bool(device.verify_token(token)):
            raise Refused("accounts.token", "六位验证码不正确，请核对手机上的时间后重新输入。")
        TOTPDevice.objects.filter(user_id=account, confirmed=True).delete()
        device.confirmed = True
        device.save()
