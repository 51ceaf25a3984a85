"""首页: what waits for me, by deadline; the figures and the lateness of my level; the year's calendar."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.actors import Session, required_session
from xueji.doors.web.due import due_state, due_words
from xueji.doors.web.help import help_for
from xueji.doors.web.home.calendar import year_calendar
from xueji.doors.web.home.figures import figures_of
from xueji.doors.web.home.late import late_rows
from xueji.doors.web.names import organisation_names
from xueji.doors.web.places import ADMINISTRATORS, REGISTRY_POSTS
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Level, Role
from xueji.registry.cases import selectors as cases
from xueji.registry.cases.types import Inbox, InboxItem

_WEEKDAYS = "一二三四五六日"


def home(request: HttpRequest) -> HttpResponse:
    """The first page of every post."""
    session = required_session(request)
    actor, now = session.actor, environment().now()
    context: dict[str, Any] = {
        "greeting": f"{actor.name}，{_part_of_day(now.hour)}好",
        "today": now.date(),
        "today_words": f"{now.year} 年 {now.month} 月 {now.day} 日　星期{_WEEKDAYS[now.weekday()]}",
        "calendar": year_calendar(actor),
        "help": help_for("home"),
        "tasks": [],
        "late": None,
    }
    if actor.role in REGISTRY_POSTS:
        inbox = cases.inbox(actor, stage=session.stage)
        context["tasks"] = _tasks(inbox)
        context["notices"] = [
            {"when": one.created_at, "text": one.text, "url": _subject_url(one.subject)}
            for one in cases.notices(actor, limit=40)
            if not one.code.startswith("step_waiting")
        ]
        context |= figures_of(session)
        context |= _late(session)
    elif actor.role in ADMINISTRATORS:
        context |= {"administrator": True}
    return render(request, "home/home.html", context)


def _part_of_day(hour: int) -> str:
    return "早上" if hour < 9 else "上午" if hour < 12 else "下午" if hour < 18 else "晚上"


def _tasks(inbox: Inbox) -> list[dict[str, Any]]:
    """One line a kind of matter, with the nearest date; the returned ones first."""
    changes = parameters.rulebook(today()).changes
    lines: list[dict[str, Any]] = []
    if inbox.counts.sent_back:
        lines.append(
            {
                "title": "退回修改的申请", "sub": "请按退回的理由改正后重新提交", "count": inbox.counts.sent_back,
                "url": f"{reverse('web:changes')}?tab=sent_back", "state": "wrong", "due": "请尽快办理",
            }
        )  # fmt: skip
    groups: dict[tuple[str, str], list[InboxItem]] = defaultdict(list)
    for item in inbox.waiting:
        groups[item.kind, item.act].append(item)
    for (kind, act), items in groups.items():
        due = min((one.due_on for one in items if one.due_on), default=None)
        title = changes[kind].title if kind in changes else kind
        lines.append(
            {
                "title": f"{title} · {ACT_WORDS.get(act, '办理')}",
                "sub": _examples(items),
                "count": len(items),
                "url": f"{reverse('web:changes')}?kind={kind}",
                "state": due_state(due),
                "due": f"{due.isoformat()}（{due_words(due)}）" if due else "没有期限",
            }
        )
    return lines


ACT_WORDS = {"proofread": "校对", "examine": "审查", "decide": "审核", "approve": "审批", "confirm": "确认"}


def _examples(items: list[InboxItem]) -> str:
    names = organisation_names({one.lodged_by_organisation for one in items[:3]})
    shown = list(dict.fromkeys(names[one.lodged_by_organisation] for one in items[:3]))
    return "、".join(shown) + ("等" if len(items) > 3 else "")


def _subject_url(subject: Any) -> str:
    return reverse("web:application", args=[subject]) if subject else ""


def _late(session: Session) -> dict[str, Any]:
    """Who is late, for a bureau: steps that are overdue at its schools or districts."""
    actor = session.actor
    if actor.level is Level.SCHOOL or actor.role not in (Role.CLERK, Role.HEAD):
        return {}
    return late_rows(actor)
