"""Who keeps accounts and posts: the bureau's clerk and head, the security administrator, the installation."""

from __future__ import annotations

from typing import Final

from xueji.ground.accounts.context import SYSTEM_PERSON
from xueji.pure.kernel.types import Actor, Refused, Role

KEEPERS: Final = frozenset({Role.SECURITY_ADMIN, Role.CLERK, Role.HEAD})


def is_installation(actor: Actor) -> bool:
    """The system's own actor; the database lets it write in the system's context only."""
    return actor.person == SYSTEM_PERSON and actor.role is Role.SYSTEM_ADMIN


def require_keeper(actor: Actor) -> None:
    """``Refused`` unless the actor keeps accounts; the jurisdiction is held by row-level security."""
    if is_installation(actor) or actor.role in KEEPERS:
        return
    raise Refused("accounts.not_keeper", "账号和岗位由教育局经办人、负责人或安全管理员管理。", "通知一.3")
