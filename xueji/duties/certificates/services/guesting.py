"""在读证明 of a guest whose home is outside the register: attendance, the home school as text, no number."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from xueji.duties.certificates import paper as papers
from xueji.duties.certificates.guests import guest_facts, guest_kind
from xueji.duties.certificates.impressions import impressions
from xueji.duties.certificates.paper import Paper
from xueji.duties.certificates.services.carding import Issued, log_print
from xueji.duties.certificates.services.issuing import keep, require_issuer, signed, take_number
from xueji.duties.certificates.statement import masked_name
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Refused


@transaction.atomic
def issue_to_guest(*, actor: Actor, child: UUID, purpose: str = "") -> Issued:
    """Issue the proof of attendance of a guest of the actor's school.

    It bears no registration number: clause B2 speaks of who is registered, this child is elsewhere. Raises ``Refused``:
    no issuer, no such kind in the rulebook, not on the list today, run out.
    """
    require_issuer(actor)
    day = today()
    book = parameters.rulebook(day)
    kind = guest_kind(book)
    if kind is None:
        raise Refused("certificate.kind", "现行规则没有给外地借读学生的证明。", "通知二.3")
    facts = guest_facts(child, kind, actor.organisation, day)
    school = organisations.by_id(actor.organisation)
    number = take_number(kind, school.id, school.code, day)
    borne = impressions(book, kind, day, issuer=school.id)
    draft = Paper(kind, number, facts, "", " ".join(purpose.split()), day, papers.valid_until(kind, day), borne)
    made = keep(actor, child, child, signed(draft, "", masked_name(facts["name"]), school.name))
    log_print(actor, [child], f"出具{kind.title} {number} {draft.purpose}")
    return made
