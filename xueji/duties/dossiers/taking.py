"""A dossier that came with a pupil, taken in as evidence of a transfer (ADR 0018; issue 5, show 6).

From a node of the same city the two bureaus' heads agree between their nodes (``exchange.transfers``). From anywhere
else the receiving school's form 外地转入 is filled with it and it stands among the papers; all else goes on as ever.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from xueji.duties.dossiers.services import PDF_TYPE
from xueji.duties.dossiers.verification import Checked, Result, verify
from xueji.duties.exchange import transfers
from xueji.duties.exchange.models import NodeTransfer
from xueji.ground.documents import selectors as stored
from xueji.ground.documents import services as documents
from xueji.ground.documents.models import Document
from xueji.ground.documents.services import Stored
from xueji.ground.keys import node_keys
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.divisions import city_of
from xueji.pure.kernel.dossier import Origin, form_values
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.applications.models import Evidence, Line
from xueji.registry.applications.papers.selectors import limits_of
from xueji.registry.applications.services import keep_paper
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.intake.services import lodge_pupil
from xueji.registry.intake.types import LodgeOutcome

BASIS = "通知二.3、三.2"
#: The rulebook's key of the paper in whose place a dossier stands: the sheet of the other side.
SHEET = "transfer_sheet"
INTO_CITY = "into_city"
PRIOR_NUMBER = "prior_registration_number"
_KEPT_AS = "电子学籍档案-"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A dossier that was found right: whose it is, what the form is filled with, its PDF."""

    origin: Origin
    values: Mapping[str, str]
    pdf: bytes


def read_in(data: bytes, name: str, *, columns: Sequence[str] = ()) -> Incoming:
    """A dossier as evidence; ``columns``: those of the form.

    Raises ``Refused``: no dossier, changed since it was signed, a key that nobody here trusts.
    """
    found = verify(data, name)
    if found.opened is None or found.origin is None:
        raise _refused(found)
    content = json.loads(found.opened.content)
    values = {**form_values(content, columns), PRIOR_NUMBER: found.origin.number}
    return Incoming(found.origin, {code: text for code, text in values.items() if code in columns}, found.opened.pdf)


def _refused(found: Checked) -> Refused:
    code = "dossier.changed" if found.result is Result.CHANGED else "dossier.untrusted"
    return Refused(code, f"这份电子学籍档案不能作为依据：{found.reason}", BASIS)


def of_this_register(origin: Origin) -> bool:
    """Whether the pupil's school is one of this register: then it is a transfer as every other."""
    return origin.school_code in organisations.by_codes([origin.school_code])


def of_this_city(origin: Origin) -> bool:
    """Whether the pupil stands in the register of another node of this city."""
    return (
        not of_this_register(origin) and node_keys.exists() and city_of(origin.number) == city_of(node_keys.load().code)
    )


def require_from_outside(origin: Origin) -> None:
    """``Refused`` where another way leads: the pupil is registered in this city."""
    if of_this_register(origin):
        message = f"该生的学籍在本市{origin.school}，不办外地转入。请在“变动”中按转学办理。"
        raise Refused("dossier.here", message, BASIS)
    if of_this_city(origin):
        message = (
            f"该生的学籍在本市{origin.school}（{origin.issuer}），不办外地转入。"
            "请把电子学籍档案交主管教育局，由负责人在“变动 › 跨区转学”中向该局提出。"
        )
        raise Refused("dossier.other_node", message, BASIS)


def keep(*, actor: Actor, incoming: Incoming) -> Stored:
    """Keep the dossier as it was signed, under a name that says what was checked, until something is lodged with it
    (``sweep_unlodged``). Raises ``Refused``."""
    return _store(actor, incoming, environment().new_id(), actor.organisation, ahead=True)


