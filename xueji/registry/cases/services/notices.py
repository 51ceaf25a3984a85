"""Notices: written inside the deciding transaction, read by the posts of an organisation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Actor
from xueji.registry.cases.models import Notice


def notify(
    organisations: Iterable[UUID], code: str, *, role: str = "", subject: UUID | None = None, params: Mapping[str, Any]
) -> None:
    """Write one notice to each organisation. ``params`` hold no name and no number of a pupil."""
    now = environment().now()
    Notice.objects.bulk_create(
        [
            Notice(
                id=environment().new_id(),
                organisation=organisation,
                role=role,
                subject=subject,
                code=code,
                params=dict(params),
                created_at=now,
            )
            for organisation in sorted(set(organisations))
        ]
    )


def mark_read(*, actor: Actor, notices: Iterable[UUID]) -> int:
    """Mark notices of the actor's organisation as read; how many were unread."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_notice SET read_at = %s, read_by = %s"
            " WHERE id = ANY(%s::uuid[]) AND organisation = %s AND role IN ('', %s) AND read_at IS NULL",
            [environment().now(), actor.person, list(notices), actor.organisation, actor.role.value],
        )
        return int(cursor.rowcount)
