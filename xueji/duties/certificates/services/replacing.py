"""补办: a card that was lost or is worn is voided, and another one given out, in one act (clause B2)."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from xueji.duties.certificates.services.carding import Issued
from xueji.duties.certificates.services.issuing import issue, kind_of, own_paper, require_issuer
from xueji.duties.certificates.services.voiding import void
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Refused


@transaction.atomic
def replace_card(*, actor: Actor, certificate: UUID, reason: str) -> Issued:
    """Void a card with its reason and give the pupil another one, with a number of its own; whoever finds the old one
    reads 已作废. Raises ``Refused`` as ``void`` and ``issue`` do; then the old card stands."""
    require_issuer(actor)
    found = own_paper(actor, certificate, lock=True)
    if not kind_of(found.kind, today(), actor.organisation).is_card:
        raise Refused("certificate.no_replacement", "只有学生证可以补办；其他证明请作废后重新出具。", "通知二.3")
    void(actor=actor, certificate=certificate, reason=reason)
    return issue(actor=actor, kind=found.kind, student=found.student)
