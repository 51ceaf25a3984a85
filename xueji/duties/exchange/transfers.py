"""A transfer between two nodes (design §5): the receiving bureau asks, the sending node closes first and issues the
dossier, the receiving node opens. Between the two the pupil is in transit: counted once, in the list of each node.

Both entries name the case in their basis, so that the node above sees one transfer. Each is a transaction of its own:
a return is counted on the journals that its node knows, where the other half never is. The pupil's own sequence goes
on from where the sending node stood.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from xueji.duties.exchange import carried_photos, messages
from xueji.duties.exchange.envelope import altered
from xueji.duties.exchange.models import Message, NodeTransfer, TransferState
from xueji.ground.accounts import services as accounts
from xueji.ground.journals import services as journals
from xueji.ground.journals.models import JournalEntry, StudentBase
from xueji.ground.journals.types import NewEntry
from xueji.ground.keys import data_keys, node_keys
from xueji.ground.keys.services import blind_index
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.divisions import county_of
from xueji.pure.kernel.environment import day_of, environment, today
from xueji.pure.kernel.operations import CloseRegistration, OpenRegistration, SetFields, SetSpell
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.pure.procedures.enrolment import IN_SCHOOL
from xueji.pure.procedures.transfer import Place, refusals
from xueji.registry.applications.services.completing.numbering import allocate
from xueji.registry.applications.services.facts import place, transfer_facts
from xueji.registry.applications.services.lookup import find_target
from xueji.registry.photos import selectors as photos
from xueji.registry.register import selectors as register
from xueji.registry.register import services as registering

ASK, DOSSIER, REFUSAL, OPENED = "transfer_ask", "transfer_dossier", "transfer_refused", "transfer_opened"
BASIS = "通知二.2"
_INDEX = "node_transfer"


def ask(*, actor: Actor, class_group: UUID, name: str, number: str, reason: str) -> NodeTransfer:
    """The receiving bureau's head asks the node of the pupil's present school, which its number names.

    To be called in the actor's context; raises ``Refused`` for another post, no reason, a class of another bureau, a
    number of this very node, or one for which it was asked already.
    """
    _require_head(actor)
    if not reason.strip():
        raise Refused("reason_missing", "请写明转学理由，对方教育局据此办理。", BASIS)
    group = ClassGroup.objects.filter(id=class_group).first()
    if group is None or organisations.competent_bureau(group.school_id) != actor.organisation:
        raise Refused("class_not_found", "没有找到所选的转入班级，请从本局所属学校的班级中选择。", BASIS)
    keys, sender = node_keys.load(), county_of(number.strip())
    width = parameters.rulebook(today()).numbers["registration_number"].width
    if len(number.strip()) != width or sender == keys.code:
        message = f"请填写外区学生的 {width} 位学籍号；本区学生请按转学办理。"
        raise Refused("exchange.not_elsewhere", message, BASIS)
    day, index = today(), blind_index(_INDEX, number.strip())
    under_way = NodeTransfer.objects.filter(
        asked_for=index, state__in=[TransferState.ASKED, TransferState.IN_TRANSIT]
    ).first()
    if under_way is not None:
        raise _asked_already(day_of(under_way.at))
    to = place(group, parameters.rulebook(day), day)
    case = environment().new_id()
    content = {
        "name": name.strip(),
        "number": number.strip(),
        "reason": reason,
        "school": str(group.school_id),
        "school_name": organisations.by_id(group.school_id).name,
        "class_group": str(group.id),
        "stage": to.stage,
        "grade": to.grade,
    }
    try:
        with transaction.atomic():
            messages.send(case=case, kind=ASK, sender=keys.code, receiver=sender, content=content)
            return NodeTransfer.objects.create(
                id=case, sender=sender, receiver=keys.code, state=TransferState.ASKED, school=group.school_id,
                class_group=group.id, reason=reason, asked_by=_said(actor), at=environment().now(), asked_for=index,
            )  # fmt: skip
    except IntegrityError:  # by somebody else, this very moment
        raise _asked_already(day) from None


def _asked_already(on: date) -> Refused:
    message = f"已于 {on.isoformat()} 向对方教育局提出过这名学生的跨区转学，正在办理。请等对方答复，不要重复提出。"
    return Refused("exchange.asked_already", message, BASIS)


def release(*, actor: Actor, transfer: UUID, asked_for: Mapping[str, Any]) -> NodeTransfer:
    """The sending bureau's head lets the pupil go: the registration ends today, and the dossier is issued.

    ``asked_for`` is the request as ``asked_here`` shows it (it stands sealed in the message).
    Raises ``Refused`` where the pupil is not found here, or the rules of a transfer speak against it.
    """
    _require_head(actor)
    asked = _asked(transfer)
    said = asked_for
    target = find_target(actor=actor, name=said["name"], number=said["number"], document=None)
    record = register.student_record(target.student) if target else None
    if target is None or record is None or record.in_force is None:
        raise Refused("pupil_not_found", "没有找到姓名与学籍号都相符的在籍学生，请核对后办理或不予同意。", BASIS)
    day = today()
    book = parameters.rulebook(day)
    to = Place(UUID(said["school"]), said["stage"], said["grade"], UUID(said["class_group"]))
    against = refusals(transfer_facts(record, to, book, lodged_on=day, on=day), book.change("transfer"), on=day)
    if against:
        raise Refused(against[0].code, against[0].message, against[0].basis)
    with transaction.atomic():
        journals.lock([target.school])
        entry = NewEntry(
            target.school,
            "transfer_out",
            day,
            (CloseRegistration(record.in_force.registration, "transfer_out"),),
            record.student,
            {"case": str(asked.id), "to_node": asked.receiver, "to_school": said["school"]},
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
            "from_school": str(target.school),
            "photo": carried_photos.of_record(record.student, photos.digest_of(record)),
        }
        keys = node_keys.load()
        messages.send(case=asked.id, kind=DOSSIER, sender=keys.code, receiver=asked.receiver, content=dossier)
        asked.state, asked.student, asked.closed_on = TransferState.IN_TRANSIT, record.student, day
        asked.save()
    return asked


def refuse(*, actor: Actor, transfer: UUID, reason: str) -> NodeTransfer:
    """The sending bureau's head does not agree, and says why."""
    _require_head(actor)
    if not reason.strip():
        raise Refused("reason_missing", "请写明不同意的原因。", BASIS)
    asked = _asked(transfer)
    with transaction.atomic():
        messages.send(
            case=asked.id, kind=REFUSAL, sender=asked.sender, receiver=asked.receiver, content={"reason": reason}
        )
        asked.state, asked.reason = TransferState.REFUSED, reason
        asked.save()
    return asked


