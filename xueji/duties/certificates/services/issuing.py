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

from xueji.duties.certificates import paper as papers
from xueji.duties.certificates.checking import refusals
from xueji.duties.certificates.models import Certificate
from xueji.duties.certificates.paper import Paper
from xueji.duties.certificates.statement import Statement, encode, masked_name, sealed_place
from xueji.ground.accounts.services.acts import can_act
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.ground.keys import services as keys
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Actor, Refused, Role
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


def require_issuer(actor: Actor) -> None:
    """``Refused`` for a post that issues no papers, and for an untrained hand."""
    can_act(actor)
    if actor.role not in ISSUERS:
        raise Refused("certificate.post", "学籍证明由学校学籍管理员或分管校长办理。", "通知一.3")


@transaction.atomic
def issue_proof(*, actor: Actor, student: UUID, purpose: str = "") -> Issued:
    """Issue a 学籍证明 in the actor's school; the paper, its number and its statement.

    Raises ``Refused`` (all unmet conditions in one message): an untrained hand, a pupil of another school, no number,
    record not established, register check failed, or a name that no font holds.
    """
    require_issuer(actor)
    day = today()
    book = parameters.rulebook(day)
    kind = book.certificates[PROOF]
    record = _borne_out(student, kind, actor.organisation, day)
    school = organisations.by_id(actor.organisation)
    facts = papers.facts_of(book, record, school.name)
    number = _take_number(kind, school.id, school.code, day)
    until = papers.valid_until(kind, day)
    statement = encode(
        Statement(number, PROOF, record.latest.number, masked_name(record.name), school.name, day, until)
    )
    paper = Paper(kind, number, facts, statement, " ".join(purpose.split()), day, until)
    pdf = papers.print_paper(paper)
    identity = _store(actor, record, paper)
    _log_print(actor, student, f"出具学籍证明 {number} {paper.purpose}")
    return Issued(identity, number, pdf, statement)


@transaction.atomic
def reprint(*, actor: Actor, certificate: UUID) -> Issued:
    """The same paper again, while it is neither voided nor out of date and the register says what it says; logged as a
    print of its own. Raises ``Refused``."""
    require_issuer(actor)
    found = own_paper(actor, certificate)
    if found.voided_at is not None:
        raise Refused("certificate.voided", "该证明已作废，不能再次打印。请重新出具。", "通知二.3")
    day = today()
    book = parameters.rulebook(day)
    kind = book.on(found.issued_on).certificates[found.kind]
    if found.valid_until is not None and found.valid_until < day:
        raise Refused("certificate.expired", f"该证明的有效期到 {found.valid_until} 为止。请重新出具。", kind.basis)
    record = _borne_out(found.student, kind, found.school, day)
    facts = papers.facts_of(book, record, organisations.by_id(found.school).name)
    if papers.digest_of(record.latest.registration, facts) != found.register_digest:
        message = "出具以后学籍记录已有变化，不能按原样再次打印。请作废该证明，重新出具。"
        raise Refused("certificate.changed", message, kind.basis)
    key = keys.data_keys.get([found.student])[found.student]
    statement = keys.open_(key, bytes(found.statement), sealed_place(found.id)).decode()
    paper = Paper(kind, found.number, facts, statement, found.purpose, found.issued_on, found.valid_until)
    pdf = papers.print_paper(paper)
    _log_print(actor, found.student, f"再次打印学籍证明 {found.number}")
    return Issued(found.id, found.number, pdf, statement)


def own_paper(actor: Actor, certificate: UUID, *, lock: bool = False) -> Certificate:
    """A paper of the actor's own school; ``Refused`` where there is none."""
    rows = Certificate.objects.select_for_update() if lock else Certificate.objects
    found = rows.filter(pk=certificate, school=actor.organisation).first()
    if found is None:
        raise Refused("certificate.not_found", "本校没有出具过这份证明。请核对编号。", "通知二.3")
    return found


def _borne_out(student: UUID, kind: CertificateKind, school: UUID, day: date) -> StudentRecord:
    """The record, if it meets every condition of the kind."""
    record = student_record(student, day)
    unmet = refusals(record, kind, school)
    if unmet or record is None:
        raise Refused(unmet[0].code, "".join(one.message for one in unmet), kind.basis)
    return record


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


def _store(actor: Actor, record: StudentRecord, paper: Paper) -> UUID:
    identity = environment().new_id()
    key = keys.data_keys.ensure([record.student])[record.student]
    registration, said = record.latest.registration, paper.statement.encode()
    Certificate.objects.create(
        id=identity, number=paper.number, kind=PROOF, student=record.student, registration=registration,
        school=actor.organisation, purpose=paper.purpose, statement=keys.seal(key, said, sealed_place(identity)),
        statement_digest=hashlib.sha256(said).hexdigest(),
        register_digest=papers.digest_of(registration, paper.facts), issued_on=paper.issued_on,
        valid_until=paper.valid_until, issued_at=environment().now(), issued_by=actor.person,
    )  # fmt: skip
    return identity


def _log_print(actor: Actor, student: UUID, ground: str) -> None:
    disclosure.log(actor=actor, kind=DisclosureKind.PRINT, subjects=[student], ground=disclosure.ground_for(ground))
