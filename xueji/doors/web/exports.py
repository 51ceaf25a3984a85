"""The page of a list that is being made into a file: the same for every room that has one."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.registry.register.models import Export
from xueji.registry.register.services.exporting import kept_hours


@dataclass(frozen=True, slots=True)
class ExportPage:
    """``status``, ``file``: names of the two addresses; ``back``: addresses above this page with their words;
    ``unit``: measure word of a line (人, 件, 条)."""

    status: str
    file: str
    back: tuple[tuple[str, str], ...]
    unit: str


def export_page(request: HttpRequest, export: UUID, page: ExportPage, *, title: str) -> HttpResponse:
    """How far it is, asked again every two seconds; the file when it is there. 404 for another's (row security)."""
    found = Export.objects.defer("content", "conditions").filter(pk=export).first()
    if found is None:
        raise Http404
    job = {
        "url": reverse(page.status, args=[export]),
        "running": found.state == "waiting",
        "failed": found.state == "failed",
        "text": found.answer,
        "total": found.rows,
        "ground": found.ground,
        "kept_hours": kept_hours(),
        "download_url": reverse(page.file, args=[export]),
    }
    back = [{"url": reverse(url), "title": words} for url, words in page.back]
    return render(request, "export.html", {"job": job, "title": title, "unit": page.unit, "back": back})
