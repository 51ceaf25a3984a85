"""Who is late: open steps of a bureau's schools (of the city: of districts and schools) past their day."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from xueji.doors.web.due import due_words
from xueji.doors.web.matters import matter_titles, matter_url
from xueji.doors.web.names import organisation_names
from xueji.doors.web.returns.board import round_codes
from xueji.duties.returns import selectors as returns
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level
from xueji.registry.cases import selectors as cases

SHOWN = 10


def late_rows(actor: Actor) -> dict[str, Any]:
    """The table of the first page: who has which matter since when."""
    watched = [one.id for one in organisations.schools_of(actor.organisation)]
    if actor.level is Level.CITY:
        watched += [one.id for one in organisations.districts()]
        watched += [one.id for one in organisations.schools()]
    items = cases.overdue(list(dict.fromkeys(watched)), limit=SHOWN)
    names = organisation_names(one.organisation for one in items)
    titles = matter_titles(parameters.rulebook(today()))
    rows = [
        {
            "name": names.get(one.organisation, ""),
            "url": matter_url(one.kind, one.subject),
            "state": "wrong",
            "state_text": f"{titles.get(one.kind, one.kind)}，{due_words(one.due_on)}",
            "due": one.due_on,
        }
        for one in items
    ]
    return {"late": rows, "late_title": "谁逾期了", "late_more": len(items) == SHOWN}


def differing_rows(actor: Actor) -> dict[str, Any]:
    """What does not add up: organisations whose return of the newest round has an error."""
    code = round_codes(parameters.rulebook(today()))[-1]
    below = [one.id for one in organisations.schools_of(actor.organisation)]
    if actor.level is Level.CITY:
        below += [one.id for one in organisations.districts()]
    errors = returns.with_errors(code, [actor.organisation, *below])
    names = organisation_names(errors)
    rows = [
        {"name": names.get(key, ""), "url": reverse("web:return", args=[code, key]), "count": count}
        for key, count in sorted(errors.items(), key=lambda item: -item[1])[:SHOWN]
    ]
    return {"differing": rows, "differing_title": "哪里对不上"}
