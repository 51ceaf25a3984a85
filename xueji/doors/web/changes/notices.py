"""通知: what was decided about matters that concern this organisation; unread first counted on top of every page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import required_session
from xueji.doors.web.changes.notice_links import notice_urls
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import PAGE_SIZE, CountedPage, page_number
from xueji.doors.web.places import ROLE_NAMES
from xueji.registry.applications import selectors as applications
from xueji.registry.cases import selectors as cases
from xueji.registry.cases.services import mark_read
from xueji.registry.register import selectors as register

#: What each tab asks for: (title, unread only, outcomes only, words when empty).
_TABS = {
    "unread": ("未读", True, True, ("没有未读的通知", "申请有了结果、退回或撤回时，会通知各有关单位。")),
    "outcomes": ("全部结果", False, True, ("还没有通知", "申请有了结果、退回或撤回时，会通知各有关单位。")),
    "waiting": ("待办提醒", False, False, ("还没有提醒", "轮到您这个岗位办理时会有提醒；办完后自动标为已读。")),
}


def listing(request: HttpRequest) -> HttpResponse:
    """The list of one tab; a POST marks all outcomes as read."""
    session = required_session(request)
    actor = session.actor
    if request.method == "POST":
        mark_read(actor=actor)
        return redirect("web:notices")
    tab = request.GET.get("tab", "unread")
    tab = tab if tab in _TABS else "unread"
    _, unread_only, outcomes_only, empty = _TABS[tab]
    number = page_number(request)
    total = cases.notice_count(actor, unread_only=unread_only, outcomes_only=outcomes_only)
    found = cases.notices(
        actor,
        unread_only=unread_only,
        outcomes_only=outcomes_only,
        limit=PAGE_SIZE,
        offset=(number - 1) * PAGE_SIZE,
    )
    views = applications.several(one.subject for one in found if one.subject)
    pupils = register.student_names(view.student for view in views.values())
    urls = notice_urls(actor, found)
    rows = []
    for one in found:
        view = views.get(one.subject) if one.subject else None
        rows.append(
            {
                "when": one.created_at,
                "text": one.text,
                "pupil": pupils.get(view.student, "") if view and view.student else "",
                "url": urls.get(one.id, ""),
                "unread": one.read_at is None,
            }
        )
    here = reverse("web:notices")
    unread = cases.notice_count(actor, outcomes_only=True)
    context = {
        "sub": f"{session.organisation_name} · {ROLE_NAMES[actor.role]}，未读 {unread:,} 条",
        "tabs": [
            {
                "url": f"{here}?tab={name}",
                "title": title,
                "count": f"{unread:,}" if name == "unread" and unread else "",
                "current": name == tab,
            }
            for name, (title, *_) in _TABS.items()
        ],
        "tab_name": tab,
        "rows": rows,
        "page": CountedPage(rows, number, max(total, 1)),
        "may_mark": bool(unread),
        "empty_title": empty[0],
        "empty_text": empty[1],
        "help": help_for("notices"),
    }
    return render(request, "changes/notices.html", context)
