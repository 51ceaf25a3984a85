"""转学证明: goes with the child to the other school, by the school that he leaves; its lower part comes back (A2, B2).

It rests on an approved transfer: which kinds of change have a sheet is said by these kinds (``sheet`` in
``changes.yaml``). Within the city the receiving school has lodged; out of it the sending one, and the other side is a
name.
"""

from __future__ import annotations

from uuid import UUID

from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.ground.typesetting import chinese_date
from xueji.pure.kernel.fold import RegistrationState
from xueji.pure.kernel.rulebook import CertificateKind, Rulebook
from xueji.pure.procedures.out_of_city import DEPARTING, HOW
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.papers.codes import PaperCode
from xueji.registry.applications.types import ApplicationView
from xueji.registry.register.identity import id_index
from xueji.registry.register.selectors import StudentRecord
from xueji.registry.register.shape import Shapes

APPROVED_TRANSFER = "approved_transfer"
#: How a registration ends by a transfer that goes with a sheet.
_LEFT = frozenset({"transfer_out", HOW})


def registration_of_move(record: StudentRecord, kind: CertificateKind, school: UUID) -> RegistrationState | None:
    """The registration at a school that an approved transfer has ended, or ends when the receipt comes; None: none."""
    own = [one for one in record.registrations if one.school == school and not one.voided]
    about = next((one for one in reversed(own) if _goes(one, record)), None)
    return about if about is not None and _move(record, kind, about) is not None else None


def _goes(one: RegistrationState, record: StudentRecord) -> bool:
    if one.ended_on is not None and one.ended_on <= record.on:
        return one.how_ended in _LEFT
    return one.value("arrival", record.on) == DEPARTING


def _move(
    record: StudentRecord, kind: CertificateKind, about: RegistrationState, book: Rulebook | None = None
) -> ApplicationView | None:
    known = book or parameters.rulebook(record.on)
    moves = [change.kind for change in known.changes.values() if change.sheet == kind.kind]
    return applications.approved_about(record.student, about.registration, moves)


def move_facts(
    kind: CertificateKind, book: Rulebook, record: StudentRecord, about: RegistrationState
) -> dict[str, str]:
    """What a transfer sheet says beside the rest, with the code of the application: a scan of the receipt finds its
    file. Empty for every other kind."""
    found = _move(record, kind, about, book) if APPROVED_TRANSFER in kind.conditions else None
    if found is None:
        return {}
    taken = found.school if found.other_school else None
    day, days = found.effective_on, book.changes[found.kind].arrival_days
    number = record.sensitive.get(Shapes().on(record.on).id_number)
    index = id_index(record.fields.get("id_document_type"), number)
    return {
        "to_region": found.claim.get("region", ""),
        "to_school": organisations.by_id(taken).name if taken else found.claim.get("other_school_name", ""),
        "reason": found.claim.get("reason", ""),
        "decided_on": chinese_date(day) if day else "",
        "due_on": chinese_date(book.calendar.due(day, days).on) if day and days else "",
        "file_number": found.case.file_number if found.case and found.case.file_number else "",
        "file_code": PaperCode(application=found.id, paper="sheet").text(),
        "document": str(number or ""),
        "document_index": index.hex() if index else "",
    }
