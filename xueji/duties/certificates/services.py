"""Issuing a proof of registration (学籍证明): only what the register bears out (clauses B2, B3, C2).

No door prints around this: the conditions stand in the rulebook, the check compares journals and state, and each
print is in the disclosure log.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection, transaction

from xueji.duties.certificates.models import Certificate
from xueji.duties.certificates.statement import Statement, encode, masked_name
from xueji.duties.certificates.typesetting import qr_svg, typeset
from xueji.ground.accounts.services.acts import can_act
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.ground.keys import services as keys
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.rulebook import CertificateKind, Rulebook
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.register.models import Registration, Student
from xueji.registry.register.selectors import StudentRecord, student_record

PROOF = "proof_of_registration"
ISSUERS = frozenset({Role.REGISTRAR, Role.DEPUTY_HEAD})


@dataclass(frozen=True, slots=True)
class Issued:
    """A paper as it was issued: its number, the PDF/A and the text of its QR code."""

    id: UUID
    number: str
    pdf: bytes
    statement: str


def refusals(record: StudentRecord | None, kind: CertificateKind, school: UUID) -> list[Refused]:
    """Every condition of the rulebook that does not hold, each with its sentence and basis."""
    if record is None:
        return [Refused("certificate.unknown", "没有这名学生的学籍档案，不能出具证明。", kind.basis)]
    found: list[Refused] = []
    registration = record.in_force
    if "registration_in_force" in kind.conditions and (registration is None or registration.school != school):
        found.append(
            Refused("certificate.not_in_force", "该生现在不在本校学籍库中，请由学籍所在学校出具证明。", kind.basis)
        )
    if "established" in kind.conditions and not record.established:
        found.append(
            Refused(
                "certificate.not_established",
                "该生电子档案尚未建全，不能出具任何证明。请先在学生页面补齐必填项并经审核。",
                kind.basis,
            )
        )
    if "registration_number" in kind.conditions and not (registration and registration.number):
        found.append(Refused("certificate.no_number", "该生没有19位学籍号，出具的证明无效。请先完成编号。", kind.basis))
    if "register_check" in kind.conditions and registration is not None:
        differing = register_check(record)
        if differing:
            message = f"与学籍库比对不一致：{'、'.join(differing)}。请联系主管教育局核对后再出具。"
            found.append(Refused("certificate.register_check", message, kind.basis))
    return found


def register_check(record: StudentRecord) -> list[str]:
    """比对: what the journals say of the pupil against the state that pages show; labels of what differs."""
    state = Student.objects.filter(pk=record.student).first()
    latest = record.latest
    row = Registration.objects.filter(pk=latest.registration).first()
    if state is None or row is None:
        return ["学籍记录"]
    birth = record.fields.get("birth_date")
    pairs = (
        ("姓名", state.name, record.name),
        ("性别", state.gender, record.fields.get("gender", "")),
        ("出生日期", state.birth_date.isoformat() if state.birth_date else None, birth),
        ("学籍号", row.number, latest.number),
        ("学校", row.school, latest.school),
        ("起止日期", (row.started_on, row.ended_on), (latest.started_on, latest.ended_on)),
        ("是否作废", row.voided, latest.voided),
    )
    return [label for label, here, there in pairs if here != there]


def issue_proof(*, actor: Actor, student: UUID, purpose: str = "") -> Issued:
    """Issue a 学籍证明 in the actor's school; the paper, its number and its statement.

    Raises ``Refused`` (all unmet conditions in one message): an untrained hand, a pupil of another school, no number,
    record not established, register check failed, or a name that no font holds.
    """
    can_act(actor)
    if actor.role not in ISSUERS:
        raise Refused("certificate.post", "学籍证明由学校学籍管理员或分管校长出具。", "通知一.3")
    day = today()
    book = parameters.rulebook(day)
    kind = book.certificates[PROOF]
    with transaction.atomic():
        record = student_record(student, day)
        unmet = refusals(record, kind, actor.organisation)
        if unmet or record is None:
            raise Refused(unmet[0].code, "".join(one.message for one in unmet), kind.basis)
        school = organisations.by_id(actor.organisation)
        number = _take_number(kind, school.id, school.code, day)
        statement = encode(Statement(number, PROOF, record.latest.number, masked_name(record.name), school.name, day))
        pdf = _typeset(book, kind, record, school.name, number, statement, purpose, day)
        identity = _store(actor, record, number, statement, purpose, day)
        disclosure.log(
            actor=actor,
            kind=DisclosureKind.PRINT,
            subjects=[student],
            ground=disclosure.ground_for(f"出具学籍证明 {number} {purpose}"),
        )
    return Issued(identity, number, pdf, statement)


def reprint(*, actor: Actor, certificate: UUID) -> Issued:
    """The same paper again, while the register still bears it out; logged as a print of its own."""
    found = Certificate.objects.get(pk=certificate)
    if found.voided_at is not None:
        raise Refused("certificate.voided", "该证明已作废，不能再次打印。请重新出具。", "通知二.3")
    day = today()
    book = parameters.rulebook(day)
    kind = book.certificates[found.kind]
    record = student_record(found.student, day)
    unmet = refusals(record, kind, actor.organisation)
    if unmet or record is None:
        raise Refused(unmet[0].code, "".join(one.message for one in unmet), kind.basis)
    key = keys.data_keys.get([found.student])[found.student]
    statement = keys.open_(key, bytes(found.statement), _aad(found.id)).decode()
    school = organisations.by_id(found.school)
    pdf = _typeset(book, kind, record, school.name, found.number, statement, found.purpose, found.issued_on)
    with transaction.atomic():
        disclosure.log(
            actor=actor,
            kind=DisclosureKind.PRINT,
            subjects=[found.student],
            ground=disclosure.ground_for(f"再次打印学籍证明 {found.number}"),
        )
    return Issued(found.id, found.number, pdf, statement)


def void(*, actor: Actor, certificate: UUID, reason: str) -> Certificate:
    """Void a paper with its reason; it stays findable and its code is answered with 已作废."""
    can_act(actor)
    if not reason.strip():
        raise Refused("certificate.reason", "请写明作废原因。", "通知四.3")
    with transaction.atomic():
        found = Certificate.objects.select_for_update().get(pk=certificate)
        if found.voided_at is not None:
            raise Refused("certificate.voided", "该证明已经作废。", "通知四.3")
        found.voided_at, found.voided_by, found.void_reason = environment().now(), actor.person, reason.strip()
        found.save(update_fields=["voided_at", "voided_by", "void_reason"])
    return found


def _aad(certificate: UUID) -> bytes:
    return b"certificates_certificate" + certificate.bytes


def _take_number(kind: CertificateKind, school: UUID, code: str, day: date) -> str:
    """The next number of the school and year: the counter's row is locked until commit, so numbers have no gap."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO certificates_certificatecounter (school, kind, year, last) VALUES (%s, %s, %s, 1) "
            "ON CONFLICT (school, kind, year) DO UPDATE SET last = certificates_certificatecounter.last + 1 "
            "RETURNING last",
            [school, kind.kind, day.year],
        )
        serial = cursor.fetchone()[0]
    return kind.number_format.format(school=code, year=day.year, serial=serial)


