"""The papers of an application: which are needed, which are there, one after another in the viewer (logged).

The viewer shows pictures made anew on the server, never the file itself: a PDF's page or a photo as JPEG.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.errors import forbidden
from xueji.doors.web.files import attachment
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.ground.documents import inspection
from xueji.ground.documents.services import Opened, open_document
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import ChangeKind, Evidence, Rulebook
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.models import ApplicationState
from xueji.registry.applications.papers import selectors as papers
from xueji.registry.applications.papers.selectors import PaperView
from xueji.registry.applications.services.evidence import may_add
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.applications.types import ApplicationView

#: Per cent of the viewer's width; the picture itself is made once for reading and once for looking closely.
ZOOMS = (50, 75, 100, 150, 200, 300)
_READING, _CLOSE, _CLOSE_FROM = 1400, 2800, 200


def _words(wanted: Sequence[Evidence]) -> str:
    needed = "、".join(paper.title for paper in wanted if paper.required)
    free = "、".join(paper.title for paper in wanted if not paper.required)
    return "；".join(part for part in (f"须有：{needed}" if needed else "", f"可以附：{free}" if free else "") if part)


def shown(actor: Actor, view: ApplicationView, book: Rulebook) -> dict[str, Any]:
    """What the application's page needs; nothing for a kind without papers to which none can be added."""
    change = book.changes.get(view.kind)
    found = papers.papers_of(view.id, change)
    attaching = may_attach(actor, view, change)
    if change is None or not (change.evidence or found or attaching):
        return {}
    told = papers.wanting(change, papers.given_keys(found), book, told_on=today())
    return {
        "evidence_shown": True,
        "evidence_words": _words(change.evidence),
        "evidence": [_row(view, one, found) for one in found],
        "evidence_missing": "、".join(paper.title for paper in told.missing) if view_is_open(view) else "",
        "evidence_until": told.until,
        "may_attach": attaching,
        "attach_url": reverse("web:application-evidence-add", args=[view.id]),
        "evidence_kinds": list(papers.titles(change).items()),
        "evidence_current": [one for one in found if one.superseded_by is None],
    }


def _book(view: ApplicationView) -> Rulebook:
    """The rulebook of the applicant's district: it may ask for more papers than the city does."""
    return school_rulebook(view.school, today())


def view_is_open(view: ApplicationView) -> bool:
    """Whether papers can still be asked for."""
    return view.state in ApplicationState.under_way()


def may_attach(actor: Actor, view: ApplicationView, change: ChangeKind | None) -> bool:
    """Whether this post is offered the form for a further paper."""
    lodged_by = change.lodged_by if change else Role.REGISTRAR
    return view_is_open(view) and may_add(actor, view, lodged_by)


def _row(view: ApplicationView, one: PaperView, found: Sequence[PaperView]) -> dict[str, Any]:
    later = next((other for other in found if other.id == one.superseded_by), None)
    return {
        "kind": one.title,
        "name": one.name or "（无权查看）",
        "url": reverse("web:application-evidence", args=[view.id, one.document]) if one.name else "",
        "by": one.added_name,
        "at": one.added_at,
        "scanned": one.scanned,
        "superseded_at": later.added_at if later else None,
        "superseded_by": later.name if later else "",
        "pages": one.pages,
    }


def _found(application: UUID, document: UUID) -> tuple[ApplicationView, tuple[PaperView, ...], int]:
    """The application, its papers that can be seen, and where among them the document stands; 404 without."""
    view = applications.application(application)
    if view is None:
        raise Http404
    seen = tuple(one for one in papers.papers_of(application, _book(view).changes.get(view.kind)) if one.name)
    at = next((place for place, one in enumerate(seen) if one.document == document), None)
    if at is None:
        raise Http404
    return view, seen, at


