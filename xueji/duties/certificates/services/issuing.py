"""Issuing a paper of any kind of the rulebook: only what the register bears out (clauses B2, B3, C2).

No door prints around this: the conditions stand in the rulebook, the check compares journals and state, and each
print is in the disclosure log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import NoReturn
from uuid import UUID

from django.db import IntegrityError, transaction

from xueji.duties.certificates import paper as papers
from xueji.duties.certificates.cards import card_facts
from xueji.duties.certificates.checking import OUTSIDE_GUEST, refusals, subject_of
from xueji.duties.certificates.conditions import ONE_VALID
from xueji.duties.certificates.custody import keeps_records, places_of
from xueji.duties.certificates.former import former_facts
from xueji.duties.certificates.guests import guest_facts, studies_here
from xueji.duties.certificates.impressions import Impressions, as_recorded, digests, impressions, recorded
from xueji.duties.certificates.models import Certificate
from xueji.duties.certificates.moving import move_facts
from xueji.duties.certificates.paper import Paper
from xueji.duties.certificates.replaced import to_replace
from xueji.duties.certificates.services.carding import Borne, Issued, issue_card, log_print, print_cards, take_numbers
from xueji.duties.certificates.statement import (
    Statement,
    decode,
    encode,
    masked_name,
    sealed_place,
    seals_mark,
    text_mark,
)
from xueji.ground.accounts.selectors import ROLE_TITLES
from xueji.ground.accounts.services.acts import can_act
from xueji.ground.documents.inspection import read_text
from xueji.ground.keys import services as keys
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.fold import RegistrationState
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Actor, Refused, Role
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.register.selectors import StudentRecord, student_record

PROOF = "proof_of_registration"
#: The posts of a school that have to do with papers at all; which of them issues a kind is the kind's ``issuers``.
ISSUERS = frozenset({Role.REGISTRAR, Role.DEPUTY_HEAD})


def require_issuer(actor: Actor, kind: CertificateKind | None = None) -> None:
    """``Refused`` for a post that issues no papers (of this kind), and for an untrained hand."""
    can_act(actor)
    if not may_issue(actor, kind):
        posts = "或".join(ROLE_TITLES[one] for one in (kind.issuers if kind else sorted(ISSUERS, reverse=True)))
        what = kind.title if kind else "证明"
        raise Refused("certificate.post", f"{what}由学校{posts}办理。请由相应岗位办理。", "通知一.3")


def may_issue(actor: Actor, kind: CertificateKind | None = None) -> bool:
    """Whether the post issues papers (of this kind): a school's, or a bureau's that keeps a closed school's records."""
    return actor.role in (kind.issuers if kind else ISSUERS) or keeps_records(actor)


def kind_of(code: str, on: date, school: UUID | None = None) -> CertificateKind:
    """A kind of the rulebook in force; ``Refused`` for another, with those that there are."""
    kinds = (school_rulebook(school, on) if school else parameters.rulebook(on)).certificates
    if code not in kinds:
        offered = "、".join(one.title for one in kinds.values())
        message = f"规则册里没有所选的这种证书或证明。现在可以办理：{offered}。请重新选择。"
        raise Refused("certificate.kind", message, "通知二.3")
    return kinds[code]


@transaction.atomic
def issue(*, actor: Actor, kind: str, student: UUID, purpose: str = "") -> Issued:
    """Issue a paper in the actor's school; the paper, its number and its statement.

    Raises ``Refused`` (all unmet conditions in one message): an unknown kind, an untrained hand, a pupil of another
    school, no number, record not established, another status, register check failed, a name that no font holds.
    """
    require_issuer(actor)
    day = today()
    book, wanted = school_rulebook(actor.organisation, day), kind_of(kind, day, actor.organisation)
    require_issuer(actor, wanted)
    if wanted.attested:
        _only_attested(student, wanted, actor.organisation, day)
    record, about = _borne_out(student, wanted, actor.organisation, day)
    school = organisations.by_id(actor.organisation)
    if wanted.sheet is not None:
        return issue_card(actor, Borne(record, about, card_facts(book, record, about, school.name)), wanted, day)
    facts = papers.facts_of(book, record, about, school.name)
    facts |= former_facts(wanted, record, about, school.id) | studies_here(about, school.id)
    facts |= move_facts(wanted, book, record, about)
    number = take_number(wanted, school.id, school.code, day)
    until = papers.valid_until(wanted, day)
    borne = impressions(book, wanted, day, issuer=school.id)
    told = " ".join(purpose.split()) if wanted.for_purpose else ""
    draft = Paper(wanted, number, facts, "", told, day, until, borne)
    made = keep(actor, student, about.registration, signed(draft, about.number, masked_name(record.name), school.name))
    log_print(actor, [student], f"出具{wanted.title} {number} {told}")
    return made


