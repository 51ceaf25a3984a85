"""How much of a pupil a viewer sees who is no more than party to an open application (design §4).

Row-level security lets such a party read the entries, since its steps check the claim against the record; what a page
shows of them is what the application names.
"""

from __future__ import annotations

from uuid import UUID

from xueji.ground.accounts import selectors as accounts
from xueji.registry.applications import selectors
from xueji.registry.applications.services.checks import COMPARED


def named_fields(student: UUID, holder: UUID) -> frozenset[str] | None:
    """The fields that the open applications name of a pupil whom the viewer sees through them alone.

    None where the viewer sees the pupil in the ordinary way. ``holder``: the school of the registration
    in force, else of the last.
    """
    if accounts.sees_beyond_matters(student, holder):
        return None
    named = set(COMPARED)
    for one in selectors.under_way_about(student):
        view = selectors.application(one.id, with_claim=True)
        named |= set(view.claim) if view is not None else set()
    return frozenset(named)