def take(message: Message) -> None:
    """Carry out a message that arrived here, or note one that is only passed on. In the system's own name."""
    content = messages.content_of(message)
    try:
        _TAKE[message.kind](message, content)
    except (KeyError, TypeError, ValueError) as error:
        raise altered() from error


def _take_ask(message: Message, content: Mapping[str, Any]) -> None:
    """What is asked for names a pupil: it stays sealed in the message."""
    NodeTransfer.objects.get_or_create(
        id=message.case,
        defaults={
            "sender": message.receiver,
            "receiver": message.sender,
            "state": TransferState.ASKED,
            "school": UUID(content["school"]),
            "class_group": UUID(content["class_group"]),
            "asked_by": {},
            "at": message.at,
        },
    )


def _take_dossier(message: Message, content: Mapping[str, Any]) -> None:
    case = NodeTransfer.objects.select_for_update().get(id=message.case)
    if case.state == TransferState.OPENED:
        return
    case.student, case.closed_on = UUID(content["student"]), date.fromisoformat(content["closed_on"])
    case.state = TransferState.IN_TRANSIT
    if message.hop == "":
        _open(case, content)
        messages.send(
            case=case.id, kind=OPENED, sender=message.receiver, receiver=message.sender,
            content={"opened_on": str(case.opened_on)},
        )  # fmt: skip
    case.save()