def signed(draft: Paper, registration_number: str, said_name: str, school: str) -> Paper:
    """The paper with its signed statement, which binds every word of it; the name as the code says it, masked."""
    mark = _mark_of(papers.print_paper(draft))
    said = Statement(
        draft.number, draft.kind.kind, registration_number, said_name, school, draft.issued_on,
        draft.valid_until, mark, seals_mark(digests(draft.seals)),
    )  # fmt: skip
    return replace(draft, statement=encode(said))


def keep(
    actor: Actor,
    student: UUID,
    registration: UUID,
    paper: Paper,
    *,
    school: UUID | None = None,
    borne: Mapping[str, str] | None = None,
) -> Issued:
    """Typeset a signed paper and keep it sealed; whose hand it goes to is logged by the caller.

    ``school``: whose paper it is, where another one issues it; ``borne``: what the register bears out of it, where that
    is more than its facts. Raises ``Refused`` where another one was quicker.
    """
    pdf = papers.print_paper(paper)
    digest = papers.digest_of(registration, paper.facts if borne is None else borne)
    identity = _store(actor, student, registration, paper, school or actor.organisation, digest)
    return Issued(identity, paper.number, paper.kind.title, pdf, paper.statement)


@transaction.atomic
def reprint(*, actor: Actor, certificate: UUID) -> Issued:
    """The same paper again, while it is neither voided nor out of date and the register says what it says; logged as a
    print of its own. Raises ``Refused``."""
    require_issuer(actor)
    found = own_paper(actor, certificate)
    if found.line_id is not None:
        raise Refused("certificate.attested", "经验印的证书请在“打印证书”中打印，空白证书一并登记。", "通知二.3")
    if found.voided_at is not None:
        raise Refused("certificate.voided", "该证明已作废，不能再次打印。请重新出具。", "通知二.3")
    day = today()
    book = school_rulebook(found.school, day)
    kind = book.on(found.issued_on).certificates[found.kind]
    require_issuer(actor, kind)
    if found.valid_until is not None and found.valid_until < day:
        raise Refused("certificate.expired", f"该证明的有效期到 {found.valid_until} 为止。请重新出具。", kind.basis)
    if OUTSIDE_GUEST in kind.conditions:
        registration, facts = found.student, guest_facts(found.student, kind, found.school, day)
    else:
        record, about = _borne_out(found.student, without(kind, ONE_VALID), found.school, day)
        of = papers.facts_of if kind.sheet is None else card_facts
        registration, facts = about.registration, of(book, record, about, organisations.by_id(found.school).name)
        facts = {**facts, **former_facts(kind, record, about, found.school), **studies_here(about, found.school)}
        facts |= move_facts(kind, book, record, about)
    if papers.digest_of(registration, facts) != found.register_digest:
        message = "出具以后学籍记录已有变化，不能按原样再次打印。请作废该证明，重新出具。"
        raise Refused("certificate.changed", message, kind.basis)
    if kind.sheet is not None:
        pdf, (statement,) = print_cards(kind, [found], [facts])
        log_print(actor, [found.student], f"再次打印{kind.title} {found.number}")
        return Issued(found.id, found.number, kind.title, pdf, statement)
    made = again(found, kind, facts, seals=recorded(book, [found]).get(found.id, ()))
    log_print(actor, [found.student], f"再次打印{kind.title} {found.number}")
    return made


