"""Reopening an accepted return: the organisation asks with a reason, the reviewer's clerk examines, its head decides.

What the head accepted is not opened again by one person (clause C5; design §3 "reopened by decision"). The decision to
open is ``send_back`` of the accepted return; here it is asked for, examined and refused.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from xueji.duties.returns.authority import BASIS, placed, require, require_reviewer
from xueji.duties.returns.models import Reopening, ReopeningOutcome, Return, ReturnState
from xueji.duties.returns.selectors import current, reopening_of
from xueji.duties.returns.services.writing import write_down
from xueji.ground.journals import services as journals
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Actor, Refused, Role


@transaction.atomic
def ask_reopening(*, actor: Actor, round_code: str, organisation: UUID, reason: str) -> Reopening:
    """申请重新打开 an accepted return, by its organisation or by the bureau that reviews it; a clerk of the bureau who
    asks has examined it. ``Refused`` without a reason, for a return that is not accepted, and while one is open."""
    journals.lock([organisation])
    _, one, above = placed(round_code, organisation)
    reviews = _reviews(actor, one, above)
    if not reviews:
        require(actor, one, "ask_reopening")
    made = _accepted(round_code, one)
    words = _said(reason, "请写明为什么要重新打开，涉及哪些学生或哪几个数字。")
    if reopening_of(made) is not None:
        raise Refused("return.reopening_open", "已经有一份申请在办理，请等候决定。", BASIS)
    now = environment().now()
    found = Reopening(
        id=environment().new_id(), return_id=made.id, organisation=organisation, asked_for=actor.organisation,
        reason=words, asked_at=now, asked_by=actor.person,
    )  # fmt: skip
    if reviews and actor.role is Role.CLERK:
        found.examined_at, found.examined_by = now, actor.person
    found.save(force_insert=True)
    write_down(actor, made, "return_reopening_asked")
    return found


@transaction.atomic
def examine_reopening(*, actor: Actor, round_code: str, organisation: UUID, opinion: str) -> Reopening:
    """审核 of a request by the clerk of the reviewing bureau, with what was found. ``Refused`` where nothing waits."""
    journals.lock([organisation])
    _, one, above = placed(round_code, organisation)
    require_reviewer(actor, above or one, "examine_reopening")
    found = _open(_accepted(round_code, one))
    if found.examined_by is not None:
        raise Refused("return.reopening_examined", "这份申请已经审核过，由负责人决定。", BASIS)
    found.opinion = _said(opinion, "请写明核对的情况和意见。")
    found.examined_at, found.examined_by = environment().now(), actor.person
    found.save(update_fields=["opinion", "examined_at", "examined_by"])
    return found


@transaction.atomic
def refuse_reopening(*, actor: Actor, round_code: str, organisation: UUID, reason: str) -> Reopening:
    """不同意重新打开, with the reason, by the reviewing bureau's head; what was accepted stands."""
    journals.lock([organisation])
    _, one, above = placed(round_code, organisation)
    require_reviewer(actor, above or one, "reopen")
    made = _accepted(round_code, one)
    found = _decide(actor, made, ReopeningOutcome.REFUSED, _said(reason, "请写明不同意的理由。"))
    write_down(actor, made, "return_reopening_refused")
    return found


def agree(actor: Actor, made: Return, answer: str) -> Reopening:
    """The decision to open, as ``send_back`` of an accepted return makes it; in the transaction around."""
    return _decide(actor, made, ReopeningOutcome.AGREED, answer)


def _decide(actor: Actor, made: Return, outcome: ReopeningOutcome, answer: str) -> Reopening:
    found = _open(made)
    if found.examined_by is None:
        raise Refused("return.reopening_unexamined", "申请还没有经办人审核，请先由经办人核对后再决定。", BASIS)
    if actor.person in (found.examined_by, found.asked_by):
        raise Refused("return.four_eyes", "申请由您本人提出或审核，须由另一位负责人决定。", "通知一.2、一.3")
    found.outcome, found.answer = outcome, answer
    found.decided_at, found.decided_by = environment().now(), actor.person
    found.save(update_fields=["outcome", "answer", "decided_at", "decided_by"])
    return found


def _reviews(actor: Actor, one: Organisation, above: Organisation | None) -> bool:
    """Whether the actor asks for the bureau that reviews the return; the city reviews its own."""
    return actor.organisation == organisations.keeper_of(above or one).id and actor.role in (Role.CLERK, Role.HEAD)


def _accepted(round_code: str, one: Organisation) -> Return:
    made = current(round_code, one.id)
    if made is None or made.state != ReturnState.ACCEPTED:
        raise Refused("return.not_accepted", f"{one.name}的上报还没有被接受，不需要申请重新打开。", BASIS)
    return made


def _open(made: Return) -> Reopening:
    found = reopening_of(made)
    if found is None:
        raise Refused(
            "return.no_reopening",
            "已经接受的上报须先有申请：由上报单位或经办人写明理由，经办人审核后由负责人决定重新打开。",
            BASIS,
        )
    return Reopening.objects.select_for_update().get(pk=found.pk)


def _said(text: str, advice: str) -> str:
    words = " ".join(text.split())
    if len(words) < 4:
        raise Refused("return.reason", advice, BASIS)
    return words
