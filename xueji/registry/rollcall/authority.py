"""Who may do what in a roll-call (clauses A3, A5; invariant 11)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import connection

from xueji.ground.accounts.services.acts import can_act
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.terms import TermDates
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.registry.rollcall.models import RollState, TermRegistration

BASIS = "通知四.2、三.5"


def school_rulebook(school: UUID, on: date | None = None) -> Rulebook:
    """The rulebook that holds for a school: its district's, where the district has one of its own."""
    day = on or today()
    bureau = organisations.competent_bureau(school, day)
    found = organisations.by_id(bureau) if bureau else None
    district = found.code if found is not None and found.level == Level.DISTRICT else None
    return parameters.rulebook(day, district)


def term_of(book: Rulebook, code: str) -> TermDates:
    """A term by its code; ``Refused`` where the rulebook knows none of that name."""
    found = book.calendar.terms.term(code)
    if found is None:
        raise Refused("rollcall.no_term", f"没有学期“{code}”。请从学期的标签里选。", BASIS)
    return found


def require_registrar(actor: Actor, school: UUID) -> None:
    """The trained registrar of the school (or of its central school, acting for it)."""
    if actor.role is not Role.REGISTRAR or actor.organisation != school:
        raise Refused("rollcall.post", "报到注册由本校学籍管理员登记，请核对岗位。", "通知一.3")
    can_act(actor)


def held(roll: UUID, *, lock: bool = True) -> TermRegistration:
    """An open roll, locked; ``Refused`` for one that is closed or out of reach."""
    rows = TermRegistration.objects.select_for_update() if lock else TermRegistration.objects
    found = rows.filter(pk=roll).first()
    if found is None:
        raise Refused("rollcall.not_found", "没有找到这份报到名单，请从“报到注册”重新打开。", BASIS)
    if found.state == RollState.CLOSED:
        raise Refused(
            "rollcall.closed", "本学期报到注册已经办结，名单不能再改。以后的变化请办理相应的学籍变动。", BASIS
        )
    return found


_HANDS = """
SELECT opened_by FROM rollcall_termregistration WHERE id = %(roll)s
UNION SELECT entered_by FROM rollcall_rollline WHERE roll_id = %(roll)s AND entered_by IS NOT NULL
UNION SELECT settled_by FROM rollcall_rollline WHERE roll_id = %(roll)s AND settled_by IS NOT NULL
UNION SELECT entered_by FROM rollcall_separatedattendance WHERE roll_id = %(roll)s
UNION SELECT settled_by FROM rollcall_separatedattendance WHERE roll_id = %(roll)s AND settled_by IS NOT NULL
UNION SELECT c.entered_by FROM rollcall_contactattempt c
  JOIN rollcall_rollline l ON l.id = c.line_id WHERE l.roll_id = %(roll)s
"""


def hands(roll: UUID) -> frozenset[UUID]:
    """Everyone who opened the roll or entered anything into it."""
    with connection.cursor() as cursor:
        cursor.execute(_HANDS, {"roll": roll})
        return frozenset(row[0] for row in cursor.fetchall())


def require_closer(actor: Actor, roll: TermRegistration) -> None:
    """The school's deputy head, who entered nothing of it: four eyes compare persons."""
    _require_deputy(actor, roll.school, "报到注册由本校分管校长审核办结，请核对岗位。")
    if actor.person in hands(roll.id):
        raise Refused(
            "rollcall.same_person", "您登记过这份报到名单，须由另一个人审核办结（录入和审核不能是同一人）。", "通知一.3"
        )


def require_decider(actor: Actor, school: UUID, proposer: UUID) -> None:
    """The school's deputy head, of what another person proposed."""
    _require_deputy(actor, school, "报到名单的更正由本校分管校长审核，请核对岗位。")
    if actor.person == proposer:
        raise Refused("rollcall.same_person", "这件更正是您提出的，须由另一个人审核。", "通知一.3")


def _require_deputy(actor: Actor, school: UUID, message: str) -> None:
    if actor.role is not Role.DEPUTY_HEAD or actor.organisation != school:
        raise Refused("rollcall.closer", message, "通知一.3")
    can_act(actor)
