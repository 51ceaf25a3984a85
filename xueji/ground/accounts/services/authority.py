"""Who keeps accounts and posts: the bureau's clerk and head, the security administrator, the installation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

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


ADMINISTRATORS: Final = frozenset({Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.SYSTEM_ADMIN})


def keeps(actor: Actor, organisation: UUID, role: Role) -> bool:
    """Whether a post of this kind at an organisation of the jurisdiction is the actor's to keep.

    A bureau's clerk and head keep those below them. Their own bureau's posts are kept from above or by the
    security administrator, administrators' posts by the latter alone: nobody gives himself the deciding post.
    """
    if is_installation(actor) or actor.role is Role.SECURITY_ADMIN:
        return True
    return actor.role in KEEPERS and organisation != actor.organisation and role not in ADMINISTRATORS


def require_kept(actor: Actor, posts: Iterable[tuple[UUID, Role]]) -> None:
    """``Refused`` unless all these posts (organisation, role) are the actor's to keep."""
    require_keeper(actor)
    if not all(keeps(actor, organisation, role) for organisation, role in posts):
        raise Refused(
            "accounts.not_above",
            "本单位的岗位和人员由上一级教育局或安全管理员管理，管理员岗位由安全管理员管理。",
            "通知一.3",
        )