def viewer(request: HttpRequest, application: UUID, document: UUID) -> HttpResponse:
    """The viewer at a page of a paper: inside the application's page, or as a page of its own without scripts."""
    view, seen, at = _found(application, document)
    one = seen[at]
    try:
        pages = one.pages or _render(view, open_document(document), 1, _READING).pages
    except Refused as refused:
        return forbidden(request, sentence=refused.message)
    page = min(max(_number(request, "page", 1), 1), pages)
    zoom = min(ZOOMS, key=lambda step: abs(step - _number(request, "zoom", 100)))
    before, after = _beside(view, seen, at, page, pages, zoom)
    picture = reverse("web:application-evidence-page", args=[application, document, page])
    context = {
        "paper": one,
        "at": at + 1,
        "count": len(seen),
        "page": page,
        "pages": pages,
        "zoom": zoom,
        "zooms": ZOOMS,
        "picture": f"{picture}?close=1" if zoom >= _CLOSE_FROM else picture,
        "picture_close": f"{picture}?close=1",
        "close_from": _CLOSE_FROM,
        "before": before,
        "after": after,
        "smaller": _address(view, one, page, _zoom_by(zoom, -1)),
        "larger": _address(view, one, page, _zoom_by(zoom, 1)),
        "original": reverse("web:application-evidence-original", args=[application, document]),
        "back": reverse("web:application", args=[application]),
        "papers": [
            {"title": other.title, "name": other.name, "url": _address(view, other, 1, zoom), "now": other is one}
            for other in seen
        ],
    }
    inside = request.headers.get("HX-Request") == "true"
    return render(request, "changes/viewer.html" if inside else "changes/evidence.html", context)


def _number(request: HttpRequest, name: str, default: int) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 6 else default


def _zoom_by(zoom: int, step: int) -> int:
    return ZOOMS[min(max(ZOOMS.index(zoom) + step, 0), len(ZOOMS) - 1)]


def _address(view: ApplicationView, one: PaperView, page: int, zoom: int) -> str:
    address = reverse("web:application-evidence", args=[view.id, one.document])
    return f"{address}?{urlencode({'page': page, 'zoom': zoom})}"


def _beside(
    view: ApplicationView, seen: Sequence[PaperView], at: int, page: int, pages: int, zoom: int
) -> tuple[str, str]:
    """The addresses before and after: the next page, else the next paper; '' at the ends."""
    one = seen[at]
    before = after = ""
    if page > 1:
        before = _address(view, one, page - 1, zoom)
    elif at > 0:
        before = _address(view, seen[at - 1], seen[at - 1].pages or 1, zoom)
    if page < pages:
        after = _address(view, one, page + 1, zoom)
    elif at + 1 < len(seen):
        after = _address(view, seen[at + 1], 1, zoom)
    return before, after


def _render(view: ApplicationView, opened: Opened, page: int, width: int) -> inspection.Picture:
    limits = papers.limits_of(_book(view))
    return inspection.render(opened.content, opened.media_type, opened.name, page=page, width=width, limits=limits)


def picture(request: HttpRequest, application: UUID, document: UUID, page: int) -> HttpResponse:
    """One page as a picture; this is what is logged."""
    view, _, _ = _found(application, document)
    try:
        made = _render(view, open_document(document), page, _CLOSE if request.GET.get("close") else _READING)
    except Refused as refused:
        return forbidden(request, sentence=refused.message)
    _log(request, view)
    answer = HttpResponse(made.content, content_type="image/jpeg")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def original(request: HttpRequest, application: UUID, document: UUID) -> HttpResponse:
    """The file as it was handed in, to be saved: the browser is told never to show it as a page of ours."""
    view, _, _ = _found(application, document)
    try:
        opened = open_document(document)
    except Refused as refused:
        return forbidden(request, sentence=refused.message)
    _log(request, view)
    answer = attachment(opened.name, opened.content, opened.media_type)
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def _log(request: HttpRequest, view: ApplicationView) -> None:
    subjects = [view.student] if view.student else []
    disclosure.log(actor=actor_of(request), kind=DisclosureKind.LOOK, subjects=subjects, count=1)
