"""Rolls themselves."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from xueji.registry.rollcall.models import TermRegistration
from xueji.registry.rollcall.types import RollView


def _view(one: TermRegistration) -> RollView:
    return RollView(
        one.id, one.school, one.term, one.state, one.opened_at, one.opened_by, one.listed_on, one.closed_at,
        one.closed_by, one.digest, one.counts,
    )  # fmt: skip


def roll(identity: UUID) -> RollView | None:
    """A roll by its id, None where there is none in reach."""
    found = TermRegistration.objects.filter(pk=identity).first()
    return _view(found) if found else None


def of_school(school: UUID, term: str) -> RollView | None:
    """A school's roll of a term, None where it was not opened."""
    found = TermRegistration.objects.filter(school=school, term=term).first()
    return _view(found) if found else None


def rolls_of_term(schools: Sequence[UUID], term: str) -> dict[UUID, RollView]:
    """The rolls of many schools by school; one query."""
    return {one.school: _view(one) for one in TermRegistration.objects.filter(term=term, school__in=list(schools))}
