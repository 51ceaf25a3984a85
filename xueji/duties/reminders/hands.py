"""Trained hands: trainings that run out (A5), filings that districts owe (A3, B1)."""

from __future__ import annotations

from datetime import timedelta

from xueji.duties.filings import selectors as filings
from xueji.duties.reminders.matters import Asking, Matter
from xueji.duties.training import selectors as training
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.types import Level


def trainings(asking: Asking) -> list[Matter]:
    """Each holder's training by its last day: the holder's organisation; once it is late, who trains it too."""
    found = training.lapsing(asking.day)
    schools = {one.holding.post.organisation_id for one in found if one.holding.post.organisation.level == Level.SCHOOL}
    bureaus = organisations.competent_bureaus(schools, asking.day)
    city = organisations.city().id if found else None
    made = []
    for one in found:
        if one.lapses_on is None:
            continue
        place, due = one.holding.post.organisation_id, one.lapses_on - timedelta(days=1)
        own_roles = asking.school_roles if place in schools else asking.bureau_roles
        key = f"training:{one.holding.pk}:{due}"
        made.append(Matter(key, place, due, own_roles))
        trainer = bureaus.get(place) if place in schools else city
        if due < asking.day and trainer is not None:
            made.append(Matter(key, trainer, due, asking.bureau_roles))
    return made


def filing_due(asking: Asking) -> list[Matter]:
    """Filings of the year that a district has not filed; a year is asked for until it ends."""
    owed = [one for one in filings.board(asking.day.year, None, asking.book) if one.state not in filings.DONE]
    return [Matter(f"filing:{one.kind.filing}:{one.year}", one.bureau, one.due_on, asking.bureau_roles) for one in owed]
