"""Notices to a post."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from xueji.pure.kernel.types import Actor
from xueji.registry.cases.models import Notice
from xueji.registry.cases.services.notices import STEP_WAITING
from xueji.registry.cases.types import NoticeView
from xueji.registry.cases.wording import notice_text


def notices(
    actor: Actor, *, unread_only: bool = True, outcomes_only: bool = False, limit: int = 50, offset: int = 0
) -> tuple[NoticeView, ...]:
    """Notices to the actor's post, the newest first. ``outcomes_only``: without those that its inbox shows anyway."""
    found = notices_of(actor, unread_only=unread_only, outcomes_only=outcomes_only)
    return tuple(
        NoticeView(
            notice.id,
            notice.code,
            notice_text(notice.code, notice.params),
            notice.subject,
            notice.created_at,
            notice.read_at,
            str(notice.params.get("kind", "")),
        )
        for notice in found.order_by("-created_at", "-id")[offset : offset + limit]
    )


def notice_count(actor: Actor, *, unread_only: bool = True, outcomes_only: bool = False) -> int:
    """How many there are."""
    return notices_of(actor, unread_only=unread_only, outcomes_only=outcomes_only).count()


def notices_of(actor: Actor, *, unread_only: bool, outcomes_only: bool) -> QuerySet[Notice, Any]:
    """The rows themselves."""
    found = Notice.objects.filter(organisation=actor.organisation, role__in=["", actor.role.value])
    if unread_only:
        found = found.filter(read_at__isnull=True)
    return found.exclude(code__startswith=STEP_WAITING) if outcomes_only else found
