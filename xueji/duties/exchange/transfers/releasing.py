"""The sending bureau's decision: the pupil is let go, or not."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from xueji.duties.exchange import carried_photos, messages
from xueji.duties.exchange.messages import ASK, DOSSIER, REFUSAL
from xueji.duties.exchange.models import Message, NodeTransfer, TransferState
from xueji.duties.exchange.transfers.asking import BASIS, require_head
from xueji.duties.exchange.writers import own_of
from xueji.ground.journals import services as journals
from xueji.ground.journals.types import NewEntry
from xueji.ground.keys import data_keys, node_keys
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.operations import CloseRegistration
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.transfer import Place, refusals
from xueji.registry.applications.services.facts import transfer_facts
from xueji.registry.applications.services.lookup import find_target
from xueji.registry.photos import selectors as photos
from xueji.registry.register import selectors as register
from xueji.registry.register import services as registering
from xueji.registry.register.selectors import StudentRecord


@dataclass(frozen=True, slots=True)
class _Meant:
    """Whom a request means here, and where to."""

    record: StudentRecord
    school: UUID
    registration: UUID
    said: dict[str, Any]


def against(*, actor: Actor, transfer: UUID) -> list[Refused]:
    """What speaks against letting the pupil go today, before anybody decides; nothing is written."""
    require_own_head(actor)
    asked = _asked(transfer, locked=False)
    try:
        meant = _meant(actor, asked)
    except Refused as refused:
        return [refused]
    return _against(meant, parameters.rulebook(today()))


def _against(meant: _Meant, book: Rulebook) -> list[Refused]:
    said, day = meant.said, today()
    to = Place(UUID(said["school"]), said["stage"], said["grade"], UUID(said["class_group"]))
    found = refusals(transfer_facts(meant.record, to, book, lodged_on=day, on=day), book.change("transfer"), on=day)
    return [Refused(one.code, one.message, one.basis) for one in found]


def _meant(actor: Actor, asked: NodeTransfer) -> _Meant:
    """The pupil in force who is asked for. Raises ``Refused`` where name and number are nobody's here."""
    said = messages.content_of(Message.objects.get(case=asked.id, kind=ASK))
    student = asked.student
    if student is None:  # came here after the request
        target = find_target(actor=actor, name=said["name"], number=said["number"], document=None)
        student = target.student if target else None
    record = register.student_record(student) if student else None
    if record is None or record.in_force is None:
        raise Refused("pupil_not_found", "没有找到姓名与学籍号都相符的在籍学生，请核对后办理或不予同意。", BASIS)
    return _Meant(record, record.in_force.school, record.in_force.registration, said)


def release(*, actor: Actor, transfer: UUID) -> NodeTransfer:
    """The sending bureau's head lets the pupil go: the registration ends today, and the dossier is issued.

    Raises ``Refused`` where the pupil is not found here, or the rules of a transfer speak against it.
    """
    require_own_head(actor)
    with transaction.atomic():
        asked = _asked(transfer)
        meant = _meant(actor, asked)
        record, day = meant.record, today()
        book = parameters.rulebook(day)
        hindered = _against(meant, book)
        if hindered:
            raise hindered[0]
        journals.lock([meant.school])
        entry = NewEntry(
            meant.school,
            "transfer_out",
            day,
            (CloseRegistration(meant.registration, "transfer_out"),),
            record.student,
            {"case": str(asked.id), "to_node": asked.receiver, "to_school": meant.said["school"]},
        )
        made = journals.append(actor=actor, transaction_id=asked.id, entries=[entry], rulebook_version=book.version)
        registering.refold(students=[record.student], transaction_id=asked.id)
        dossier = {
            "student": str(record.student),
            "student_seq": made[0].student_seq,
            "data_key": base64.b64encode(data_keys.ensure([record.student])[record.student]).decode(),
            "fields": dict(record.fields),
            "sensitive": dict(record.sensitive),
            "numbers": list(record.numbers),
            "closed_on": day.isoformat(),
            "from_school": str(meant.school),
            "from_school_name": asked.from_school_name,
            "photo": carried_photos.of_record(record.student, photos.digest_of(record)),
        }
        keys = node_keys.load()
        messages.send(case=asked.id, kind=DOSSIER, sender=keys.code, receiver=asked.receiver, content=dossier)
        asked.state, asked.student, asked.closed_on = TransferState.IN_TRANSIT, record.student, day
        asked.save()
    return asked


def refuse(*, actor: Actor, transfer: UUID, reason: str) -> NodeTransfer:
    """The sending bureau's head does not agree, and says why."""
    require_own_head(actor)
    if not reason.strip():
        raise Refused("reason_missing", "请写明不同意的原因。", BASIS)
    with transaction.atomic():
        asked = _asked(transfer)
        messages.send(
            case=asked.id, kind=REFUSAL, sender=asked.sender, receiver=asked.receiver, content={"reason": reason}
        )
        asked.state, asked.answer = TransferState.REFUSED, reason
        asked.save()
    return asked


def _asked(transfer: UUID, *, locked: bool = True) -> NodeTransfer:
    rows = NodeTransfer.objects.select_for_update() if locked else NodeTransfer.objects
    found = rows.filter(id=transfer, sender=node_keys.load().code).first()
    if found is None or found.state != TransferState.ASKED:
        raise Refused("exchange.not_asked", "没有待办的跨区转学请求，可能已经办结。请刷新后再看。", BASIS)
    return found


def require_own_head(actor: Actor) -> None:
    """``Refused`` for every post but the head of the bureau whose node this is."""
    require_head(actor)
    if actor.organisation not in own_of(node_keys.load().code):
        raise Refused("not_your_step", "由本节点的教育局负责人办理，您现在的岗位不能办理。", BASIS)
