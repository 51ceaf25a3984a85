"""Whose rulebook a page or a job reads: each district's own layer holds for its schools and for its bureau (A2).

``services.lodging.school_rulebook`` is the same of one school.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from xueji.ground.organisations.districts import districts_of
from xueji.ground.parameters.selectors import rulebook
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor


def rulebooks_of(organisations: Iterable[UUID], on: date) -> dict[UUID, Rulebook]:
    """The rulebook in force for each of many schools and bureaus on a day, in one query."""
    return {one: rulebook(on, district) for one, district in districts_of(organisations, on).items()}


def rulebook_of_post(actor: Actor, on: date) -> Rulebook:
    """The rulebook of a post: of the school's competent bureau, of the district itself, of the city."""
    return rulebooks_of([actor.organisation], on)[actor.organisation]
