"""Voiding a paper: it stays findable, and its code is answered with 已作废 (clause D3)."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from xueji.duties.certificates.custody import places_of
from xueji.duties.certificates.models import Blank, BlankState, Certificate, VoidGround
from xueji.duties.certificates.services.blanks import settle
from xueji.duties.certificates.services.issuing import own_paper, require_issuer
from xueji.duties.certificates.services.requesting import not_found
from xueji.duties.certificates.services.rolling import may_roll, roll_of
from xueji.ground.accounts.services.acts import can_act
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Actor, Refused, Role


@transaction.atomic
def void(*, actor: Actor, certificate: UUID, reason: str, ground: str = "") -> Certificate:
    """Void a paper of one's own school, or of a closed one whose records it keeps, with its reason, once.

    An attested one with a ``ground`` (``VoidGround``): a misprint by the school's deputy head (by the head of a bureau
    that keeps the school's records), so that another may be attested; a withdrawal by the head of the bureau that
    attested it, for ever. The blank it stands on is written off.
    Raises ``Refused``.
    """
    if not reason.strip():
        raise Refused("certificate.reason", "请写明作废原因。", "通知四.3")
    found = _roll(actor, certificate) or _attested(actor, certificate)
    if found is None:
        require_issuer(actor)
        found = own_paper(actor, certificate, lock=True)
        if found.line_id is not None:
            raise Refused("certificate.void_post", _WHO, "通知一.3")
    if found.line_id is None:
        ground = ""
    elif ground not in VoidGround.values:
        raise Refused("certificate.void_ground", f"请选择作废的情形：{'；'.join(VoidGround.labels)}。", "通知四.3")
    elif ground not in grounds_for(actor, found):
        raise Refused("certificate.void_post", _WHO, "通知一.3")
    if found.voided_at is not None:
        raise Refused("certificate.voided", "该证明已经作废。", "通知四.3")
    found.voided_at, found.voided_by, found.void_reason = environment().now(), actor.person, reason.strip()
    found.void_ground = ground
    found.save(update_fields=["voided_at", "voided_by", "void_reason", "void_ground"])
    blanks = list(Blank.objects.filter(certificate=found, state=BlankState.USED))
    settle(blanks, actor, BlankState.SPOILT, f"证书作废：{reason.strip()}")
    return found


_WHO = "经验印的证书，印制有误的由学校分管校长作废，撤销的由验印的教育局负责人作废。请由相应岗位办理。"


def grounds_for(actor: Actor, paper: Certificate) -> tuple[VoidGround, ...]:
    """On what grounds this post may void an attested paper: none, where it may not."""
    return grounds_of(actor, paper, places_of(actor.organisation))


def grounds_of(actor: Actor, paper: Certificate, places: Collection[UUID]) -> tuple[VoidGround, ...]:
    """The same, where ``places_of`` the actor's organisation is known."""
    keeps = paper.school in places and actor.role in (Role.DEPUTY_HEAD, Role.HEAD)
    attested = actor.role is Role.HEAD and paper.bureau in places
    return (*((VoidGround.MISPRINT,) if keeps else ()), *((VoidGround.WITHDRAWN,) if attested else ()))


def _roll(actor: Actor, certificate: UUID) -> Certificate | None:
    """The paper, where it is a roll and this post keeps it: who prints it voids it."""
    known = roll_of(certificate)
    if known is None or not may_roll(actor, known[1]):
        return None
    can_act(actor)
    return Certificate.objects.select_for_update().get(pk=certificate)


def _attested(actor: Actor, certificate: UUID) -> Certificate | None:
    """The paper, where it is attested and this post may void it: the school's deputy head, the bureau's head."""
    can_act(actor)
    rows = Certificate.objects.select_for_update().filter(pk=certificate, line__isnull=False)
    places = places_of(actor.organisation)
    if actor.role is Role.DEPUTY_HEAD:
        return rows.filter(school__in=places).first()
    if actor.role is Role.HEAD:
        found = rows.filter(Q(bureau__in=places) | Q(school__in=places)).first()
        own = Certificate.objects.filter(pk=certificate, school__in=places, line__isnull=True)
        if found is None and not own.exists():  # a bureau that keeps a closed school's records issues papers too
            raise not_found()
        return found
    return None
