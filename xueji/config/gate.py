"""No page answers a post that has no business there: the registry of ``access.yaml``, applied to every address.

Stands behind the middleware that finds the post. Rows are held by the database all the same; this keeps a
post from pages that could only be empty or misleading, and makes a page that nobody classified answer to nobody.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from xueji.config.access import registry
from xueji.doors.web.actors import session_of

logger = logging.getLogger(__name__)


class PageGate:
    """404 for a post that the page is not for, and for a page that is not in the registry."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        """Before the view: is there such a page for this post?"""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name not in registry().pages:
            logger.error("address %s is not classified in xueji/config/access.yaml", name)
            raise Http404
        session = session_of(request)
        if session is not None and session.actor.role not in registry().roles_of_page(name):
            raise Http404
