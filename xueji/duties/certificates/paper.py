"""What stands on a paper: the printed facts of a record, their digest, and the typeset page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from xueji.duties.certificates.checking import IN_SCHOOL, last_day
from xueji.duties.certificates.impressions import Impressions
from xueji.ground.keys.services import canonical_json
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup
from xueji.ground.typesetting import MissingGlyph, chinese_date, qr_svg, seal_svg, typeset
from xueji.pure.kernel.fold import RegistrationState
from xueji.pure.kernel.numbers import short_form
from xueji.pure.kernel.rulebook import CertificateKind, Rulebook
from xueji.pure.kernel.types import Refused
from xueji.registry.register.selectors import StudentRecord, records_as_left

MONTH = "enrolment_month"
DOCUMENT = "document"
TEMPLATES = Path(__file__).parent / "templates"
#: What a sample bears instead of a number.
SAMPLE_NUMBER = "样张-0000-00000"
#: Places that only some papers fill: what stands there on all others. They are no facts of these, so that what was
#: issued before they were known is borne out as it was.
UNSAID: Mapping[str, str] = {"guest": "", "keeping": "", "at_school": "我校"}


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper before it is typeset. ``valid_until``: last day, None where the rulebook sets no term. ``seals``: the
    electronic ones that it bears; ``rows``: of a roll, a line a person."""

    kind: CertificateKind
    number: str
    facts: Mapping[str, str]
    statement: str
    purpose: str
    issued_on: date
    valid_until: date | None
    seals: Impressions = ()
    rows: tuple[tuple[str, ...], ...] = ()


def class_group_of(about: RegistrationState, on: date) -> UUID | None:
    """The class group that a paper about a registration names."""
    found = about.value("class_group", last_day(about, on))
    return UUID(found) if found else None


def class_groups(ids: Iterable[UUID | None]) -> dict[UUID, ClassGroup]:
    """Class groups by id, with their sites; one query."""
    wanted = {one for one in ids if one is not None}
    return ClassGroup.objects.select_related("site").in_bulk(wanted) if wanted else {}


def as_left(
    records: Mapping[UUID, StudentRecord], about: Mapping[UUID, RegistrationState | None]
) -> dict[UUID, StudentRecord]:
    """The records with the schooling of the registrations that the papers speak of, by student.

    Whoever has gone on to another school was enrolled there anew; a paper about the earlier one says when he came to
    that. Of the others nothing is read. What the record says of the person is of the day, as in ``refusals``.
    """
    gone_on = {
        student: one.school
        for student, one in about.items()
        if one is not None and records[student].latest.registration != one.registration
    }
    then = records_as_left(gone_on) if gone_on else {}
    return {
        student: replace(record, fields={**record.fields, MONTH: then[student].fields.get(MONTH)})
        if student in then
        else record
        for student, record in records.items()
    }


def facts_of(
    book: Rulebook,
    record: StudentRecord,
    about: RegistrationState,
    school: str,
    groups: Mapping[UUID, ClassGroup] | None = None,
) -> dict[str, str]:
    """What is printed of a record and the registration that the paper speaks of, as text.

    ``groups``: the class groups of many pupils, where they were read at once.
    """
    day = last_day(about, record.on)
    group_id = class_group_of(about, record.on)
    known = class_groups([group_id]) if groups is None else groups
    group = known.get(group_id) if group_id else None

    def named(table: str, code: object) -> str:
        return (book.codes[table].name_of(str(code)) or "") if code else ""

    return {
        "name": record.name,
        "gender": named("gender", record.fields.get("gender")),
        "birth_date": chinese_date(date.fromisoformat(str(record.fields["birth_date"]))),
        "ethnic_group": named("ethnic_group", record.fields.get("ethnic_group")),
        "school": school,
        "grade": "",
        "class_name": organisations.class_display_name(group, day, stages=book.stages) if group else "",
        "registration_number": about.number,
        "student_number": short_form(book.numbers["registration_number"], about.number),
        "status": named("registration_status", about.value("status", day) or IN_SCHOOL),
        "enrolment_month": _month(record.fields.get(MONTH)),
        "ended_on": chinese_date(about.ended_on) if about.ended_on and about.ended_on <= record.on else "",
        "status_since": chinese_date(_status_since(about, day)),
    }


def _month(value: object) -> str:
    """``2007-09`` as 2007年9月; '' where the record does not say."""
    year, _, month = str(value or "").partition("-")
    return f"{year}年{int(month)}月" if month.isdigit() else ""


def _status_since(about: RegistrationState, day: date) -> date:
    """From which day the status of a day holds without a break."""
    since = about.started_on
    current = about.value("status", day)
    for spell in about.spells:
        if spell.dimension == "status" and spell.started_on <= day and spell.value != current:
            since = spell.ended_on or since
    return since


def digest_of(registration: UUID, facts: Mapping[str, str]) -> str:
    """SHA-256 (hex) of what the register bears out: a paper is printed again only while it is the same.

    Of a document number its blind index alone: whoever has the database without keys could try all numbers.
    """
    borne = {name: value for name, value in facts.items() if name != DOCUMENT}
    return hashlib.sha256(canonical_json({"registration": str(registration), **borne})).hexdigest()


def valid_until(kind: CertificateKind, issued_on: date) -> date | None:
    """The last day on which a paper counts."""
    return None if kind.valid_days is None else issued_on + timedelta(days=kind.valid_days - 1)


def footer_of(kind: CertificateKind, seals: Impressions) -> str:
    """The footer: of a paper with an electronic seal it does not ask for the real one."""
    return (kind.sealed_footer or kind.footer) if seals else kind.footer


def print_paper(paper: Paper) -> bytes:
    """The PDF/A of a paper. Raises ``Refused`` ``certificate.glyph`` for a name that no font holds."""
    facts, number = paper.facts, paper.facts["registration_number"]
    short = facts["student_number"]
    words = {**UNSAID, **facts, "on": chinese_date(paper.issued_on)}
    data = {
        **facts,
        "number": paper.number,
        "title": paper.kind.title,
        "seal": paper.kind.seal,
        "seal_picture": seal_svg(paper.seals[0].picture) if paper.seals else "",
        "seal_width": paper.seals[0].width if paper.seals else 0,
        "registration_shown": f"{number.removesuffix(short)} {short}".strip(),
        "home_school": facts.get("home_school", ""),
        "sentence": paper.kind.body.format(**words),
        "receipt": paper.kind.receipt.format(**words) if paper.kind.receipt else "",
        "file_qr": qr_svg(facts["file_code"]) if facts.get("file_code") else "",
        "rows": paper.rows,
        "footer": footer_of(paper.kind, paper.seals),
        "purpose": paper.purpose,
        "qr": qr_svg(paper.statement or paper.number),
        "issued_on": chinese_date(paper.issued_on),
        "valid_until": chinese_date(paper.valid_until) if paper.valid_until else "",
        "basis": paper.kind.basis,
        "sample": not paper.statement and paper.number == SAMPLE_NUMBER,
    }
    try:
        return typeset(TEMPLATES / f"{paper.kind.template}.typ", data)
    except MissingGlyph as error:
        message = "姓名、校名或用途中有字库里没有的字，不能打印。请联系软件维护员安装完整字库（思源宋体/Noto CJK）。"
        raise Refused("certificate.glyph", message, paper.kind.basis) from error
