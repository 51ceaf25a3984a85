"""Whose journals a node writes: its bureau's, and those of the schools under it."""

from __future__ import annotations

from uuid import UUID

from xueji.ground.organisations.models import Organisation, OrganisationRelation


def own_of(code: str) -> frozenset[UUID]:
    """The bureau whose node it is; none where this register does not know it yet."""
    return frozenset(Organisation.objects.filter(code=code).values_list("id", flat=True))


def writers_of(code: str) -> frozenset[UUID]:
    """The organisations whose journals a node may write: its bureau's, and those of the schools under it."""
    own = own_of(code)
    under = OrganisationRelation.objects.filter(relation="competent_bureau", other_id__in=own)
    return own | frozenset(under.values_list("organisation_id", flat=True))
