"""更正 of a closed roll at the pages: what was proposed, how it reads, and the acts of registrar and deputy head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import Http404, QueryDict
from django.urls import reverse

from xueji.doors.web.dates import read_day
from xueji.doors.web.rollcall.words import class_words, situation
from xueji.doors.web.templatetags.ui import day, moment
from xueji.ground.accounts import selectors as accounts
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.applications import selectors as applications
from xueji.registry.rollcall import selectors, services
from xueji.registry.rollcall.models import Presence, RollState, Standing, SupplementState
from xueji.registry.rollcall.services import Correction
from xueji.registry.rollcall.types import LineView, RollView, SupplementView

COLOURS = {SupplementState.PROPOSED: "soon", SupplementState.AGREED: "done", SupplementState.REFUSED: "open"}
ACTS = ("supplement", "agree", "refuse")


def read_as(line: LineView, book: Rulebook) -> str:
    """第 2 号更正：未到，无事由 — beside what the closed list says; '' where nothing was put right."""
    return f"第 {line.supplement.number} 号更正：{situation(line.now, book)[1]}" if line.supplement else ""


def rows(found: Sequence[SupplementView], lines: Mapping[int, LineView], roll: RollView, book: Rulebook) -> list[Any]:
    """The supplements as rows; ``lines``: those of the list that they put right."""
    classes = class_words((one.class_group for one in found), roll.listed_on)
    persons = accounts.names_of({one for row in found for one in (row.proposed_by, row.decided_by) if one})
    made = []
    for one in found:
        line = lines[one.line]
        read = replace(line, supplement=one.reading).now
        decided = f"{persons.get(one.decided_by, '')} {moment(one.decided_at)}" if one.decided_by else ""
        made.append(
            {
                "id": one.id,
                "number": one.reading.number,
                "name": one.name or "（学籍已不在本校）",
                "url": reverse("web:rollcall-line", args=[one.line]),
                "class_name": classes.get(one.class_group, ""),
                "closed": situation(replace(line, supplement=None), book)[1],
                "read": situation(read, book)[1],
                "reason": one.reason,
                "why": one.why,
                "proposed": f"{persons.get(one.proposed_by, '')} {day(one.proposed_at)}",
                "decided": decided,
                "remark": one.remark,
                "state": COLOURS[SupplementState(one.state)],
                "state_text": SupplementState(one.state).label,
            }
        )
    return made


def of_roll(roll: RollView, book: Rulebook) -> list[Any]:
    """All supplements of a closed roll."""
    if roll.state != RollState.CLOSED:
        return []
    found = selectors.supplements(roll.id)
    lines = {one.id: one for one in selectors.lines_of({one.line for one in found})}
    return rows(found, lines, roll, book)


def of_line(actor: Actor, line: LineView, roll: RollView, book: Rulebook) -> dict[str, Any]:
    """What the page of one line shows of its supplements, and what this post may do."""
    if roll.state != RollState.CLOSED:
        return {}
    found = selectors.supplements(roll.id, line=line.id)
    waiting = next((one for one in found if one.state == SupplementState.PROPOSED), None)
    own = actor.organisation == roll.school
    deputy = own and actor.role is Role.DEPUTY_HEAD and waiting is not None
    return {
        "supplements": rows(found, {line.id: line}, roll, book),
        "may_propose": own
        and actor.role is Role.REGISTRAR
        and waiting is None
        and line.standing in Standing.expected(),
        "deciding": waiting.id if deputy and waiting and waiting.proposed_by != actor.person else None,
        "own_proposal": bool(deputy and waiting and waiting.proposed_by == actor.person),
        "presences": Presence.choices,
        "supplement_ends": _ends(line, book),
    }


def _ends(line: LineView, book: Rulebook) -> list[tuple[str, str]]:
    """The ends that an application in hand stands for: (outcome and application, words)."""
    in_hand = {one.kind: one.id for one in applications.under_way_about(line.student)}
    return [
        (f"{end.outcome}:{in_hand[kind]}", f"{end.title}（正在办理的申请）")
        for end in book.calendar.terms.ends
        for kind in end.kinds
        if end.no_show and kind in in_hand
    ]


def act(actor: Actor, line: int, posted: QueryDict) -> str:
    """Propose, agree or refuse; what the page says afterwards. Raises ``Refused``."""
    if posted.get("act") == "supplement":
        services.propose_supplement(actor=actor, line=line, correction=_correction(posted))
        return "更正已提出，由分管校长审核。办结的名单不变。"
    agree = posted.get("act") == "agree"
    try:
        supplement = UUID(posted.get("supplement", ""))
    except ValueError:
        raise Http404 from None
    done = services.decide_supplement(actor=actor, supplement=supplement, agree=agree, remark=posted.get("remark", ""))
    if done is None:
        return "已不予更正，学籍管理员会看到理由。"
    return f"第 {done.number} 号更正已记入学校的学籍簿，并告知主管教育局。"


def _correction(posted: QueryDict) -> Correction:
    text = posted.get("came_on", "").strip()
    came = read_day(text) if text else None
    if text and came is None:
        raise Refused("web.day", f"到校日期“{text}”读不出来，请写成 2008-09-03 或 20080903。")
    outcome, _, application = posted.get("end", "").partition(":")
    try:
        rests_on = UUID(application) if application else None
    except ValueError:
        raise Http404 from None
    return Correction(
        presence=posted.get("presence", ""),
        why=posted.get("why", ""),
        came_on=came,
        outcome=outcome,
        application=rests_on,
        reason=posted.get("reason", ""),
    )
