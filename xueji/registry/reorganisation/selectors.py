"""Reads of the acts. Row-level security of the caller applies."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from xueji.pure.kernel.environment import today
from xueji.registry.cases import selectors as cases
from xueji.registry.cases.types import CaseView
from xueji.registry.reorganisation.looking import look
from xueji.registry.reorganisation.models import Reorganisation
from xueji.registry.reorganisation.plans import ActPlan
from xueji.registry.reorganisation.types import ActView, Preview

__all__ = ["act", "acts", "look", "preview_of", "which_are_acts"]


def act(wanted: UUID) -> ActView | None:
    """One act with its case; None where there is none in reach."""
    found = Reorganisation.objects.filter(id=wanted).first()
    return _view(found, cases.case_of(found.id)) if found else None


def acts(*, kind: str = "", state: str = "", limit: int = 200) -> list[ActView]:
    """The acts in reach, the newest first."""
    found = Reorganisation.objects.order_by("-prepared_at")
    if kind:
        found = found.filter(kind=kind)
    if state:
        found = found.filter(state=state)
    return [_view(one, None) for one in found[:limit]]


def which_are_acts(subjects: Iterable[UUID]) -> set[UUID]:
    """Which of these subjects of cases are acts in reach."""
    return set(Reorganisation.objects.filter(id__in=set(subjects)).values_list("id", flat=True))


def preview_of(view: ActView) -> Preview:
    """What an act that is not in force yet would do on its day, or today where that has passed."""
    on = max(view.effective_on, today())
    return look(view.kind, view.plan, organisation=view.organisation, on=on, act=view.id)


def _view(one: Reorganisation, case: CaseView | None) -> ActView:
    return ActView(
        one.id,
        one.kind,
        one.organisation,
        one.title,
        ActPlan.from_json(one.plan),
        one.effective_on,
        one.document_number,
        one.document,
        one.state,
        one.prepared_by,
        one.prepared_at,
        one.decided_by,
        one.carried_on,
        one.counts,
        tuple(one.hindered),
        one.version,
        case,
    )
