"""The buttons of a return; the order is make, certify, submit, review. The services check everything again."""

from __future__ import annotations

from typing import Any

from xueji.duties.returns.authority import POSTS
from xueji.duties.returns.models import Reopening, Return, ReturnState
from xueji.duties.returns.selectors import OPEN, BoardLine
from xueji.pure.kernel.types import Actor, Level


def acts_for(
    actor: Actor, line: BoardLine, made: Return | None, unexplained: int = 0, asked: Reopening | None = None
) -> list[dict[str, Any]]:
    """What this post can do with this return now, and why something is off; ``asked``: a reopening that waits."""
    own = _own(actor, line, made, unexplained) if actor.organisation == line.keeper else []
    return own or _reviewing(actor, line) or _reopening(actor, line, asked)


def may_explain(actor: Actor, line: BoardLine) -> bool:
    """Whether this post writes the explanations of what is asked."""
    own = actor.organisation == line.keeper
    return own and line.state == ReturnState.MADE and actor.role in POSTS["explain"][_side(actor)]


def may_note(actor: Actor, line: BoardLine) -> bool:
    """Whether this post notes what it finds in a return that was handed up to it."""
    handed_up = line.state in (ReturnState.SUBMITTED, ReturnState.ACCEPTED)
    return handed_up and actor.organisation == line.reviewer and actor.role in POSTS["review"][1]


def _side(actor: Actor) -> int:
    """What a closed organisation owes is done by the posts of whoever keeps its records."""
    return 0 if actor.level == Level.SCHOOL else 1


def _own(actor: Actor, line: BoardLine, made: Return | None, unexplained: int) -> list[dict[str, Any]]:
    side = _side(actor)
    may = {act: actor.role in roles[side] for act, roles in POSTS.items()}
    found: list[dict[str, Any]] = []
    if line.state in (OPEN, ReturnState.MADE, ReturnState.SENT_BACK) and may["make"]:
        again = line.state != OPEN
        found.append(
            {
                "key": "make",
                "title": "重新生成" if again else "生成数据",
                "main": not again or line.state == ReturnState.SENT_BACK,
                "question": "重新生成数据" if again else "生成数据",
                "effect": "按时间基准点当天的学籍情况汇总，需要一点时间。生成以后照常可以办理新的变动。",
            }
        )
    if line.state == ReturnState.MADE:
        errors = sum(1 for item in made.findings if item["severity"] == "error") if made else 0
        who = "分管校长" if side == 0 else "负责人"
        why = "" if may["certify"] else f"由{who}确认"
        why = f"还有 {unexplained} 处须写明原因" if unexplained else why
        why = f"还有 {errors} 处必须改正（通知第三部分）" if errors else why
        found.append(
            {
                "key": "certify",
                "title": "确认",
                "main": True,
                "why": why,
                "question": "确认上报数据",
                "effect": "确认后，本单位对这些数字负责，这一批次的数据就此固定。",
            }
        )
    if line.state == ReturnState.CERTIFIED and line.level != Level.CITY:
        found.append(
            {
                "key": "submit",
                "title": "上报",
                "main": True,
                "why": "" if may["submit"] else "由本单位的经办岗位上报",
                "question": "上报给上级",
                "effect": "上报后由上级审核；要修改须由上级退回。",
            }
        )
    return found


def _reviewing(actor: Actor, line: BoardLine) -> list[dict[str, Any]]:
    if line.state != ReturnState.SUBMITTED or actor.role not in POSTS["review"][1]:
        return []
    if actor.organisation != line.reviewer:
        return []
    back = {
        "key": "send_back",
        "title": "退回修改",
        "danger": True,
        "needs_reason": True,
        "question": "退回修改",
        "effect": "对方按理由改正后重新生成、重新上报；这一次的数据仍然保留。",
    }
    accept = {
        "key": "accept",
        "title": "接受",
        "main": True,
        "why": "" if actor.role in POSTS["accept"][1] else "由负责人接受",
        "question": "接受这份上报",
        "effect": "接受后计入本单位的汇总。",
    }
    return [back, accept]


def _reopening(actor: Actor, line: BoardLine, asked: Reopening | None) -> list[dict[str, Any]]:
    """An accepted return is opened again by decision: asked for, examined by the clerk, decided by the head."""
    if line.state != ReturnState.ACCEPTED:
        return []
    reviewer = actor.organisation == (line.reviewer or line.organisation) and actor.role in POSTS["review"][1]
    if asked is None:
        side = 0 if actor.level == Level.SCHOOL else 1
        if not reviewer and (actor.organisation != line.keeper or actor.role not in POSTS["ask_reopening"][side]):
            return []
        effect = "写明涉及哪些学生、哪几个数字。经办人审核，由负责人决定；同意以后重新生成，已接受的数据仍然保留。"
        return [
            {
                "key": "ask_reopening",
                "title": "申请重新打开",
                "needs_reason": True,
                "question": "申请重新打开已接受的上报",
                "effect": effect,
            }
        ]
    if not reviewer:
        return []
    if asked.examined_by is None:
        return [
            {
                "key": "examine_reopening",
                "title": "审核申请",
                "main": True,
                "why": "" if actor.role in POSTS["examine_reopening"][1] else "先由经办人审核",
                "needs_reason": True,
                "question": "审核重新打开的申请",
                "effect": "写明核对的情况和意见，由负责人决定。",
            }
        ]
    why = "" if actor.role in POSTS["reopen"][1] else "由负责人决定"
    return [
        {
            "key": "refuse_reopening",
            "title": "不同意",
            "why": why,
            "needs_reason": True,
            "question": "不同意重新打开",
            "effect": "写明理由；已接受的数据不变。",
        },
        {
            "key": "send_back",
            "title": "同意，重新打开",
            "danger": True,
            "why": why,
            "needs_reason": True,
            "question": "重新打开已接受的上报",
            "effect": "写明怎样改正。对方重新生成、重新上报；已接受的这一次仍然保留。",
        },
    ]
