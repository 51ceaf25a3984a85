"""Messages of a transfer as they arrive, in the system's own name; who is concerned is told."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from xueji.duties.exchange import carried_photos, identity, messages
from xueji.duties.exchange.envelope import altered
from xueji.duties.exchange.messages import ASK, DOSSIER, OPENED, REFUSAL
from xueji.duties.exchange.models import Message, NodeTransfer, TransferState
from xueji.duties.exchange.writers import own_of
from xueji.ground.journals import services as journals
from xueji.ground.journals.models import JournalEntry, StudentBase
from xueji.ground.journals.types import NewEntry
from xueji.ground.keys import data_keys
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.operations import OpenRegistration, SetFields, SetSpell
from xueji.pure.kernel.types import Actor, Level, Refused, Role
from xueji.pure.procedures.enrolment import IN_SCHOOL
from xueji.registry.applications.services.completing.numbering import allocate
from xueji.registry.cases.services.notices import notify
from xueji.registry.photos import selectors as photos
from xueji.registry.register import services as registering

ASKED_NOTICE, OURS_NOTICE = "node_transfer_asked", "node_transfer_ours"
REFUSED_NOTICE, ARRIVED_NOTICE, DONE_NOTICE = "node_transfer_refused", "node_transfer_arrived", "node_transfer_done"


def take(message: Message) -> None:
    """Carry out a message that arrived here, or note one that is only passed on. In the system's own name."""
    content = messages.content_of(message)
    try:
        _TAKE[message.kind](message, content)
    except (KeyError, TypeError, ValueError) as error:
        raise altered() from error


def _take_ask(message: Message, content: Mapping[str, Any]) -> None:
    """What is asked for names a pupil: it stays sealed in the message. Where the pupil is known, so is the school."""
    student, school = _borne(str(content["number"]), str(content["name"]))
    from_name = organisations.names([school]).get(school, "") if school else ""
    _, new = NodeTransfer.objects.get_or_create(
        id=message.case,
        defaults={
            "sender": message.receiver,
            "receiver": message.sender,
            "state": TransferState.ASKED,
            "school": UUID(content["school"]),
            "class_group": UUID(content["class_group"]),
            "asked_by": {},
            "at": message.at,
            "student": student,
            "from_school": school,
            "from_school_name": from_name,
        },
    )
    if new and message.hop == "":
        params = {"bureau": identity.name_of(message.sender), "school": str(content["school_name"])}
        notify(own_of(message.receiver), ASKED_NOTICE, subject=message.case, params=params)
        if school:
            notify([school], OURS_NOTICE, subject=message.case, params=params)


def _borne(number: str, name: str) -> tuple[UUID | None, UUID | None]:
    """The pupil in force with this number and name, and the school, as far as this node knows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT student, school FROM applications_borne(%s, %s)", [number.strip(), name.strip()])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else (None, None)


def _take_dossier(message: Message, content: Mapping[str, Any]) -> None:
    case = NodeTransfer.objects.select_for_update().get(id=message.case)
    if case.state == TransferState.OPENED:
        return
    case.student, case.closed_on = UUID(content["student"]), date.fromisoformat(content["closed_on"])
    case.from_school = UUID(content["from_school"])
    case.from_school_name = str(content.get("from_school_name") or case.from_school_name)
    case.state = TransferState.IN_TRANSIT
    if message.hop == "":
        _open(case, content)
        messages.send(
            case=case.id, kind=OPENED, sender=message.receiver, receiver=message.sender,
            content={"opened_on": str(case.opened_on)},
        )  # fmt: skip
        _tell_receivers(case, ARRIVED_NOTICE)
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
    case = NodeTransfer.objects.select_for_update().filter(id=message.case, state=TransferState.ASKED).first()
    if case is None:
        return
    case.state, case.answer = TransferState.REFUSED, str(content["reason"])
    case.save()
    if message.hop == "":
        _tell_receivers(case, REFUSED_NOTICE)


def _take_opened(message: Message, content: Mapping[str, Any]) -> None:
    case = NodeTransfer.objects.select_for_update().filter(id=message.case).first()
    if case is None:
        return
    case.state, case.opened_on = TransferState.OPENED, date.fromisoformat(content["opened_on"])
    case.save()
    if message.hop == "":
        told = {*own_of(case.sender), *([case.from_school] if case.from_school else [])}
        notify(told, DONE_NOTICE, subject=case.id, params={"bureau": identity.name_of(case.receiver)})


def _tell_receivers(case: NodeTransfer, code: str) -> None:
    params = {
        "bureau": identity.name_of(case.sender),
        "school": organisations.names([case.school]).get(case.school, ""),
    }
    notify({*own_of(case.receiver), case.school}, code, subject=case.id, params=params)


_TAKE = {ASK: _take_ask, DOSSIER: _take_dossier, REFUSAL: _take_refusal, OPENED: _take_opened}


def _meant(value: Mapping[str, str]) -> Actor:
    return Actor(
        UUID(value["person"]), UUID(value["post"]), UUID(value["organisation"]), Role(value["role"]),
        Level(value["level"]),
    )  # fmt: skip