def sweep_unlodged(*, using: str = "owner") -> int:
    """Take away dossiers that filled a form which was never lodged within the rulebook's days; how many.

    ``evidence_unfiled_days`` calendar days after the upload, as of a scan that nobody filed. The worker's job, as the
    owner: whose they are concerns no school's sight.
    """
    days = int(parameters.rulebook(today()).settings["evidence_unfiled_days"])
    unlodged = Document.objects.using(using).filter(
        ~Exists(Evidence.objects.using(using).filter(document=OuterRef("id"))),
        ahead=True,
        uploaded_at__lt=environment().now() - timedelta(days=days),
    )
    return documents.discard(list(unlodged.values_list("id", flat=True)), using=using)


def _store(actor: Actor, incoming: Incoming, subject: UUID, school: UUID, *, ahead: bool = False) -> Stored:
    origin = incoming.origin
    limits = replace(limits_of(school_rulebook(school, today())), carrying=True)
    name = f"{_KEPT_AS}{origin.number}（{origin.issuer}签发，签名相符）.pdf"
    return documents.store(actor=actor, subject=subject, name=name, content=incoming.pdf, limits=limits, ahead=ahead)


@transaction.atomic
def lodge_arrival(
    *,
    actor: Actor,
    incoming: Incoming,
    place: Mapping[str, str],
    papers: Sequence[tuple[str, str, bytes]] = (),
) -> LodgeOutcome:
    """Lodge 外地转入 of a dossier's pupil at the actor's school: the rules of a roster, the usual steps.

    ``place``: grade and class of the receiving school; ``papers``: the others (the rulebook's key, name, content).
    Nothing is kept where a rule speaks against it. Raises ``Refused``.
    """
    require_from_outside(incoming.origin)
    evidence = [(SHEET, keep(actor=actor, incoming=incoming).id)]
    evidence += [(key, keep_paper(actor=actor, name=name, content=content).id) for key, name, content in papers]
    outcome = lodge_pupil(
        actor=actor,
        school=actor.organisation,
        kind=INTO_CITY,
        values={**incoming.values, **place},
        evidence=evidence,
    )
    if outcome.application is None:
        transaction.set_rollback(True)
    return outcome


def brought_by(student: UUID) -> Document | None:
    """The dossier with which a pupil came to the viewer's school, as it is kept; None where there is none in sight."""
    lodged = Line.objects.filter(student=student).values("application")
    papers = Evidence.objects.filter(key=SHEET, application__in=lodged).values("document")
    found = Document.objects.filter(id__in=papers, media_type=PDF_TYPE).order_by("-uploaded_at")
    return next((one for one in found if stored.documents([one.id])[one.id].name.startswith(_KEPT_AS)), None)


def photo_of(student: UUID) -> bytes:
    """The photo in the dossier with which a pupil came: checked anew, then looked at and taken as every other.

    Raises ``Refused``: no dossier, changed since, no photo in it.
    """
    kept = brought_by(student)
    if kept is None:
        raise Refused("dossier.none", "该生转入时没有交电子学籍档案，请上传照片。", BASIS)
    opened = documents.open_document(kept.id)
    found = verify(opened.content, opened.name)
    if found.opened is None:
        raise _refused(found)
    content = str(json.loads(found.opened.content).get("photo") or "")
    if not content:
        raise Refused("dossier.no_photo", "转入的电子学籍档案里没有照片，请上传照片。", BASIS)
    return base64.b64decode(content)


@transaction.atomic
def ask_other_node(*, actor: Actor, incoming: Incoming, class_group: UUID, reason: str) -> NodeTransfer:
    """The receiving bureau's head asks the node of the pupil's school, with what the dossier says; it is kept.

    The pupil comes when that node has closed there (``exchange.transfers``): the dossier opens nothing by itself, so
    nobody is registered twice. Raises ``Refused``.
    """
    origin = incoming.origin
    if of_this_register(origin):
        raise Refused("dossier.here", f"该生的学籍在本区{origin.school}，请按转学办理。", BASIS)
    made = transfers.ask(actor=actor, class_group=class_group, name=origin.name, number=origin.number, reason=reason)
    _store(actor, incoming, made.id, made.school)
    return made