def _store(actor: Actor, record: StudentRecord, number: str, statement: str, purpose: str, day: date) -> UUID:
    identity = environment().new_id()
    key = keys.data_keys.ensure([record.student])[record.student]
    latest = record.latest
    checked = keys.canonical_json(
        [
            str(record.student),
            str(latest.registration),
            latest.number,
            str(latest.school),
            latest.started_on.isoformat(),
        ]
    )
    Certificate.objects.create(
        id=identity, number=number, kind=PROOF, student=record.student, registration=latest.registration,
        school=actor.organisation, purpose=purpose, statement=keys.seal(key, statement.encode(), _aad(identity)),
        register_digest=hashlib.sha256(checked).hexdigest(), issued_on=day, issued_at=environment().now(),
        issued_by=actor.person,
    )  # fmt: skip
    return identity


def _typeset(
    book: Rulebook,
    kind: CertificateKind,
    record: StudentRecord,
    school: str,
    number: str,
    statement: str,
    purpose: str,
    day: date,
) -> bytes:
    latest = record.latest
    group_id = latest.value("class_group", record.on)
    group = ClassGroup.objects.select_related("site").filter(pk=group_id).first() if group_id else None
    class_name = organisations.class_display_name(group, record.on, stages=book.stages) if group else ""
    gender = book.codes["gender"].name_of(str(record.fields.get("gender", "")))
    birth = date.fromisoformat(str(record.fields["birth_date"]))
    short = latest.number[11:]
    facts = {
        "name": record.name, "gender": gender, "birth_date": chinese_date(birth), "school": school, "grade": "",
        "class_name": class_name, "registration_number": latest.number, "on": chinese_date(day),
    }  # fmt: skip
    ethnic = str(record.fields.get("ethnic_group", ""))
    data = {
        **facts,
        "number": number,
        "ethnic_group": book.codes["ethnic_group"].name_of(ethnic) if ethnic else "",
        "status": book.codes["registration_status"].name_of(latest.value("status", record.on) or "in_school"),
        "registration_shown": f"{latest.number[:11]} {short[:4]} {short[4:6]} {short[6:]}",
        "sentence": kind.body.format(**facts),
        "purpose": purpose,
        "qr": qr_svg(statement),
        "issued_on": chinese_date(day),
        "basis": kind.basis,
    }
    try:
        return typeset(PROOF, data)
    except RuntimeError as error:
        message = "姓名中有字库里没有的字，不能打印。请联系软件维护员安装完整字库（思源宋体/Noto CJK）。"
        raise Refused("certificate.glyph", message, "") from error


def chinese_date(day: date) -> str:
    """2008年11月3日."""
    return f"{day.year}年{day.month}月{day.day}日"
