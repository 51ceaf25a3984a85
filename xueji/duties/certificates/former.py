"""曾就读证明: of who has left, by his last school, or by whoever keeps the records of a closed one (clause B3)."""

from __future__ import annotations

from uuid import UUID

from xueji.duties.certificates.checking import FORMER_PUPIL, last_day
from xueji.ground.organisations import selectors as organisations
from xueji.ground.typesetting import chinese_date
from xueji.pure.kernel.fold import RegistrationState
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.registry.register.selectors import StudentRecord
from xueji.registry.register.words import HOW_ENDED


def former_facts(
    kind: CertificateKind, record: StudentRecord, about: RegistrationState, issuer: UUID
) -> dict[str, str]:
    """What a paper about a former pupil says beside the rest; empty for every other kind."""
    if FORMER_PUPIL not in kind.conditions:
        return {}
    day = last_day(about, record.on)
    how = HOW_ENDED.get(about.how_ended or "", "离校")
    school = organisations.by_id(about.school)
    name = organisations.names([about.school], day).get(about.school, school.name)
    keeping = ""
    if about.school != issuer:
        closed = f"已于{chinese_date(school.closed_on)}撤销" if school.closed_on else "已撤销"
        keeping = f"该校{closed}，学籍档案由我单位保管。"
    return {"former_school": name, "how_ended": how, "keeping": keeping, "status": how}
