"""Notices: written inside the deciding transaction, read by the posts of an organisation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Actor
from xueji.registry.cases.models import Case, Notice, Party, Step

#: Codes that begin so tell a post of what its inbox shows anyway; they are not counted as unread.
STEP_WAITING = "step_waiting"


def notify(
    organisations: Iterable[UUID], code: str, *, role: str = "", subject: UUID | None = None, params: Mapping[str, Any]
) -> None:
    """Write one notice to each organisation. ``params`` hold no name and no number of a pupil."""
    notify_all(NewNotice(one, code, params, role, subject) for one in sorted(set(organisations)))


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice to be written; ``params`` hold no name and no number of a pupil."""

    organisation: UUID
    code: str
    params: Mapping[str, Any]
    role: str = ""
    subject: UUID | None = None


def notify_all(notices: Iterable[NewNotice]) -> None:
    """Write many notices of different words in one statement."""
    now = environment().now()
    Notice.objects.bulk_create(
        [
            Notice(
                id=environment().new_id(),
                organisation=one.organisation,
                role=one.role,
                subject=one.subject,
                code=one.code,
                params=dict(one.params),
                created_at=now,
            )
            for one in notices
        ]
    )


def concerned(case: Case, actor: Actor, steps: Iterable[Step], *, reached: bool = False) -> list[UUID]:
    """Whom an outcome concerns: the applicant, the other side, both bureaus; not the one who acts now.

    All that have a step in this round, and as far as they are in reach those that have none. ``steps``: all of the
    case. ``reached``: only those whose turn it has been (of a matter that was sent back the others know nothing).
    """
    own = [one for one in steps if one.round == case.round and (one.opened_at is not None or not reached)]
    found = {case.organisation, *(one.organisation for one in own)}
    if not reached:
        found |= set(Party.objects.filter(case=case).values_list("organisation", flat=True))
    return [one for one in found if one != actor.organisation]


def no_longer_waiting(step: Step, subject: UUID) -> None:
    """The step is done: what told its post that it waits needs no reading any more."""
    Notice.objects.filter(
        subject=subject, organisation=step.organisation, code__startswith=STEP_WAITING, read_at__isnull=True
    ).update(read_at=environment().now())


def mark_read(*, actor: Actor, notices: Iterable[UUID] | None = None, subject: UUID | None = None) -> int:
    """Mark notices of the actor's post as read: these, or all of a subject, or all; how many were unread."""
    found = Notice.objects.filter(
        organisation=actor.organisation, role__in=["", actor.role.value], read_at__isnull=True
    )
    if notices is not None:
        found = found.filter(id__in=list(notices))
    if subject is not None:
        found = found.filter(subject=subject)
    return found.update(read_at=environment().now(), read_by=actor.person)