def again(
    found: Certificate,
    kind: CertificateKind,
    facts: dict[str, str],
    *,
    seals: Impressions = (),
    rows: tuple[tuple[str, ...], ...] = (),
) -> Issued:
    """A paper as it was issued, typeset once more from what the register still bears out; logged by the caller."""
    key = keys.data_keys.get([found.student])[found.student]
    statement = keys.open_(key, bytes(found.statement), sealed_place(found.id)).decode()
    paper = Paper(kind, found.number, facts, statement, found.purpose, found.issued_on, found.valid_until, seals, rows)
    pdf = papers.print_paper(paper)
    if _mark_of(pdf) != decode(statement).text:
        message = "证明的式样在出具以后改过，不能按原样再次打印。请作废该证明，重新出具。"
        raise Refused("certificate.template", message, kind.basis)
    return Issued(found.id, found.number, kind.title, pdf, statement)


def without(kind: CertificateKind, condition: str) -> CertificateKind:
    """The kind as it is asked of a paper that is out already."""
    return replace(kind, conditions=tuple(one for one in kind.conditions if one != condition))


def _only_attested(student: UUID, kind: CertificateKind, school: UUID, day: date) -> NoReturn:
    """An attested kind is never issued by the school alone; what else is unmet is said too."""
    unmet = refusals(student_record(student, day), kind, school)
    message = f"{kind.title}须经主管教育局验印才能发给，学校不能直接出具。请提出验印申请。"
    raise Refused("certificate.attested", "".join([*(one.message for one in unmet), message]), kind.basis)


def _mark_of(pdf: bytes) -> str:
    """What the code says of the text around it; the code itself is no text."""
    return text_mark(read_text(pdf, "证明.pdf"))


def own_paper(actor: Actor, certificate: UUID, *, lock: bool = False) -> Certificate:
    """A paper of the actor's own school, or of a closed one whose records it keeps; ``Refused`` where there is none."""
    rows = Certificate.objects.select_for_update() if lock else Certificate.objects
    found = rows.filter(pk=certificate, school__in=places_of(actor.organisation)).first()
    if found is None:
        raise Refused("certificate.not_found", "本单位没有出具过这份证明。请核对编号。", "通知二.3")
    return found


def _borne_out(
    student: UUID, kind: CertificateKind, school: UUID, day: date
) -> tuple[StudentRecord, RegistrationState]:
    """The record and the registration that the paper speaks of, if every condition of the kind is met."""
    record = student_record(student, day)
    unmet = refusals(record, kind, school)
    about = None if record is None else subject_of(record, kind, school)
    if unmet or record is None or about is None:
        raise Refused(unmet[0].code, "".join(one.message for one in unmet), kind.basis)
    return papers.as_left({student: record}, {student: about})[student], about


def take_number(kind: CertificateKind, school: UUID, code: str, day: date) -> str:
    """The next number of the school and year."""
    return take_numbers(kind, school, code, day)[0]


def _store(actor: Actor, student: UUID, registration: UUID, paper: Paper, school: UUID, digest: str) -> UUID:
    identity = environment().new_id()
    key = keys.data_keys.ensure([student])[student]
    said = paper.statement.encode()
    row = Certificate(
        id=identity, number=paper.number, kind=paper.kind.kind, student=student, registration=registration,
        school=school, purpose=paper.purpose, statement=keys.seal(key, said, sealed_place(identity)),
        statement_digest=hashlib.sha256(said).hexdigest(), register_digest=digest, issued_on=paper.issued_on,
        valid_until=paper.valid_until, issued_at=environment().now(), issued_by=actor.person,
        replaces_id=to_replace([registration], paper.kind.kind).get(registration), seals=as_recorded(paper.seals),
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        message = f"刚刚已由他人出具了{paper.kind.title}。请刷新后查看。"
        raise Refused("certificate.held", message, paper.kind.basis) from None
    return identity
