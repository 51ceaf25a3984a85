"""Several at once: one page says of each what its register check found and whether it can be decided; then each is.

Each decision is a transaction of its own: what cannot be done is named with its reason, and nothing is half done.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import actor_of, own_transactions, required_session
from xueji.doors.web.changes.concerned import TWO_RECORDS
from xueji.doors.web.changes.inbox import BULK_POSTS
from xueji.doors.web.changes.words import AGREE_WORDS, kind_title
from xueji.doors.web.due import due_state, due_words
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import PAGE_SIZE
from xueji.doors.web.names import organisation_names
from xueji.ground.accounts.context import acting
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications import selectors as applications
from xueji.registry.applications import services
from xueji.registry.applications.services.checks import sentence
from xueji.registry.applications.types import ApplicationView
from xueji.registry.cases import selectors as cases
from xueji.registry.cases.types import StepView
from xueji.registry.register import selectors as register

logger = logging.getLogger(__name__)
_GONE = "已由他人办理，或已不在您这一步，不必再办。"
#: The register check compares the claim with one record; whether two are one child, or two, is for a person to see.
_SIDE_BY_SIDE = "这一件涉及两份学籍，不能成批办理。请打开它，把两份学籍并排核对后再办理。"
_FAILED = "系统这一次没有办成，这件申请没有任何改动。请稍后再试。"


def _picked(request: HttpRequest) -> list[UUID]:
    """The chosen applications, a page at most."""
    found = []
    for text in request.POST.getlist("pick")[:PAGE_SIZE]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return list(dict.fromkeys(found))


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Before anything is decided: each one's register check, and what cannot be decided, with the reason."""
    actor = actor_of(request)
    wanted = _picked(request)
    if not wanted or actor.role not in BULK_POSTS:
        return redirect("web:changes")
    rows = [row for row in _rows(actor, wanted) if row]
    ready = [row for row in rows if row["may"]]
    context = {
        "rows": rows,
        "ready": ready,
        "sub": f"所选 {len(rows)} 件中，可以办理 {len(ready)} 件"
        + (f"，不能办理 {len(rows) - len(ready)} 件" if len(rows) > len(ready) else ""),
        "back_url": reverse("web:changes"),
        "help": help_for("bulk"),
    }
    return render(request, "changes/bulk.html", context)


def _rows(actor: Actor, wanted: Sequence[UUID]) -> list[dict[str, Any]]:
    views = applications.several(wanted)
    steps = {key: case.current for key, case in cases.cases_of(wanted).items()}
    hindered = cases.hindrances(actor, wanted)
    names = organisation_names(view.school for view in views.values())
    pupils = register.student_names(view.student for view in views.values())
    book = parameters.rulebook(today())
    rows = []
    for key in wanted:
        view, step = views.get(key), steps.get(key)
        if view is None:
            continue
        pupil = pupils.get(view.student, "") if view.student else ""
        row = _row(book, view, step, pupil, hindered[key])
        rows.append({**row, "school": names.get(view.school, "")})
    return sorted(rows, key=lambda row: not row["may"])


def _row(
    book: Rulebook, view: ApplicationView, step: StepView | None, pupil: str, hindered: Refused | None
) -> dict[str, Any]:
    """One line: what it is, what the check found, and why it cannot be decided where it cannot."""
    title = " · ".join(part for part in (kind_title(book, view.kind), pupil) if part)
    state, found, why = "open", "", ""
    if hindered is not None:
        why = _with_basis(hindered)
    elif step is not None and step.needs_check and view.kind in TWO_RECORDS:
        state, found, why = "soon", "须并排核对", _SIDE_BY_SIDE
    elif step is not None and step.needs_check:
        state, found, why = _checked(view)
    else:
        found = "这一步不比对学籍库"
    due = step.due_on if step else None
    return {
        "id": view.id,
        "url": reverse("web:application", args=[view.id]),
        "seen": view.version,
        "title": title,
        "sub": f"{view.rows:,} 人" if view.rows > 1 and view.kind != "promotion" else "",
        "act": (AGREE_WORDS.get(step.act, "同意") if step else ""),
        "last": bool(step and step.completes),
        "due": due_words(due) if due else "",
        "due_state": due_state(due),
        "check_state": state,
        "check": found,
        "why": why,
        "may": not why,
    }


def _checked(view: ApplicationView) -> tuple[str, str, str]:
    """(state, what the check found, why not)."""
    try:
        found = services.register_check(view.id)
    except Refused as refused:
        return "wrong", "不能比对", _with_basis(refused)
    if not found.agreed:
        return "wrong", "比对不一致", f"{sentence(found, today())}（通知第三部分）"
    if found.parked:
        return "soon", f"比对一致，{len(found.parked)} 行待核重复，不在这次办理之内", ""
    asked = services.queries_of(view.id)
    if asked:
        return "soon", f"比对一致；须核实：{'；'.join(one.message for one in asked)}", ""
    return "done", "逐项比对一致", ""


def _with_basis(refused: Refused) -> str:
    return f"{refused.message}（{refused.basis}）" if refused.basis else refused.message


@own_transactions
@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Agree to each of the confirmed ones; the answer says how each ended."""
    actor = required_session(request).actor
    wanted = _picked(request)
    remark = request.POST.get("reason", "").strip()
    results = [_one(actor, key, request.POST.get(f"seen-{key}", ""), remark) for key in wanted]
    with acting(actor):
        return render(request, "changes/bulk_done.html", _told(results))


def _one(actor: Actor, application: UUID, seen: str, remark: str) -> dict[str, Any]:
    """One decision in its own transaction."""
    result: dict[str, Any] = {"id": application, "url": reverse("web:application", args=[application])}
    version = int(seen) if seen.isdecimal() and len(seen) < 10 else None
    try:
        with acting(actor):
            view = applications.application(application)
            step = view.case.current if view and view.case else None
            if view is None or step is None:
                return {**result, "state": "open", "text": _GONE}
            done = services.act(
                actor=actor, application=application, act=step.act, reason=remark or None, expected_version=version
            )
    except Refused as refused:
        return {**result, "state": "wrong", "text": _with_basis(refused)}
    except DatabaseError:
        logger.exception("a decision of a bulk act failed")
        return {**result, "state": "wrong", "text": _FAILED}
    number = f"，卷号 {done.file_number}" if done.file_number else ""
    words = "已批准" if done.state == "approved" else "已办理，转到下一步"
    return {**result, "state": "done", "text": f"{words}{number}"}


def _told(results: list[dict[str, Any]]) -> dict[str, Any]:
    """The names of what was decided, read once at the end."""
    views = applications.several(one["id"] for one in results)
    pupils = register.student_names(view.student for view in views.values())
    names = organisation_names(view.school for view in views.values())
    book = parameters.rulebook(today())
    for one in results:
        view = views.get(one["id"])
        pupil = pupils.get(view.student, "") if view and view.student else ""
        kind = kind_title(book, view.kind) if view else "申请"
        one["title"] = " · ".join(part for part in (kind, pupil) if part)
        one["school"] = names.get(view.school, "") if view else ""
    done = sum(1 for one in results if one["state"] == "done")
    left = len(results) - done
    return {
        "rows": sorted(results, key=lambda one: one["state"] == "done"),
        "all_done": not left,
        "told": f"所选 {len(results)} 件中，已办理 {done} 件" + (f"，{left} 件没有办成" if left else ""),
        "back_url": reverse("web:changes"),
        "help": help_for("bulk"),
    }
