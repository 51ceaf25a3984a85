"""Who may change an organisation (clauses A2, B1, B3)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from xueji.pure.kernel.types import Actor, Level, Refused, Role

BUREAU_ROLES = frozenset({Role.CLERK, Role.HEAD})
SCHOOL_ROLES = frozenset({Role.REGISTRAR, Role.DEPUTY_HEAD})


def is_installation(actor: Actor) -> bool:
    """The installation itself, at set-up. The database lets it write in the system's context only."""
    return actor.person == UUID(int=0) and actor.role is Role.SYSTEM_ADMIN


def require_bureau(actor: Actor, bureaus: Iterable[UUID | None], *, head: bool = False) -> None:
    """The actor must be the clerk or head (``head``: the head) of one of these bureaus, or of the city."""
    if is_installation(actor):
        return
    allowed = frozenset({Role.HEAD}) if head else BUREAU_ROLES
    if actor.role in allowed and (actor.organisation in set(bureaus) or actor.level is Level.CITY):
        return
    who = "负责人" if head else "经办人或负责人"
    raise Refused(
        "organisations.not_your_school", f"这项变更由主管教育局的{who}办理，您现在的岗位不能办理。", "通知一.2"
    )


def require_school(actor: Actor, school: UUID, bureau: UUID | None) -> None:
    """The actor must act for this school, or be its competent bureau or the city."""
    if is_installation(actor) or (actor.role in SCHOOL_ROLES and actor.organisation == school):
        return
    if actor.role in BUREAU_ROLES and (actor.organisation == bureau or actor.level is Level.CITY):
        return
    raise Refused(
        "organisations.not_your_school", "班级和校区由本校（或中心校）办理，您现在的岗位不能办理。", "通知一.2"
    )
