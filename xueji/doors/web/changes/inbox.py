"""变动: what waits for my post, what came back, what is with others, what is overdue below; by deadline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import Session, required_session
from xueji.doors.web.changes.tabs import tab_names, tabs_of
from xueji.doors.web.changes.words import ACT_WORDS
from xueji.doors.web.due import due_state, due_words
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import PAGE_SIZE, CountedPage, Filter, chosen, page_number
from xueji.doors.web.matters import matter_titles, matter_url, own_page
from xueji.doors.web.names import organisation_names
from xueji.doors.web.places import ROLE_NAMES
from xueji.doors.web.shell import know_waiting
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.school_year import STAGE_NAMES
from xueji.pure.kernel.types import Actor, Level, Role
from xueji.registry.applications import selectors as applications
from xueji.registry.cases import selectors as cases
from xueji.registry.cases.types import CaseView, InboxItem, InboxPage, Tally, Wanted
from xueji.registry.register import selectors as register

#: Posts that may agree to several at once: a proofreader and a registrar look at each paper.
BULK_POSTS = (Role.DEPUTY_HEAD, Role.CLERK, Role.HEAD)
_EMPTY = {
    "mine": ("现在没有等您办理的事项", "轮到您这个岗位的申请会按期限先后列在这里。"),
    "sent_back": ("没有被退回的申请", "上一级退回修改的申请会列在这里，改好后再提交。"),
    "elsewhere": (
        "没有正在别处办理的申请",
        "与本单位有关、正由其他岗位或单位办理的申请会列在这里，可以看到在谁手里、从哪天起、何时到期。",
    ),
    "late": ("没有逾期的事项", "超过规定期限还没有办的事项会列在这里。"),
}
_NARROWED = ("没有符合条件的事项", "换一个条件，或选“全部”看所有事项。")


def inbox(request: HttpRequest) -> HttpResponse:
    """The list of one tab."""
    session = required_session(request)
    actor = session.actor
    tally = cases.tally(actor, stage=session.stage)
    know_waiting(request, cases.waiting_of(actor, tally))
    tab = request.GET.get("tab", "mine")
    tab = tab if tab in tab_names(session) else "mine"
    if tab == "all":
        return redirect("web:files")
    book = parameters.rulebook(today())
    schools = organisation_names(line.applicant for line in tally.lines) if tab == "mine" else {}
    filters = _filters(request, tab, book, tally, actor, schools)
    wanted = _wanted(filters)
    page, rows = _listed(request, tab, session, tally, wanted, schools)
    narrowed = any(one.value for one in filters)
    context = {
        "heading": f"变动 · {tab_names(session)[tab]}",
        "sub": _sub(session, tally),
        "tabs": tabs_of(session, tally, tab),
        "tab_name": tab,
        "filters": filters,
        "filtered": narrowed,
        "rows": rows,
        "page": page,
        "with_others": tab != "mine",
        "may_lodge": actor.role is Role.REGISTRAR,
        "may_bulk": tab == "mine" and actor.role in BULK_POSTS and bool(rows),
        "empty_title": (_NARROWED if narrowed else _EMPTY[tab])[0],
        "empty_text": (_NARROWED if narrowed else _EMPTY[tab])[1],
        "help": help_for("changes"),
    }
    return render(request, "changes/inbox.html", context)


def _sub(session: Session, tally: Tally) -> str:
    late = f"，其中逾期 {tally.overdue:,} 件" if tally.overdue else ""
    return f"{session.organisation_name} · {ROLE_NAMES[session.actor.role]}，等我办理 {tally.count:,} 件{late}"


def _counted_options(tally: Tally, key: str, names: dict[str, str]) -> list[tuple[str, str]]:
    """The values that wait, each with how many."""
    counts: Counter[str] = Counter()
    for line in tally.lines:
        counts[str(getattr(line, key))] += line.count
    return [(value, f"{name}（{counts[value]:,}）") for value, name in names.items() if counts[value]]


def _filters(
    request: HttpRequest, tab: str, book: Rulebook, tally: Tally, actor: Actor, schools: dict[UUID, str]
) -> list[Filter]:
    """What the list can be narrowed to: of the own post with counts, of the others by the rulebook's names."""
    if tab not in ("mine", "elsewhere", "late"):
        return []
    kinds = matter_titles(book)
    stages = {stage.value: name for stage, name in STAGE_NAMES.items()}
    if tab != "mine":
        made = [chosen(request, "kind", "事项", list(kinds.items()))]
        return made if tab == "late" else [*made, chosen(request, "due", "期限", [("overdue", "已逾期")])]
    made = [chosen(request, "kind", "事项", _counted_options(tally, "kind", kinds))]
    if actor.level is not Level.SCHOOL:
        made.append(chosen(request, "stage", "学段", _counted_options(tally, "stage", stages)))
        shown = {str(key): name for key, name in sorted(schools.items(), key=lambda one: one[1])}
        made.append(chosen(request, "school", "申请学校", _counted_options(tally, "applicant", shown)))
    return [
        *made,
        chosen(request, "due", "期限", [("overdue", f"已逾期（{tally.overdue:,}）")] if tally.overdue else []),
    ]


