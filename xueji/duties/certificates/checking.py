"""Whether the register bears a paper out: the rulebook's conditions, the register check 比对 (clauses B2, B3, C2)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from xueji.duties.certificates.conditions import Beside, unmet
from xueji.duties.certificates.custody import places_for
from xueji.duties.certificates.moving import APPROVED_TRANSFER, registration_of_move
from xueji.duties.certificates.state import StateRows, state_rows
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.fold import RegistrationState
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Refused
from xueji.registry.photos.selectors import FIELD
from xueji.registry.register.identity import id_index
from xueji.registry.register.models import EarlierFields, Registration, Student
from xueji.registry.register.selectors import StudentRecord
from xueji.registry.register.shape import Shapes

IN_SCHOOL, SUSPENDED, AWAITED = "in_school", "suspended", "awaited"
#: The condition of the one kind of paper that is for children without a registration here (``services.guests``).
OUTSIDE_GUEST = "outside_guest"
#: The condition of papers about who has left: by his school, or by whoever keeps a closed one's records.
FORMER_PUPIL = "former_pupil"
#: The condition of papers that the school issues where the pupil sits, his own or the one that has him as a guest.
ATTENDING = "attending"
#: The condition of the one kind of paper that is about an order, not a pupil (``services.rolling``).
ATTESTED_ORDER = "attested_order"
DIMENSIONS = {"class_group": "班级", "status": "学籍状态", "arrival": "到校情况", "attends": "借读学校"}


def subject_of(
    record: StudentRecord, kind: CertificateKind, school: UUID, places: Collection[UUID] | None = None
) -> RegistrationState | None:
    """The registration of which a paper of this kind speaks at this school: the one in force there (``ATTENDING``:
    also one elsewhere whose pupil studies here as a guest), or the last one that ended there, or at a closed school
    whose records this one keeps, in one of the kind's ways; None where there is none.

    A transfer sheet speaks of the registration that an approved transfer from this school ends or has ended.

    ``places``: what ``places_for`` says, where many pupils are asked about.
    """
    if APPROVED_TRANSFER in kind.conditions:
        return registration_of_move(record, kind, school)
    if not kind.ended_by:
        held = record.in_force
        if held is None or held.school == school:
            return held
        guest = ATTENDING in kind.conditions and held.value("attends", record.on) == str(school)
        return held if guest else None
    known = places_for(kind, school) if places is None else places
    ended = [
        one
        for one in record.registrations
        if one.school in known and not one.voided and one.how_ended in kind.ended_by
        if one.ended_on is not None and one.ended_on <= record.on
    ]
    return ended[-1] if ended else None


def last_day(registration: RegistrationState, on: date) -> date:
    """The day as of which a paper shows class and status: ``on``, or the last day of a registration that has ended."""
    ended = registration.ended_on
    return on if ended is None or on < ended else ended - timedelta(days=1)


def refusals(
    record: StudentRecord | None,
    kind: CertificateKind,
    school: UUID,
    rows: StateRows | None = None,
    beside: Beside | None = None,
    places: Collection[UUID] | None = None,
) -> list[Refused]:
    """Every condition of the rulebook that does not hold, each with its sentence and basis.

    ``rows``, ``beside``, ``places``: the state of many pupils, what else the kind asks, and for which schools' leavers
    papers are issued here, where they were read at once. Whether a diploma was issued before is asked by ``claims``,
    which alone issues what depends on it.
    """
    if OUTSIDE_GUEST in kind.conditions:
        message = f"{kind.title}只出具给学籍在外地、经批准来校借读的学生，请在“外地借读”名单中出具。"
        return [Refused("certificate.only_guests", message, kind.basis)]
    if ATTESTED_ORDER in kind.conditions:
        message = f"{kind.title}按验印申请出具，不为一名学生出具。请在“验印”中打开已验印的申请，点“打印花名册”。"
        return [Refused("certificate.only_orders", message, kind.basis)]
    if record is None:
        return [Refused("certificate.unknown", "没有这名学生的学籍档案，不能出具证明。", kind.basis)]
    registration = subject_of(record, kind, school, places)
    asked = [
        _missing_registration(kind, registration),
        _not_established(record, kind),
        _no_number(kind, registration),
        *(_standing(record, kind, registration, school) if registration is not None else ()),
        *unmet(record, registration, kind, beside),
    ]
    if "register_check" in kind.conditions and registration is not None:
        differing = register_check(record, registration, rows)
        if differing:
            message = f"与学籍库比对不一致：{'、'.join(differing)}。请联系主管教育局核对后再出具。"
            asked.append(Refused("certificate.register_check", message, kind.basis))
    return [one for one in asked if one is not None]


def _missing_registration(kind: CertificateKind, registration: RegistrationState | None) -> Refused | None:
    if registration is not None:
        return None
    if APPROVED_TRANSFER in kind.conditions:
        message = f"该生没有从本校转出、已经批准的转学，不能出具{kind.title}。请先办理转学，批准以后再出具。"
        return Refused("certificate.no_transfer", message, kind.basis)
    if kind.ended_by:
        message = f"学籍库中没有该生符合“{kind.title}”的离校记录，请先办理毕业（结业）等手续。"
        return Refused("certificate.not_ended", message, kind.basis)
    return Refused("certificate.not_in_force", "该生现在不在本校学籍库中，请由学籍所在学校出具证明。", kind.basis)


def _not_established(record: StudentRecord, kind: CertificateKind) -> Refused | None:
    if "established" not in kind.conditions or record.established:
        return None
    message = "该生电子档案尚未建全，不能出具任何证明。请先在学生页面补齐必填项并经审核。"
    return Refused("certificate.not_established", message, kind.basis)


def _no_number(kind: CertificateKind, registration: RegistrationState | None) -> Refused | None:
    if "registration_number" not in kind.conditions or (registration and registration.number):
        return None
    return Refused("certificate.no_number", "该生没有19位学籍号，出具的证明无效。请先完成编号。", kind.basis)


def _standing(
    record: StudentRecord, kind: CertificateKind, registration: RegistrationState, school: UUID
) -> Iterator[Refused | None]:
    """What the kind asks of status, attendance and the past of the registration."""
    day = last_day(registration, record.on)
    status = registration.value("status", day) or IN_SCHOOL
    words = parameters.rulebook(record.on).codes["registration_status"]

    def named(code: str) -> str:
        return words.name_of(code) or code

    if kind.status and status not in kind.status:
        wanted = "或".join(named(code) for code in kind.status)
        message = f"该生学籍状态是“{named(status)}”，{kind.title}只能出具给“{wanted}”的学生。"
        yield Refused("certificate.status", message, kind.basis)
    if ATTENDING in kind.conditions:
        host = registration.value("attends", day)
        if registration.value("arrival", day) == AWAITED:
            message = f"该生尚未报到，不能出具{kind.title}。请先在变动中确认到校。"
            yield Refused("certificate.not_arrived", message, kind.basis)
        elif host is not None and host != str(school):
            message = f"该生在外校借读，不在本校就读，{kind.title}由借读的学校出具。"
            yield Refused("certificate.guest_elsewhere", message, kind.basis)
    if "resumed" in kind.conditions and not any(
        spell.dimension == "status" and spell.value == SUSPENDED and spell.started_on <= day
        for spell in registration.spells
    ):
        message = f"该生没有休学记录，不能出具{kind.title}。"
        yield Refused("certificate.never_suspended", message, kind.basis)


@dataclass(frozen=True, slots=True)
class _Row:
    """One side of the check: labels and values, in the order in which differences are named."""

    values: Mapping[str, Any]

    def against(self, other: _Row) -> list[str]:
        return [label for label, value in self.values.items() if value != other.values[label]]


def register_check(
    record: StudentRecord, registration: RegistrationState | None = None, rows: StateRows | None = None
) -> list[str]:
    """比对: what the journals say of the pupil against the state that pages show; the labels of what differs.

    ``registration``: of which one, default the one in force, else the last. Of a pupil who has gone on to another
    school his former one sees the registration that ended there: then that alone is compared.
    """
    about = registration or record.latest
    tables = rows or state_rows([record.student], [about.registration])
    row, state = tables.registrations.get(about.registration), tables.students.get(record.student)
    if row is None or (state is None and (row.ended_on is None or record.on < row.ended_on)):
        return ["学籍记录"]
    seen = tables.values(row.id, record.on)
    columns = _columns(record.on)
    differing = (
        []
        if state is None
        else _of_pupil(record, columns).against(_of_pupil_now(tables.known(state, record.on), state, columns))
    )
    return [*differing, *_of_registration(record, about).against(_of_registration_now(record, row, seen))]


_OWN = ("name", "gender", "birth_date", "id_document_type")
Columns = Sequence[tuple[str, str]]


def _columns(on: date) -> list[tuple[str, str]]:
    """(label, code) of every clear field of the catalogue that is not compared by name already, and the photo."""
    return [
        ("照片", FIELD),
        *(
            (column.label, column.code)
            for column in parameters.rulebook(on).fields.columns
            if not column.field.sensitive and column.code not in _OWN
        ),
    ]


def _of_pupil(record: StudentRecord, columns: Columns) -> _Row:
    number = record.sensitive.get(Shapes().on(record.on).id_number)
    return _Row(
        {
            "姓名": record.name,
            "性别": record.fields.get("gender", ""),
            "出生日期": record.fields.get("birth_date"),
            "身份证件号码": id_index(record.fields.get("id_document_type"), number),
            **{label: record.fields.get(code) for label, code in columns},
        }
    )


def _of_pupil_now(known: Student | EarlierFields, state: Student, columns: Columns) -> _Row:
    """The state as of the record's day."""
    return _Row(
        {
            "姓名": known.name,
            "性别": known.gender,
            "出生日期": known.birth_date.isoformat() if known.birth_date else None,
            "身份证件号码": None if state.id_index is None else bytes(state.id_index),
            **{label: known.fields.get(code) for label, code in columns},
        }
    )


def _of_registration(record: StudentRecord, about: RegistrationState) -> _Row:
    return _Row(
        {
            "学籍号": about.number,
            "学校": about.school,
            "学段": about.stage,
            "起止日期": (about.started_on, about.ended_on),
            "是否作废": about.voided,
            **{label: about.value(dimension, record.on) for dimension, label in DIMENSIONS.items()},
        }
    )


def _of_registration_now(record: StudentRecord, row: Registration, values: Mapping[str, str | None]) -> _Row:
    ended = row.ended_on if row.ended_on and row.ended_on <= record.on else None
    return _Row(
        {
            "学籍号": row.number,
            "学校": row.school,
            "学段": row.stage,
            "起止日期": (row.started_on, ended),
            "是否作废": row.voided,
            **{label: values.get(dimension) for dimension, label in DIMENSIONS.items()},
        }
    )
