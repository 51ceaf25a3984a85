"""One application: claim and register side by side, who has it until when, the acts and why one is off."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.changes import acts, cohort_lists, comparing, concerned, evidence, roster, story
from xueji.doors.web.changes.story import OUTCOMES
from xueji.doors.web.changes.words import kind_title, state_words, title_of
from xueji.doors.web.help import help_for
from xueji.doors.web.names import class_names, organisation_names
from xueji.doors.web.templatetags.ui import moment
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.school_year import school_year_name
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.frame import EXPLANATION
from xueji.registry.applications import selectors as applications
from xueji.registry.applications import services
from xueji.registry.applications.letters import LetterLine, letter_of
from xueji.registry.applications.models import ApplicationState
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.applications.types import ApplicationView
from xueji.registry.cases.services import mark_read
from xueji.registry.register import selectors as register

#: Kinds whose class group says after which class the numbers are made: nobody is put into it.
_RENUMBERED = ("number_correction", "class_number_correction")


def show(request: HttpRequest, application: UUID) -> HttpResponse:
    """The page as it is now."""
    return page(request, application)


def page(
    request: HttpRequest,
    application: UUID,
    *,
    refused: Refused | None = None,
    typed: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, also after a refusal: what happened, what the other did meanwhile, what was typed."""
    view = applications.application(application, with_claim=True)
    if view is None:
        raise Http404
    actor = actor_of(request)
    # What told this post of the application has been seen with it.
    mark_read(actor=actor, subject=view.id)
    book = school_rulebook(view.school, today())
    steps = view.case.steps if view.case else ()
    names = organisation_names([view.school, view.other_school, *(step.organisation for step in steps)])
    others = concerned.shown(view, book)
    # Two records beside each other say more than the claim beside one of them, and once decided they are what they are.
    of_two = view.kind in concerned.TWO_RECORDS
    compared = [] if of_two else comparing.comparison(view, book)
    meanwhile = refused is not None and refused.code == "changed_meanwhile"
    papers = evidence.shown(actor, view, book)
    letter = letter_of(view.id, book)
    context: dict[str, Any] = {
        "title": title_of(book, view),
        "kind_name": kind_title(book, view.kind),
        "file_number": view.case.file_number if view.case else None,
        "sub": f"{names.get(view.school, '')} {view.lodged_on.isoformat()} 提出",
        "summary": [*_summary(view, names), *_letter(letter)],
        "to_look_at": _to_look_at(view),
        "sent_back": story.sent_back_words(view),
        "comparison": compared,
        "differing": comparing.differing_words(compared),
        "checked_text": "每次办理时自动重新比对，结果随决定保存",
        "record": story.record_rows(view, book),
        "record_url": reverse("web:pupil", args=[view.student]) if view.student else "",
        "answers": comparing.answer_rows(view, book),
        "claim": comparing.claim_rows(view, book) if not compared and not of_two else [],
        "steps": story.story(view, names),
        "acts": acts.acts_for(actor, view, typed or {}),
        "act_url": reverse("web:application-act", args=[view.id]),
        "seen": view.version,
        "typed_reason": (typed or {}).get("reason", ""),
        "typed_code": (typed or {}).get("reason_code", ""),
        "typed_except": (typed or {}).get("except", ""),
        "refused": None if meanwhile else refused,
        "changed_by": _changed_by(view, papers.get("evidence", [])) if meanwhile else "",
        "prints": [
            {"title": words, "url": reverse("web:application-print", args=[view.id, paper])}
            for paper, words in (("form", "申请表"), ("slip", "受理回执"), ("notice", "材料告知书"))
            if view.kind in book.changes
        ]
        + _letter_print(letter),
        "sheet": _sheet(actor, view, book),
        "help": help_for("application"),
        **others,
        **papers,
        **roster.shown(request, view, book),
        **cohort_lists.shown(request, view, book),
    }
    return render(request, "changes/application.html", context, status=status)


