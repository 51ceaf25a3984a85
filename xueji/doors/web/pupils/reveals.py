"""A ground is asked once for a piece of work: it stays open for some minutes of this log-in, in this post."""

from __future__ import annotations

import time
from uuid import UUID

from django.http import HttpRequest

from xueji.doors.web.actors import actor_of
from xueji.ground.disclosure.services import Ground, ground_for
from xueji.ground.parameters.selectors import rulebook
from xueji.pure.kernel.environment import today

_KEY = "ground"


def take_ground(request: HttpRequest, typed: str) -> Ground:
    """The ground for this look: what was typed begins a piece of work, else the one under way goes on.

    Raises ``Refused`` where there is neither.
    """
    under_way = open_ground(request)
    text = " ".join(typed.split())
    if under_way is not None and text in ("", under_way.text):
        return under_way
    ground = ground_for(text)
    request.session[_KEY] = [ground.text, str(ground.work), int(time.time()), str(actor_of(request).post)]
    return ground


def open_ground(request: HttpRequest) -> Ground | None:
    """The ground of the piece of work under way in this post, None where none is open."""
    kept = request.session.get(_KEY)
    if not kept or kept[3] != str(actor_of(request).post):
        return None
    if time.time() - kept[2] > 60 * int(rulebook(today()).settings["reveal_open_minutes"]):
        return None
    return Ground(UUID(kept[1]), str(kept[0]))