def _open(case: NodeTransfer, dossier: Mapping[str, Any]) -> None:
    """The pupil's registration at the receiving school, with all that the dossier says, in the name of who asked."""
    student, day = UUID(dossier["student"]), max(today(), date.fromisoformat(dossier["closed_on"]))
    if not data_keys.adopt({student: base64.b64decode(dossier["data_key"], validate=True)}):
        raise Refused("exchange.forged", "包里的数据密钥与本节点已有的不一致，整包拒收。请双方核对。")
    if dossier.get("photo"):  # a node of an earlier version sends none
        named = str(dossier["fields"].get(photos.FIELD))
        carried_photos.take_with_dossier(dossier["photo"], student=student, digest=named)
    group = ClassGroup.objects.select_related("site").get(id=case.class_group)
    school, book = organisations.by_id(case.school), parameters.rulebook(day)
    journals.lock([school.id])
    known = JournalEntry.objects.filter(student=student, student_seq=dossier["student_seq"]).exists()
    if not known:
        StudentBase.objects.bulk_create(
            [StudentBase(student=student, student_seq=dossier["student_seq"])], ignore_conflicts=True
        )
    numbers, scheme = allocate(school, book, [(group, [student])])
    registration = environment().new_id()
    entry = NewEntry(
        school.id,
        "transfer_in",
        day,
        (
            SetFields(dict(dossier["fields"]), tuple(dossier["sensitive"])),
            OpenRegistration(registration, school.id, group.stage, numbers[student], scheme, "transfer_in"),
            SetSpell(registration, "status", IN_SCHOOL),
            SetSpell(registration, "class_group", str(group.id)),
            SetSpell(registration, "arrival", "awaited"),
        ),
        student,
        {"case": str(case.id), "from_node": case.sender, "numbers": dossier["numbers"]},
        dict(dossier["sensitive"]) or None,
    )
    actor = _meant(case.asked_by)
    opening = environment().new_id()
    journals.append(actor=actor, transaction_id=opening, entries=[entry], rulebook_version=book.version)
    registering.refold(students=[student], transaction_id=opening)
    case.state, case.opened_on = TransferState.OPENED, day


def _take_refusal(message: Message, content: Mapping[str, Any]) -> None:
    NodeTransfer.objects.filter(id=message.case).update(state=TransferState.REFUSED, reason=str(content["reason"]))


def _take_opened(message: Message, content: Mapping[str, Any]) -> None:
    day = date.fromisoformat(content["opened_on"])
    NodeTransfer.objects.filter(id=message.case).update(state=TransferState.OPENED, opened_on=day)


_TAKE = {ASK: _take_ask, DOSSIER: _take_dossier, REFUSAL: _take_refusal, OPENED: _take_opened}


def in_transit() -> list[NodeTransfer]:
    """Pupils between two nodes: in no school's register, counted once here."""
    return list(NodeTransfer.objects.filter(state=TransferState.IN_TRANSIT).order_by("closed_on", "id"))


def asked_here() -> list[tuple[NodeTransfer, dict[str, Any]]]:
    """What waits for this node's decision, with what was asked. In the system's own name."""
    own = node_keys.load().code
    cases = NodeTransfer.objects.filter(sender=own, state=TransferState.ASKED).order_by("at")
    return [(case, messages.content_of(Message.objects.get(case=case.id, kind=ASK))) for case in cases]


def _asked(transfer: UUID) -> NodeTransfer:
    found = NodeTransfer.objects.select_for_update().filter(id=transfer, sender=node_keys.load().code).first()
    if found is None or found.state != TransferState.ASKED:
        raise Refused("exchange.not_asked", "没有待办的跨区转学请求，可能已经办结。请刷新后再看。", BASIS)
    return found


def _require_head(actor: Actor) -> None:
    accounts.can_act(actor)
    if actor.role is not Role.HEAD:
        raise Refused("not_your_step", "跨区转学由教育局负责人办理，您现在的岗位不能办理。", BASIS)


def _said(actor: Actor) -> dict[str, str]:
    return {
        "person": str(actor.person),
        "post": str(actor.post),
        "organisation": str(actor.organisation),
        "role": actor.role.value,
        "level": actor.level.value,
    }


def _meant(value: Mapping[str, str]) -> Actor:
    return Actor(
        UUID(value["person"]), UUID(value["post"]), UUID(value["organisation"]), Role(value["role"]),
        Level(value["level"]),
    )  # fmt: skip
