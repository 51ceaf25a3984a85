"""The papers of an application: which are needed, which are there, one opened to be looked at (logged)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.errors import forbidden
from xueji.doors.web.files import attachment
from xueji.ground.accounts import selectors as accounts
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.ground.documents import selectors as documents
from xueji.ground.documents.services import open_document
from xueji.pure.kernel.rulebook import Evidence, Rulebook
from xueji.pure.kernel.types import Refused
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.types import ApplicationView


def _words(papers: Sequence[Evidence]) -> str:
    needed = "、".join(paper.title for paper in papers if paper.required)
    free = "、".join(paper.title for paper in papers if not paper.required)
    return "；".join(part for part in (f"须有：{needed}" if needed else "", f"可以附：{free}" if free else "") if part)


def shown(view: ApplicationView, book: Rulebook) -> dict[str, Any]:
    """What the template needs; nothing for a kind that has no papers."""
    change = book.changes.get(view.kind)
    papers = change.evidence if change else ()
    if not papers:
        return {}
    titles = {paper.key: paper.title for paper in papers}
    linked = applications.evidence(view.id)
    found = documents.documents(document for _, document in linked)
    persons = accounts.names_of(one.uploaded_by for one in found.values())
    rows = [
        {
            "kind": titles.get(key, "材料"),
            "name": found[document].name,
            "url": reverse("web:application-evidence", args=[view.id, document]),
            "by": persons.get(found[document].uploaded_by, ""),
            "at": found[document].uploaded_at,
        }
        for key, document in linked
        if document in found
    ]
    return {"evidence_shown": True, "evidence_words": _words(papers), "evidence": rows}


def file(request: HttpRequest, application: UUID, document: UUID) -> HttpResponse:
    """One paper, in the browser."""
    view = applications.application(application)
    if view is None or document not in {one for _, one in applications.evidence(application)}:
        raise Http404
    try:
        opened = open_document(document)
    except Refused as refused:
        return forbidden(request, sentence=refused.message)
    subjects = [view.student] if view.student else []
    disclosure.log(actor=actor_of(request), kind=DisclosureKind.LOOK, subjects=subjects, count=1)
    return attachment(opened.name, opened.content, opened.media_type, inline=True)
