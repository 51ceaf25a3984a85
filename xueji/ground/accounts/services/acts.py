"""May this post act at all? (clauses A3, A5, C4)"""

from __future__ import annotations

from typing import Final

from xueji.ground.accounts.context import SEES_NO_PUPILS
from xueji.ground.accounts.staffing import staffing_of
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Refused, Role

#: Posts that look and never change anything about a pupil.
READ_ONLY: Final = SEES_NO_PUPILS
#: Posts that need training before they act.
NEEDS_TRAINING: Final = frozenset({Role.REGISTRAR})


def can_act(actor: Actor) -> None:
    """Raise ``Refused`` for a post that only looks, for a registrar without a date of training
    (invariant 11), and for a holder whom the bureau locked; a lock rests while the yearly return is made."""
    if actor.role in READ_ONLY:
        raise Refused("accounts.read_only", "您现在的岗位不办理学籍业务。请由学籍管理岗位的人员办理。", "通知一.3")
    if actor.role in NEEDS_TRAINING and not actor.trained:
        raise Refused(
            "accounts.untrained",
            "新任学籍管理员须先参加培训再上岗。您的培训日期还没有登记，请联系主管教育局登记后再办理。",
            "通知一.5",
        )
    if actor.locked and staffing_of(actor.organisation).locks_hold(today()):
        raise Refused(
            "accounts.training_locked",
            "您的培训已过有效期，主管教育局已暂停您办理学籍业务。请参加培训，由主管教育局登记后即可恢复。",
            "通知一.5",
        )
