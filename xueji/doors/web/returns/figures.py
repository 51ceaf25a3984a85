"""去除身份的统计: accepted figures by grade and sex, for posts that see no pupil (clause C4); no small counts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from xueji.doors.web.actors import required_session
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import asked, chosen
from xueji.doors.web.returns.board import round_codes
from xueji.doors.web.returns.tables import totals_table
from xueji.duties.returns import selectors
from xueji.duties.returns.models import ReturnState
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Role


def figures(request: HttpRequest) -> HttpResponse:
    """The table of one round and one organisation."""
    session = required_session(request)
    actor = session.actor
    if actor.role is not Role.RESEARCH:
        raise Http404
    book = parameters.rulebook(today())
    codes = round_codes(book)
    wanted = asked(request).get("round", "")
    code = wanted if wanted in codes else codes[-1]
    places = _places(actor)
    place = chosen(request, "place", "单位", [(str(key), name) for key, name in places.items()])
    organisation = UUID(place.value) if place.value else actor.organisation
    made = selectors.current(code, organisation)
    accepted = made is not None and made.state == ReturnState.ACCEPTED
    small = int(book.settings["statistics_small_cell"])
    here = reverse("web:figures")
    context: dict[str, Any] = {
        "rounds": [
            {"title": book.round(one).title, "url": f"{here}?round={one}", "current": one == code}
            for one in reversed(codes)
        ],
        "round_code": code,
        "reference_date": book.round(code).reference_date,
        "place": place,
        "place_name": places.get(organisation, session.organisation_name),
        "rows": _shown(totals_table(made), small) if made is not None and accepted else [],
        "small": small,
        "help": help_for("figures"),
    }
    return render(request, "returns/figures.html", context)


def _places(actor: Actor) -> dict[UUID, str]:
    if actor.level is Level.CITY:
        below = [*organisations.districts(), *organisations.schools()]
    else:
        below = list(organisations.schools_of(actor.organisation))
    return {one.id: one.name for one in below}


def _shown(rows: list[dict[str, Any]], small: int) -> list[dict[str, Any]]:
    """Counts as text; where one of a row is too small, boys and girls of that row are not told apart."""
    shown = []
    for row in rows:
        values = list(row["values"])
        for first in (0, 3):
            if any(0 < value < small for value in values[first : first + 2]):
                values[first] = values[first + 1] = f"＜{small}"
            if isinstance(values[first + 2], int) and 0 < values[first + 2] < small:
                values[first + 2] = f"＜{small}"
        shown.append({**row, "values": values})
    return shown
