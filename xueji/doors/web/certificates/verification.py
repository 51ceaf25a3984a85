"""查验: whether a paper is true, by its code or file; and the page for strangers, where a bureau's head opened it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from xueji.doors.web.actors import required_session
from xueji.doors.web.certificates.seal_words import seal_words
from xueji.doors.web.help import help_for
from xueji.doors.web.templatetags.ui import group_digits
from xueji.duties.certificates import public as open_to_all
from xueji.duties.certificates.public import PublicAnswer
from xueji.duties.certificates.statement import seal_uses
from xueji.duties.certificates.verification import Result, Verified, read_papers, verify
from xueji.ground.accounts import selectors as accounts
from xueji.ground.accounts.workplace import address_of
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Refused, Role

_LIMIT = 4000  # characters of a code's text
_WORDS = {
    Result.VALID: ("done", "查验通过"),
    Result.INVALID: ("wrong", "查验不通过"),
    Result.VOIDED: ("wrong", "已作废"),
}
_PUBLIC = {
    PublicAnswer.VALID: ("done", "有效"),
    PublicAnswer.VOIDED: ("wrong", "作废（或已过有效期）"),
    PublicAnswer.UNKNOWN: ("open", "没有查到这个编号。请核对编号，或向出具证书的学校查询。"),
    PublicAnswer.TOO_MANY: ("soon", "查询次数过多，请一小时后再试。"),
}


def check(request: HttpRequest) -> HttpResponse:
    """What the code of a paper, or a file, says; the bureau's head opens and closes the page for strangers here."""
    session = required_session(request)
    actor = session.actor
    context: dict[str, Any] = {"sub": session.organisation_name, "typed": "", "help": help_for("verification")}
    if request.method == "POST":
        try:
            if request.POST.get("what") == "public":
                return _decided(request, actor)
            context |= _checked(request)
        except Refused as refused:
            context["refused"] = refused
    if actor.role is Role.HEAD and actor.level is not Level.SCHOOL:
        state = open_to_all.state_of(actor.organisation)
        context["public"] = state
        context["decided_by"] = accounts.names_of([state.person]).get(state.person, "") if state.person else ""
    status = 409 if context.get("refused") else 200
    return render(request, "certificates/verification.html", context, status=status)


def _checked(request: HttpRequest) -> dict[str, Any]:
    file = request.FILES.get("file")
    if file is not None:
        papers = read_papers(file.read(), file.name or "文件")
        shown = [_shown(verify(one.text, printed=one.printed)) for one in papers]
        if len(papers) > 1:
            shown = [{**one, "page": paper.page} for one, paper in zip(shown, papers, strict=True)]
        return {"verified": shown}
    text = request.POST.get("text", "").strip()[:_LIMIT]
    if not text:
        raise Refused("certificate.no_text", "请把二维码读出的文字贴进来，或选择一个文件。", "")
    return {"verified": [_shown(verify(text))], "typed": text}


def _shown(found: Verified) -> dict[str, Any]:
    """What is shown of an answer: masked, to be compared with the paper in hand."""
    state, words = _WORDS[found.result]
    said = found.statement
    facts: list[tuple[str, str]] = []
    if said is not None:
        kinds = parameters.rulebook(today()).on(said.issued_on).certificates
        kind = kinds.get(said.kind)
        of_whom = [
            ("姓名", said.name),
            ("学籍号", group_digits(said.registration) or "无（学籍在外地，或 2008 年以前离校）"),
        ]
        facts = [
            ("种类", kind.title if kind else said.kind),
            ("编号", said.number),
            *([("名册", said.name)] if kind and kind.is_roll else of_whom),
            ("学校", said.school),
            ("出具日期", said.issued_on.isoformat()),
            ("有效期", f"到 {said.valid_until.isoformat()} 为止" if said.valid_until else "长期"),
            ("印章", seal_words(parameters.rulebook(today()).on(said.issued_on), said.kind, seal_uses(said))),
        ]
    valid = found.result is Result.VALID
    return {
        "state": state,
        "words": words,
        "reason": found.reason,
        "facts": facts,
        "compared": found.compared and valid,
        "valid": valid,
    }


def _decided(request: HttpRequest, actor: Actor) -> HttpResponse:
    opened = request.POST.get("open") == "1"
    open_to_all.decide(actor=actor, opened=opened, reason=request.POST.get("reason", ""))
    messages.success(request, f"对外查验已{'开放' if opened else '关闭'}。", extra_tags="done")
    return redirect("web:certificate-check")


def public(request: HttpRequest) -> HttpResponse:
    """For strangers: a number in, 有效 or 作废 out. Unless a bureau opened it the page only says that it is closed."""
    with transaction.atomic():
        if not open_to_all.anybody_open():
            return render(request, "certificates/public.html", {"closed": True})
        context: dict[str, Any] = {"number": request.POST.get("number", "").strip()[:40]}
        status = 200
        if request.method == "POST" and context["number"]:
            answer = open_to_all.ask(context["number"], address=address_of(request))
            context["state"], context["words"] = _PUBLIC[answer]
            status = 429 if answer is PublicAnswer.TOO_MANY else 200
        return render(request, "certificates/public.html", context, status=status)
