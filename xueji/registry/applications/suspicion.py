"""Does the register hold this child already? One question for a whole roster, set-based.

The register-wide search passes row-level security by the register's definer functions; what
comes back is decided here and never shown to the school (design §3 "Student", §4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from xueji.registry.register import identity
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import KnownDocument, KnownPerson

SAME_DOCUMENT_IN_FORCE = "same_document_in_force"
SAME_DOCUMENT_UNLIKE_NAME = "same_document_unlike_name"
SAME_NAME_AND_BIRTH = "same_name_and_birth"

REASONS = {
    SAME_DOCUMENT_IN_FORCE: "身份证件号相同、姓名相同，对方目前在籍",
    SAME_DOCUMENT_UNLIKE_NAME: "身份证件号相同，但姓名不同",
    SAME_NAME_AND_BIRTH: "姓名和出生日期相同",
}
#: What the school is told (code, sentence); never who or where.
ALREADY_REGISTERED = (
    "already_registered",
    "第 {row} 行的学生已有在籍学籍，不能重复建档。请与家长核实后办理转学申请。",
)
UNDER_CHECK = (
    "under_check",
    "第 {row} 行的学生与学籍库中已有记录疑似重复，已转主管教育局核实。核实结果会通知您，其他行不受影响。",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A child as a row states it; ``cleared`` are students found before to be somebody else."""

    key: UUID
    name: str
    birth_date: date | None
    document_type: str
    document_number: str
    cleared: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A student of the register whom a row may be."""

    reason: str
    matched: UUID
    holder: UUID
    in_force: bool

    @property
    def told(self) -> tuple[str, str]:
        """What the school learns of it."""
        return ALREADY_REGISTERED if self.reason == SAME_DOCUMENT_IN_FORCE else UNDER_CHECK


@dataclass(frozen=True, slots=True)
class Known:
    """The answer for one row: to be continued (``student``), suspected, or new (both None)."""

    student: UUID | None = None
    suspicion: Suspicion | None = None


def find(asked: Sequence[Asked]) -> dict[UUID, Known]:
    """For every row: a known student without a registration in force, a suspicion, or nothing.

    A student with the same document and the same name who has no registration in force (a primary
    leaver) is continued. Everything else that resembles parks the row.
    """
    bearing = [one for one in asked if one.document_type and one.document_number]
    made = identity.id_indexes((one.document_type, one.document_number) for one in bearing)
    indexes = {one.key: index for one, index in zip(bearing, made, strict=True)}
    documents = register.existing_by_index(set(indexes.values())) if indexes else {}
    named = [(one.name, one.birth_date) for one in asked if one.birth_date is not None]
    persons = register.existing_by_person(named) if named else {}
    return {one.key: _judge(one, indexes.get(one.key), documents, persons) for one in asked}


def _judge(
    one: Asked,
    index: bytes | None,
    documents: Mapping[bytes, Sequence[KnownDocument]],
    persons: Mapping[tuple[str, date], Sequence[KnownPerson]],
) -> Known:
    same = [found for found in documents.get(index, ()) if found.student not in one.cleared] if index else []
    like = [found for found in same if found.name == one.name]
    for found in like:
        if found.in_force:
            return _suspected(SAME_DOCUMENT_IN_FORCE, found)
    for found in same:
        if found.name != one.name and found.living:
            return _suspected(SAME_DOCUMENT_UNLIKE_NAME, found)
    if like:
        return Known(student=like[0].student)
    for person in persons.get((one.name, one.birth_date), ()) if one.birth_date else ():
        if person.student not in one.cleared and person.living:
            return _suspected(SAME_NAME_AND_BIRTH, person)
    return Known()


def _suspected(reason: str, found: KnownDocument | KnownPerson) -> Known:
    return Known(suspicion=Suspicion(reason, found.student, found.holder, found.in_force))
