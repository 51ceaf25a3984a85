"""Cards are issued, one or a class at once: numbers, signed statements and rows in a few queries (clauses B2, B3).

The words of a card are known before it is typeset (``pure/kernel/sheets``), so that its code binds them at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from xueji.duties.certificates import paper as papers
from xueji.duties.certificates.cards import Card, photo_files, typeset_cards
from xueji.duties.certificates.models import Certificate
from xueji.duties.certificates.replaced import to_replace
from xueji.duties.certificates.sheets import SheetPaper, mark_of
from xueji.duties.certificates.statement import Statement, decode, encode, masked_name, sealed_place
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.ground.keys import services as keys
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.fold import RegistrationState
from xueji.pure.kernel.rulebook import CertificateKind
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.register.selectors import StudentRecord


@dataclass(frozen=True, slots=True)
class Borne:
    """A pupil whom the register bears out, the registration of the card, and what the card says."""

    record: StudentRecord
    about: RegistrationState
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Issued:
    """A paper as it was issued: its number and title, the PDF/A and the text of its QR code."""

    id: UUID
    number: str
    title: str
    pdf: bytes
    statement: str


def take_numbers(kind: CertificateKind, school: UUID, code: str, day: date, count: int = 1) -> list[str]:
    """The next numbers of the school and year: the counter's row is locked until commit, so numbers have no gap."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO certificates_certificatecounter (school, kind, year, last) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (school, kind, year) DO UPDATE "
            "SET last = certificates_certificatecounter.last + excluded.last "
            "RETURNING last",
            [school, kind.kind, day.year, count],
        )
        last = cursor.fetchone()[0]
    return [
        kind.number_format.format(school=code, year=day.year, serial=serial)
        for serial in range(last - count + 1, last + 1)
    ]


def signed_papers(
    kind: CertificateKind, wanted: Sequence[Borne], numbers: Sequence[str], school: str, day: date
) -> list[SheetPaper]:
    """The words of each card with the signed statement that binds them."""
    until, made = papers.valid_until(kind, day), []
    for one, number in zip(wanted, numbers, strict=True):
        draft = SheetPaper(one.facts, number, day)
        said = Statement(
            number, kind.kind, one.about.number, masked_name(one.record.name), school, day, until, mark_of(kind, draft)
        )
        made.append(SheetPaper(one.facts, number, day, encode(said)))
    return made


def issue_cards(actor: Actor, wanted: Sequence[Borne], kind: CertificateKind, day: date) -> list[Certificate]:
    """Give out a card each to pupils of the actor's school of whom every condition holds; the rows in their order.

    In the caller's transaction. Raises ``Refused`` where another one was quicker.
    """
    school = organisations.by_id(actor.organisation)
    numbers = take_numbers(kind, school.id, school.code, day, len(wanted)) if wanted else []
    made = signed_papers(kind, wanted, numbers, school.name, day)
    known = keys.data_keys.ensure(one.record.student for one in wanted)
    before = to_replace([one.about.registration for one in wanted], kind.kind)
    rows = []
    for one, paper in zip(wanted, made, strict=True):
        identity, said = environment().new_id(), paper.statement.encode()
        rows.append(
            Certificate(
                id=identity, number=paper.number, kind=kind.kind, student=one.record.student,
                registration=one.about.registration, school=school.id,
                statement=keys.seal(known[one.record.student], said, sealed_place(identity)),
                statement_digest=hashlib.sha256(said).hexdigest(),
                register_digest=papers.digest_of(one.about.registration, one.facts), issued_on=day,
                valid_until=papers.valid_until(kind, day), issued_at=environment().now(), issued_by=actor.person,
                replaces_id=before.get(one.about.registration),
            )
        )  # fmt: skip
    try:
        with transaction.atomic():
            Certificate.objects.bulk_create(rows, batch_size=500)
    except IntegrityError:
        message = f"其中有的学生刚刚已由他人办理了{kind.title}。请刷新后再办。"
        raise Refused("certificate.held", message, kind.basis) from None
    return rows


def issue_card(actor: Actor, wanted: Borne, kind: CertificateKind, day: date) -> Issued:
    """One card, on a page of its own size; logged as a print."""
    (row,) = issue_cards(actor, [wanted], kind, day)
    pdf, (statement,) = print_cards(kind, [row], [wanted.facts])
    log_print(actor, [row.student], f"办理{kind.title} {row.number}")
    return Issued(row.id, row.number, kind.title, pdf, statement)


def print_cards(
    kind: CertificateKind, rows: Sequence[Certificate], facts: Sequence[dict[str, str]], *, imposed: bool = False
) -> tuple[bytes, list[str]]:
    """The pages of cards that were issued and that the register still bears out, in order, and their statements; whose
    hand they go to is logged by the caller. Raises ``Refused``: a photo's file is missing, the layout was changed."""
    opened = keys.data_keys.get(row.student for row in rows)
    said = [keys.open_(opened[row.student], bytes(row.statement), sealed_place(row.id)).decode() for row in rows]
    cards = [SheetPaper(one, row.number, row.issued_on, text) for one, row, text in zip(facts, rows, said, strict=True)]
    if any(decode(one.statement).text != mark_of(kind, one) for one in cards):
        message = f"{kind.title}的版面在办理以后改过，不能按原样再次打印。请作废后重新办理。"
        raise Refused("certificate.template", message, kind.basis)
    photos = photo_files(facts) if has_photo(kind) else [b""] * len(facts)
    made = [Card(paper, photo) for paper, photo in zip(cards, photos, strict=True)]
    pdf = typeset_cards(kind, made, imposed=imposed)
    return pdf, said


def log_print(actor: Actor, students: Collection[UUID], ground: str) -> None:
    """One line of the disclosure log."""
    disclosure.log(actor=actor, kind=DisclosureKind.PRINT, subjects=students, ground=disclosure.ground_for(ground))


def has_photo(kind: CertificateKind) -> bool:
    """Whether a kind shows the pupil's photo."""
    return kind.sheet is not None and kind.sheet.photo is not None