def _wanted(filters: Sequence[Filter]) -> Wanted:
    values = {one.name: one.value for one in filters}
    school = values.get("school", "")
    return Wanted(
        values.get("kind", ""), values.get("stage", ""), UUID(school) if school else None, bool(values.get("due"))
    )


def _matching(tally: Tally, wanted: Wanted) -> int:
    """How many of the own post's match: the tally knows it already."""
    return sum(
        line.overdue if wanted.overdue else line.count
        for line in tally.lines
        if wanted.kind in ("", line.kind)
        and wanted.stage in ("", line.stage)
        and wanted.applicant in (None, line.applicant)
    )


def _listed(
    request: HttpRequest, tab: str, session: Session, tally: Tally, wanted: Wanted, schools: dict[UUID, str]
) -> tuple[CountedPage | None, list[dict[str, Any]]]:
    actor = session.actor
    if tab == "sent_back":
        return None, _case_rows(cases.sent_back(actor))
    total = _matching(tally, wanted)
    number = page_number(request)
    if tab == "mine":
        number = max(1, min(number, -(-total // PAGE_SIZE)))
    cut = {"limit": PAGE_SIZE, "offset": (number - 1) * PAGE_SIZE}
    if tab == "mine":
        found = cases.waiting_page(actor, stage=session.stage, wanted=wanted, total=total, **cut)
    elif tab == "elsewhere":
        found = cases.elsewhere_page(actor, stage=session.stage, wanted=wanted, **cut)
    else:
        found = cases.late_page(actor, wanted=wanted, **cut)
    known = {**schools, actor.organisation: session.organisation_name}
    rows = item_rows(found.items, known)
    return _counted(rows, number, found), rows


def _counted(rows: list[dict[str, Any]], number: int, found: InboxPage) -> CountedPage:
    return CountedPage(rows, number, max(found.total, 1))


def item_rows(items: Sequence[InboxItem], known: Mapping[UUID, str]) -> list[dict[str, Any]]:
    """The lines of open steps: what, of whom, at whom since when, until when. Two queries for all, three at most.

    ``known``: names of organisations that were read already.
    """
    about = applications.about(item.subject for item in items)
    pupils = register.student_names(student for student, _ in about.values())
    places = {one for item in items for one in (item.lodged_by_organisation, item.organisation)}
    unknown = places - set(known)
    names = {**known, **organisation_names(unknown)} if unknown else known
    here = reverse("web:changes")  # an application's own address is below it; finding fifty would cost a millisecond
    rows = []
    for item in items:
        student, count = about.get(item.subject, (None, 0))
        pupil = pupils.get(student, "") if student else ""
        rows.append(
            {
                "id": item.subject,
                "own_page": own_page(item.kind),
                "url": matter_url(item.kind, item.subject) if own_page(item.kind) else f"{here}{item.subject}/",
                "title": f"{item.label}{f' · {pupil}' if pupil else ''}",
                "sub": _sub_of(item, count),
                "school": names.get(item.lodged_by_organisation, ""),
                "holder": f"{names.get(item.organisation, '')} · {ROLE_NAMES[Role(item.role)]}",
                "since": item.opened_at,
                "state": due_state(item.due_on),
                "due": f"{item.due_on.isoformat()}（{due_words(item.due_on)}）" if item.due_on else "没有期限",
            }
        )
    return rows


def _sub_of(item: InboxItem, rows: int) -> str:
    parts = [f"待{ACT_WORDS.get(item.act, '办理')}"]
    if rows > 1 and item.kind != "promotion" and not item.label.endswith(" 人"):  # a roster's label says it already
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
                "url": matter_url(case.kind, case.subject),
                "title": f"{case.label}{f' · {pupil}' if pupil else ''}",
                "sub": "",
                "school": names.get(case.organisation, ""),
                "holder": "等本校改正后重新提交",
                "state": "wrong",
                "due": "退回修改",
            }
        )
    return rows
