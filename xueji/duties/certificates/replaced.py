"""Which voided paper a new one takes the place of: the last of its kind for the registration that none has yet."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from xueji.duties.certificates.models import Certificate


def to_replace(registrations: Collection[UUID], kind: str) -> dict[UUID, UUID]:
    """By registration the voided paper of a kind that a new one takes the place of; one query."""
    found = Certificate.objects.filter(
        registration__in=list(registrations), kind=kind, voided_at__isnull=False, replacement__isnull=True
    )
    return dict(found.order_by("voided_at", "number").values_list("registration", "id"))
