"""Voiding a paper: it stays findable, and its code is answered with 已作废 (clause D3)."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from xueji.duties.certificates.models import Certificate
from xueji.duties.certificates.services.issuing import own_paper, require_issuer
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Actor, Refused


@transaction.atomic
def void(*, actor: Actor, certificate: UUID, reason: str) -> Certificate:
    """Void a paper of one's own school with its reason, once. Raises ``Refused``."""
    require_issuer(actor)
    if not reason.strip():
        raise Refused("certificate.reason", "请写明作废原因。", "通知四.3")
    found = own_paper(actor, certificate, lock=True)
    if found.voided_at is not None:
        raise Refused("certificate.voided", "该证明已经作废。", "通知四.3")
    found.voided_at, found.voided_by, found.void_reason = environment().now(), actor.person, reason.strip()
    found.save(update_fields=["voided_at", "voided_by", "void_reason"])
    return found
