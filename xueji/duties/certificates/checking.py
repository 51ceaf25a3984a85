"""Whether the register bears a paper out: the rulebook's conditions, the register check 比对 (clauses B2, B3, C2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Refused
from xueji.registry.register.identity import id_index
from xueji.registry.register.models import EarlierFields, Registration, Spell, Student
from xueji.registry.register.selectors import StudentRecord
from xueji.registry.register.shape import Shapes

DIMENSIONS = {"class_group": "班级", "status": "学籍状态", "arrival": "到校情况", "attends": "借读学校"}


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


@dataclass(frozen=True, slots=True)
class _Row:
    """One side of the check: labels and values, in the order in which differences are named."""

    values: Mapping[str, Any]

    def against(self, other: _Row) -> list[str]:
        return [label for label, value in self.values.items() if value != other.values[label]]


def register_check(record: StudentRecord) -> list[str]:
    """比对: what the journals say of the pupil against the state that pages show; the labels of what differs."""
    state = Student.objects.filter(pk=record.student).first()
    row = Registration.objects.filter(pk=record.latest.registration).first()
    if state is None or row is None:
        return ["学籍记录"]
    return _journals(record).against(_state(record, state, row))


def _journals(record: StudentRecord) -> _Row:
    latest = record.latest
    return _Row(
        {
            "姓名": record.name,
            "性别": record.fields.get("gender", ""),
            "出生日期": record.fields.get("birth_date"),
            "身份证件号码": id_index(
                record.fields.get("id_document_type"),
                record.sensitive.get(Shapes().on(record.on).id_number),
            ),
            **_labelled(record, record.fields),
            "学籍号": latest.number,
            "学校": latest.school,
            "学段": latest.stage,
            "起止日期": (latest.started_on, latest.ended_on),
            "是否作废": latest.voided,
            **{label: latest.value(dimension, record.on) for dimension, label in DIMENSIONS.items()},
        }
    )


_OWN = ("name", "gender", "birth_date", "id_document_type")


def _labelled(record: StudentRecord, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Every clear field of the catalogue under its label."""
    columns = parameters.rulebook(record.on).fields.columns
    return {
        column.label: fields.get(column.code)
        for column in columns
        if not column.field.sensitive and column.code not in _OWN
    }


def _state(record: StudentRecord, state: Student, row: Registration) -> _Row:
    """The state as of the record's day: what a later entry brings already stands in the tables."""
    known: Student | EarlierFields = state
    if state.fields_from > record.on:
        earlier = EarlierFields.objects.filter(
            student=state.id, started_on__lte=record.on, ended_on__gt=record.on
        ).first()
        known = earlier or state
    spells = {
        spell.dimension: spell.value
        for spell in Spell.objects.filter(student=state.id, registration=row.id, started_on__lte=record.on)
        if spell.ended_on is None or record.on < spell.ended_on
    }
    index = state.id_index
    ended = row.ended_on if row.ended_on and row.ended_on <= record.on else None
    return _Row(
        {
            "姓名": known.name,
            "性别": known.gender,
            "出生日期": known.birth_date.isoformat() if known.birth_date else None,
            "身份证件号码": None if index is None else bytes(index),
            **_labelled(record, known.fields),
            "学籍号": row.number,
            "学校": row.school,
            "学段": row.stage,
            "起止日期": (row.started_on, ended),
            "是否作废": row.voided,
            **{label: spells.get(dimension) for dimension, label in DIMENSIONS.items()},
        }
    )
