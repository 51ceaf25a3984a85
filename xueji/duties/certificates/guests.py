"""What a paper says of a guest: of one whose home is outside the register attendance alone, the home school as text;
of one who is registered at another school here, where that is."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from xueji.duties.certificates.checking import OUTSIDE_GUEST
from xueji.duties.certificates.paper import class_groups
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.ground.typesetting import chinese_date
from xueji.pure.kernel.fold import RegistrationState
from xueji.pure.kernel.outside import GUEST, OutsideChild
from xueji.pure.kernel.rulebook import CertificateKind, Rulebook
from xueji.pure.kernel.types import Refused
from xueji.registry.register.selectors import outside_child


def studies_here(about: RegistrationState, host: UUID) -> dict[str, str]:
    """What the host's paper says of a guest who is registered at another school; empty for a pupil of its own. The
    class is the home school's and is not said."""
    if about.school == host or about.ended_on is not None:
        return {}
    return {"class_name": "", "guest": f"（借读，学籍在{organisations.by_id(about.school).name}）"}


def guest_kind(book: Rulebook) -> CertificateKind | None:
    """The kind of paper for guests from outside, None where the rulebook has none."""
    return next((one for one in book.certificates.values() if OUTSIDE_GUEST in one.conditions), None)


def guest_of(child: UUID, kind: CertificateKind, school: UUID, day: date) -> OutsideChild:
    """Who studies at the school from outside on the day, opened; ``Refused`` for everybody else."""
    known = outside_child(school, child)
    if known is None or known.standing != GUEST or not known.holds(day):
        message = f"该生现在不在本校的外地借读名单中，不能出具{kind.title}。请核对名单；期满的先办理延期。"
        raise Refused("certificate.no_guest", message, kind.basis)
    if known.until is not None and known.until < day:
        message = f"借读已于 {known.until} 到期，不能出具{kind.title}。请先办理外地借读延期或结束。"
        raise Refused("certificate.guest_over", message, kind.basis)
    return known


def guest_facts(child: UUID, kind: CertificateKind, school: UUID, day: date) -> dict[str, str]:
    """What is printed, as text. Raises ``Refused``."""
    known, book = guest_of(child, kind, school, day), parameters.rulebook(day)
    group = class_groups([known.class_group]).get(known.class_group) if known.class_group else None
    said = known.said
    return {
        "name": said.get("name", ""),
        "gender": book.codes["gender"].name_of(known.gender) or "",
        "birth_date": chinese_date(date.fromisoformat(said["birth_date"])),
        "ethnic_group": "",
        "school": organisations.by_id(school).name,
        "grade": "",
        "class_name": organisations.class_display_name(group, day, stages=book.stages) if group else "",
        "registration_number": "",
        "student_number": "",
        "status": "",
        "enrolment_month": "",
        "ended_on": "",
        "status_since": chinese_date(known.started_on),
        "home_school": f"{said.get('home_region', '')}{said.get('home_school', '')}",
    }
