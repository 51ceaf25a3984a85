"""A seal tried on a sample: how it looks on paper, before it is approved and after."""

from __future__ import annotations

from uuid import UUID

from xueji.duties.certificates.impressions import picture_of
from xueji.duties.certificates.paper import SAMPLE_NUMBER, Paper, print_paper
from xueji.duties.certificates.samples import SAMPLE_FACTS
from xueji.duties.certificates.seal_models import Seal
from xueji.duties.certificates.selectors.seals import in_hand
from xueji.duties.certificates.services.sealing import SEAL_BASIS, seal_not_found
from xueji.duties.certificates.sheets import SAMPLE, SheetPaper, typeset_sheets
from xueji.ground.accounts.services.acts import can_act
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications.services.lodging import school_rulebook


def sample_with_seal(*, actor: Actor, seal: UUID, kind: str) -> bytes:
    """The PDF of an invented pupil's paper with the seal in its frame, marked as a sample; whatever the seal's state.

    Raises ``Refused``: out of reach, a kind that the seal was not proposed for.
    """
    can_act(actor)
    found = Seal.objects.filter(pk=seal).first()
    if found is None or not in_hand(actor, found):
        raise seal_not_found()
    book = school_rulebook(found.organisation, today())
    known = book.certificates.get(kind)
    if known is None or kind not in found.kinds:
        raise Refused("seal.kind", "这枚电子印章没有申请用在这种证书、证明上。请重新选择。", SEAL_BASIS)
    borne = (picture_of(book, found),)
    if known.sheet is not None:
        sheet = SheetPaper({**SAMPLE, "school": found.named}, SAMPLE_NUMBER, today(), seals=borne)
        return typeset_sheets(known, [sheet], sample=True)
    facts = {**SAMPLE_FACTS, "school": found.named}
    return print_paper(Paper(known, SAMPLE_NUMBER, facts, "", "样张，不作证明使用", today(), None, borne))