def _to_look_at(view: ApplicationView) -> list[tuple[str, str]]:
    """What of a transfer under way is to be weighed, with its basis, and why it is asked for all the same."""
    asked = services.queries_of(view.id) if view.state in ApplicationState.under_way() else []
    if not asked:
        return []
    said = [("理由", view.claim.get("reason", "")), ("需要特别说明的理由", view.claim.get(EXPLANATION, ""))]
    return [(f"{one.message}（{one.basis}）", "") for one in asked] + [one for one in said if one[1]]


def _sheet(actor: Actor, view: ApplicationView, book: Rulebook) -> dict[str, str] | None:
    """The sheet that goes with the child to the other school: issued by the school that he leaves, once decided."""
    change = book.changes.get(view.kind)
    kind = book.certificates.get(change.sheet) if change else None
    leaves = view.other_school or view.school
    if kind is None or view.student is None or view.state != ApplicationState.APPROVED:
        return None
    if actor.organisation != leaves or actor.role not in kind.issuers:
        return None
    return {"title": kind.title, "url": reverse("web:certificate-issue-kind", args=[kind.kind, view.student])}


def _letter_print(letter: LetterLine | None) -> list[dict[str, str]]:
    """The letter to the education bureau of the household register, where one is called for."""
    if letter is None:
        return []
    return [{"title": "函告户籍地", "url": reverse("web:application-print", args=[letter.application, "letter"])}]


def _letter(letter: LetterLine | None) -> list[tuple[str, str]]:
    """Whether the letter to the household register's bureau was sent, and when."""
    if letter is None:
        return []
    return [("函告户籍地", f"{letter.sent_on.isoformat()} 已寄出" if letter.sent_on else "待寄")]


def _summary(view: ApplicationView, names: dict[UUID, str]) -> list[tuple[str, str]]:
    rows = []
    if view.student:
        rows.append(("学生", register.student_names([view.student]).get(view.student, view.claim.get("name", ""))))
    moves = view.kind in ("transfer", "placement")
    rows.append(("转入学校" if moves else "申请学校", names.get(view.school, "")))
    if view.other_school:
        rows.append(("转出学校" if moves else "对方学校", names.get(view.other_school, "")))
    if view.class_group:
        label = "班级" if view.kind in _RENUMBERED else "编入"
        rows.append((label, class_names([view.class_group]).get(view.class_group, "")))
    if view.kind == "promotion":  # its rows are year groups and who stays, not the pupils who go up
        rows.append(("升入学年", school_year_name(view.school_year) if view.school_year else ""))
    elif view.rows > 1:
        rows.append(("人数", f"{view.rows:,}"))
    if view.kind == "placement_entry" and view.claim.get("reason"):
        rows.append(("安排的理由", view.claim["reason"]))
    if view.paper_date:
        rows.append(("补录", f"纸质材料日期 {view.paper_date.isoformat()}"))
    if view.effective_on:
        rows.append(("生效日期", view.effective_on.isoformat()))
    rows.append(("情况", state_words(view)))
    return rows + story.holding_rows(view, names)


def _changed_by(view: ApplicationView, papers: list[dict[str, Any]]) -> str:
    """Who did what since the page was opened: the last decision, or a paper that was added after it."""
    decided = [step for step in (view.case.steps if view.case else ()) if step.decided_at]
    paper = max(papers, key=lambda one: one["at"], default=None)
    if paper is not None and paper["at"] > max(
        [view.lodged_at, *(step.decided_at for step in decided if step.decided_at)]
    ):
        return f"{paper['by']}于 {moment(paper['at'])} 添加了材料“{paper['kind']}”。"
    if not decided:
        return "这件申请已有变动。"
    last = max(decided, key=lambda step: (step.decided_at or view.changed_at, step.round, step.order))
    words = OUTCOMES.get(last.outcome, ("", "办理"))[1]
    return f"{last.decided_name}于 {moment(last.decided_at)} 已办理“{last.title}”：{words}。"
