"""成批制证: a school's cards in one order, its progress, the PDFs by class, and who got none; a bureau's diplomas, by
school, are shown and printed by the same pages (``diplomas`` orders them)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from xueji.doors.web.actors import required_session
from xueji.doors.web.files import PDF, attachment
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import paged
from xueji.doors.web.names import in_reach, organisation_names, uuid_of
from xueji.duties.certificates import selectors, services
from xueji.duties.certificates.custody import BUREAU
from xueji.duties.certificates.models import CARD_KINDS, Batch, BatchPart
from xueji.duties.certificates.rolls import open_left_out
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Level, Refused

_STALLED = timedelta(minutes=2)
#: Of cards and of diplomas: words and addresses that differ.
_CARDS = {
    "place": "成批制证", "index": "web:card-batches", "show": "web:card-batch", "go_on": "web:card-batch-go-on",
    "print": "web:card-batch-print", "part": "班级", "parts": "各班", "unit": "班", "pupils": "在籍", "count": "张数",
    "sheets": "打印拼版", "roll": "打印名单", "file": "学生证-{title}-拼版.pdf", "roll_file": "学生证-{title}-名单.pdf",
    "each": "每个班单独办理，办好一个算一个。", "measure": "张", "help": "card_batches",
}  # fmt: skip
_DIPLOMAS = {
    "place": "成批打印证书", "index": "web:diploma-batches", "show": "web:diploma-batch",
    "go_on": "web:diploma-batch-go-on", "print": "web:diploma-batch-print", "part": "学校", "parts": "各校",
    "unit": "学校", "pupils": "毕业（结业）", "count": "份数", "sheets": "打印证书", "roll": "打印花名册",
    "file": "证书-{title}.pdf", "roll_file": "花名册-{title}.pdf",
    "each": "每所学校单独办理，办好一所算一所；证书按班级、学籍号排列，依次占用该校未用的空白证书。",
    "measure": "份", "help": "diploma_batches",
}  # fmt: skip
_STATES = {"waiting": ("open", "等待"), "failed": ("wrong", "没有办成"), "done": ("done", "已办完")}


def index(request: HttpRequest) -> HttpResponse:
    """The batches in reach, newest first; POST: a school orders another one."""
    session = required_session(request)
    actor = session.actor
    may = actor.role in services.ISSUERS and actor.level is Level.SCHOOL
    refused: Refused | None = None
    if request.method == "POST":
        if not may:
            raise Http404
        try:
            chosen = [one for one in map(uuid_of, request.POST.getlist("class")) if one is not None]
            kind = request.POST.get("kind", "")
            return redirect("web:card-batch", services.start_batch(actor=actor, kind=kind, classes=chosen))
        except Refused as error:
            refused = error
    shown = paged(request, selectors.batches(in_reach(actor).ids))
    names = organisation_names(one.organisation for one in shown)
    titles = parameters.rulebook(today()).certificates
    progress = services.progress_of_many([one.id for one in shown])
    context: dict[str, Any] = {
        "may": may,
        "kinds": [(code, titles[code].title) for code in CARD_KINDS if code in titles],
        "classes": [(str(key), name) for name, key in selectors.classes_of(actor.organisation).items()] if may else [],
        "page": shown,
        "with_school": actor.level is not Level.SCHOOL,
        "rows": [
            {
                "url": reverse("web:card-batch", args=[one.id]),
                "title": titles[one.kind].title if one.kind in titles else one.kind,
                "school": names.get(one.organisation, ""),
                "at": one.ordered_at,
                "done": one.state == "done",
                "progress": progress[one.id],
            }
            for one in shown
        ],
        "refused": refused,
        "help": help_for("card_batches"),
    }
    return render(request, "certificates/batches.html", context, status=409 if refused else 200)


def _batch(request: HttpRequest, batch: UUID) -> tuple[Actor, Batch]:
    actor, found = required_session(request).actor, selectors.batch(batch)
    if found is None:
        raise Http404
    return actor, found


def _words(batch: Batch) -> dict[str, str]:
    return _CARDS if batch.leaving_year is None else _DIPLOMAS


def _own(actor: Actor, batch: Batch) -> bool:
    hands = services.ISSUERS if batch.leaving_year is None else BUREAU
    return actor.role in hands and actor.organisation == batch.organisation


def show(request: HttpRequest, batch: UUID) -> HttpResponse:
    """The page asks for itself again while the batch is made."""
    return _page(request, batch)


def _page(request: HttpRequest, batch: UUID, refused: Refused | None = None) -> HttpResponse:
    actor, found = _batch(request, batch)
    parts, titles = selectors.batch_parts(batch), parameters.rulebook(today()).certificates
    progress, done = services.progress_of(batch), found.state == "done"
    own, words = _own(actor, found), _words(found)
    blanks = selectors.blanks_of(parts) if done and found.leaving_year else {}
    year = f"{found.leaving_year} 年" if found.leaving_year else ""
    context: dict[str, Any] = {
        "words": words,
        "index_url": reverse(words["index"]),
        "title": year + (titles[found.kind].title if found.kind in titles else found.kind),
        "state_text": "已办完" if done else "正在办理",
        "school": organisation_names([found.organisation]).get(found.organisation, ""),
        "at": found.ordered_at,
        "progress": progress,
        "is_done": done,
        "stalled": not done and environment().now() - found.changed_at > _STALLED,
        "may_go_on": own and (progress.failed or not done),
        "parts": [{**_shown(found, one, own), "blanks": blanks.get(one.id, ())} for one in parts],
        "left_out": [(one.title, open_left_out(one)) for one in parts if one.exceptions is not None],
        "url": reverse(words["show"], args=[batch]),
        "go_on_url": reverse(words["go_on"], args=[batch]),
        "refused": refused,
        "help": help_for(words["help"]),
    }
    return render(request, "certificates/batch.html", context, status=409 if refused else 200)


def _shown(batch: Batch, one: BatchPart, own: bool) -> dict[str, Any]:
    colour, words = _STATES[one.state]
    printable = own and one.state == "done"

    def url(what: str) -> str:
        return reverse(_words(batch)["print"], args=[batch.id, one.id, what])

    return {
        "title": one.title,
        "colour": colour,
        "words": words,
        "pupils": one.pupils,
        "cards": one.cards,
        "left_out": one.left_out,
        "sheets_url": url("sheets") if printable and one.cards else "",
        "roll_url": url("roll") if printable and (one.cards or batch.leaving_year is None) else "",
    }


@require_POST
def go_on(request: HttpRequest, batch: UUID) -> HttpResponse:
    """Take a batch up that stopped, or try again the classes that failed; what is done is passed over."""
    actor, found = _batch(request, batch)
    if not _own(actor, found):
        raise Http404
    try:
        services.go_on(actor=actor, batch=batch)
    except Refused as refused:
        return _page(request, batch, refused)
    return redirect(_words(found)["show"], batch)


@require_POST
def print_(request: HttpRequest, batch: UUID, part: UUID, what: str) -> HttpResponse:
    """The sheets or the roll of a class or school, as PDF; logged as a print."""
    actor, found = _batch(request, batch)
    known = {one.id: one for one in selectors.batch_parts(batch)}
    if not _own(actor, found) or part not in known:
        raise Http404
    try:
        files = services.part_files(actor=actor, part=part, what=what)
    except Refused as refused:
        return _page(request, batch, refused)
    content = files.sheets if what == "sheets" else files.roll
    if content is None or what not in ("sheets", "roll"):
        raise Http404
    name = _words(found)["file" if what == "sheets" else "roll_file"]
    return attachment(name.format(title=files.title), content, PDF, inline=True)
