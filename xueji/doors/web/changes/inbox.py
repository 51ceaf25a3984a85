"""变动: what waits for my post, what came back, what is with others, what is overdue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.actors import Session, required_session
from xueji.doors.web.changes.words import ACT_WORDS, colour_of, holder_of, kind_title, state_words
from xueji.doors.web.due import due_state, due_words
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import Filter, chosen, paged
from xueji.doors.web.names import in_reach, organisation_names
from xueji.doors.web.places import ROLE_NAMES
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.school_year import STAGE_NAMES
from xueji.pure.kernel.types import Actor, Level, Role
from xueji.registry.applications import selectors as applications
from xueji.registry.cases import selectors as cases
from xueji.registry.cases.types import CaseView, InboxItem
from xueji.registry.register import selectors as register

#: So many are looked through at once; more waiting matters than this come up as the first are done.
LIMIT = 1000
_EMPTY = {
    "mine": ("现在没有等您办理的事项", "轮到您这个岗位的申请会按期限先后列在这里。"),
    "sent_back": ("没有被退回的申请", "上一级退回修改的申请会列在这里，改好后再提交。"),
    "elsewhere": (
        "没有正在别处办理的申请",
        "本单位提出、正由其他岗位或单位办理的申请会列在这里，可以看到在谁手里、何时到期。",
    ),
    "late": ("没有逾期的事项", "超过规定期限还没有办的事项会列在这里。"),
    "all": ("还没有申请", "提出的申请不论结果都列在这里，新的在前。"),
}


def inbox(request: HttpRequest) -> HttpResponse:
    """The list of one tab, by deadline."""
    return render(request, "changes/inbox.html", inbox_context(request))


def inbox_context(request: HttpRequest) -> dict[str, Any]:
    """What the list shows; the answer to a bulk act shows it too."""
    session = required_session(request)
    actor = session.actor
    found = cases.inbox(actor, stage=session.stage, limit=LIMIT)
    late = _overdue(actor) if actor.level is not Level.SCHOOL else ()
    counts = found.counts
    tabs: list[tuple[str, str, int | None]] = [
        ("mine", "等我办理", counts.waiting),
        ("sent_back", "退回给我的", counts.sent_back),
    ]
    if actor.level is Level.SCHOOL:
        tabs.append(("elsewhere", "本校提出、别处办理", counts.elsewhere))
    else:
        tabs.append(("late", "所管单位逾期", len(late)))
    tabs.append(("all", "全部", None))
    tab = request.GET.get("tab", "mine")
    tab = tab if tab in {name for name, _, _ in tabs} else "mine"
    book = parameters.rulebook(today())
    filters = _filters(request, book, actor) if tab == "mine" else []
    if tab == "mine":
        page = paged(request, _narrowed(found.waiting, filters))
        rows = _item_rows(list(page))
    elif tab == "sent_back":
        page, rows = None, _case_rows(found.sent_back)
    elif tab == "all":
        page, rows = None, _all_rows(actor)
    else:
        page, rows = None, _item_rows(found.elsewhere if tab == "elsewhere" else late)
    here = reverse("web:changes")
    return {
        "heading": f"变动 · {next(title for name, title, _ in tabs if name == tab)}",
        "sub": _sub(session, counts.waiting, counts.overdue),
        "tabs": [
            {"url": f"{here}?tab={name}", "title": title, "count": count, "current": name == tab}
            for name, title, count in tabs
        ],
        "tab_name": tab,
        "filters": filters,
        "filtered": any(one.value for one in filters),
        "rows": rows,
        "page": page,
        "may_lodge": actor.role is Role.REGISTRAR,
        "may_bulk": tab == "mine" and actor.role in (Role.HEAD, Role.CLERK, Role.DEPUTY_HEAD) and bool(rows),
        "empty_title": _EMPTY[tab][0],
        "empty_text": _EMPTY[tab][1],
        "help": help_for("changes"),
    }


def _sub(session: Session, waiting: int, overdue: int) -> str:
    late = f"，其中逾期 {overdue} 件" if overdue else ""
    return f"{session.organisation_name} · {ROLE_NAMES[session.actor.role]}，等我办理 {waiting} 件{late}"


def _filters(request: HttpRequest, book: Any, actor: Actor) -> list[Filter]:
    made = [chosen(request, "kind", "事项", [(kind, change.title) for kind, change in book.changes.items()])]
    if actor.level is not Level.SCHOOL:
        made.append(chosen(request, "stage", "学段", [(stage.value, name) for stage, name in STAGE_NAMES.items()]))
        schools = [(str(key), name) for key, name in in_reach(actor).names.items()]
        made.append(chosen(request, "school", "申请学校", schools))
    return made


def _narrowed(items: Sequence[InboxItem], filters: list[Filter]) -> list[InboxItem]:
    values = {one.name: one.value for one in filters}
    return [
        item
        for item in items
        if values.get("kind", "") in ("", item.kind)
        and values.get("stage", "") in ("", item.stage)
        and values.get("school", "") in ("", str(item.lodged_by_organisation))
    ]


def _overdue(actor: Actor) -> tuple[InboxItem, ...]:
    watched = [one.id for one in organisations.schools_of(actor.organisation)]
    if actor.level is Level.CITY:
        watched += [one.id for one in organisations.schools()] + [one.id for one in organisations.districts()]
    return cases.overdue(list(dict.fromkeys([*watched, actor.organisation])))


def _item_rows(items: Sequence[InboxItem]) -> list[dict[str, Any]]:
    views = applications.several(item.subject for item in items)
    pupils = register.student_names(view.student for view in views.values())
    names = organisation_names([one for item in items for one in (item.lodged_by_organisation, item.organisation)])
    rows = []
    for item in items:
        view = views.get(item.subject)
        pupil = pupils.get(view.student, "") if view and view.student else ""
        rows.append(
            {
                "id": item.subject,
                "url": reverse("web:application", args=[item.subject]),
                "title": f"{item.label}{f' · {pupil}' if pupil else ''}",
                "sub": _sub_of(item, view.rows if view else 0, names),
                "school": names.get(item.lodged_by_organisation, ""),
                "holder": f"{names.get(item.organisation, '')} · {ROLE_NAMES[Role(item.role)]}",
                "state": due_state(item.due_on),
                "due": f"{item.due_on.isoformat()}（{due_words(item.due_on)}）" if item.due_on else "没有期限",
            }
        )
    return rows


def _sub_of(item: InboxItem, rows: int, names: dict[UUID, str]) -> str:
    parts = [f"待{ACT_WORDS.get(item.act, '办理')}"]
    if rows > 1:
        parts.append(f"{rows} 人")
    return "，".join(parts)


def _case_rows(found: Sequence[CaseView]) -> list[dict[str, Any]]:
    views = applications.several(case.subject for case in found)
    pupils = register.student_names(view.student for view in views.values())
    names = organisation_names(case.organisation for case in found)
    rows = []
    for case in found:
        view = views.get(case.subject)
        pupil = pupils.get(view.student, "") if view and view.student else ""
        rows.append(
            {
                "id": case.subject,
                "url": reverse("web:application", args=[case.subject]),
                "title": f"{case.label}{f' · {pupil}' if pupil else ''}",
                "sub": "",
                "school": names.get(case.organisation, ""),
                "holder": "等本校改正后重新提交",
                "state": "wrong",
                "due": "退回修改",
            }
        )
    return rows


def _all_rows(actor: Actor) -> list[dict[str, Any]]:
    reach = in_reach(actor)
    found = applications.applications(reach.ids if reach.ids is not None else list(reach.names))
    pupils = register.student_names(view.student for view in found)
    steps = [view.case.current for view in found if view.case]
    names = organisation_names([*(view.school for view in found), *(step.organisation for step in steps if step)])
    book = parameters.rulebook(today())
    return [
        {
            "id": view.id,
            "url": reverse("web:application", args=[view.id]),
            "title": " · ".join(
                part
                for part in (kind_title(book, view.kind), pupils.get(view.student, "") if view.student else "")
                if part
            ),
            "sub": f"{view.lodged_on.isoformat()} 提出" + (f"，{view.rows} 人" if view.rows > 1 else ""),
            "school": names.get(view.school, ""),
            "holder": holder_of(view.case.current if view.case else None, names),
            "state": colour_of(view),
            "due": state_words(view),
        }
        for view in found
    ]
