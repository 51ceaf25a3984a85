"""Error pages: plain Chinese, no technical detail, no values of the request."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template import loader


def _page(name: str, status: int, **context: object) -> HttpResponse:
    # Rendered without context processors: whatever failed may be what they need.
    return HttpResponse(loader.get_template(f"errors/{name}.html").render(dict(context)), status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Also what a post gets for a thing outside its jurisdiction: it must not learn that the thing exists."""
    return _page("404", 404)


def forbidden(request: HttpRequest, exception: Exception | None = None, sentence: str = "") -> HttpResponse:
    return _page("403", 403, sentence=sentence)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page("403", 403)


def broken(request: HttpRequest) -> HttpResponse:
    return _page("500", 500)
