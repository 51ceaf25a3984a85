"""What an attested paper is to say of a pupil, or why it cannot: many pupils in a few queries (clauses B2, B3, C2).

A claim is made the same way when the school requests, when the clerk examines and when the head attests, so that the
two sides are compared as they would be printed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from xueji.duties.certificates.checking import last_day, refusals, subject_of
from xueji.duties.certificates.custody import places_for, places_for_each
from xueji.duties.certificates.models import Certificate, LineState, OrderLine, VoidGround
from xueji.duties.certificates.paper import MONTH, as_left, class_group_of, class_groups, digest_of, facts_of
from xueji.duties.certificates.state import state_rows
from xueji.ground.keys import services as keys
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import Organisation
from xueji.ground.parameters import selectors as parameters
from xueji.ground.typesetting import chinese_date
from xueji.pure.kernel.fold import RegistrationState
from xueji.pure.kernel.rulebook import CertificateKind, Rulebook
from xueji.pure.kernel.school_year import STAGE_NAMES, Stage
from xueji.pure.kernel.types import Level, Refused
from xueji.registry.register.selectors import StudentRecord, student_records, wanting_of

DIPLOMAS = ("graduation_certificate",)
#: The facts of a claim in the words of a form, in the order in which they are compared.
LABELS: Mapping[str, str] = {
    "name": "姓名",
    "gender": "性别",
    "birth_date": "出生日期",
    "ethnic_group": "民族",
    "school": "学校",
    "stage": "学段",
    "class_name": "班级",
    "registration_number": "学籍号",
    "enrolment_month": "入学年月",
    "ended_on": "毕业（结业）日期",
    "archive_number": "档案号",
}
#: What a sheet prints of a fact under other names.
_SHOWN_AS = {
    "birth_date": ("birth_date", "birth_year", "birth_month", "birth_day"),
    "enrolment_month": ("enrolment_month", "enrolment_year", "enrolment_month_no"),
    "ended_on": ("ended_on", "ended_year", "ended_month_no"),
}
_ARCHIVE = "archive_leaver"


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed for one pupil. ``refusals`` empty: the register bears it out today. ``gaps``: what his record
    lacks beside; it forbids nothing."""

    student: UUID
    registration: UUID
    facts: Mapping[str, str]
    stage: str = ""
    class_group: UUID | None = None
    archive: bool = False
    refusals: tuple[Refused, ...] = ()
    gaps: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        return digest_of(self.registration, self.facts)


@dataclass(frozen=True, slots=True)
class ArchiveLeaver:
    """A leaver of before the register, as the paper archive has him. ``gender`` is a code; months are ``2005-09``.
    ``school``: the closed one that he left, whose archive is kept by whoever asks; None: the asking school's own."""

    name: str
    gender: str
    birth_date: date
    stage: str
    enrolled: str
    ended: str
    archive_number: str
    school: UUID | None = None


def claims_of(students: Iterable[UUID], kind: CertificateKind, school: UUID, on: date) -> dict[UUID, Claim]:
    """The claim of each pupil on a day; one whom the register does not bear out has his ``refusals``."""
    return claims_at(dict.fromkeys(students, school), {school: kind}, on)


def claims_at(schools: Mapping[UUID, UUID], kinds: Mapping[UUID, CertificateKind], on: date) -> dict[UUID, Claim]:
    """The same of pupils of many schools: ``schools`` by student the school that asks, ``kinds`` by school what it asks
    for; some twelve queries, however many."""
    book = parameters.rulebook(on)
    places = places_for_each(kinds)
    records = student_records(list(schools), on)
    about = {
        key: subject_of(record, kinds[schools[key]], schools[key], places[schools[key]])
        for key, record in records.items()
    }
    asking = organisations.by_ids(kinds)
    of_closed = {
        school: _kept_schools((one for key, one in about.items() if schools[key] == school), asking[school], on)
        for school in kinds
        if len(places[school]) > 1
    }
    chain = [one.registration for one in about.values() if one is not None]
    rows, printed = state_rows(records, chain), as_left(records, about)
    groups = class_groups(class_group_of(one, on) for one in about.values() if one is not None)
    issued = _diplomas(chain) if any("diploma_issued" in one.conditions for one in kinds.values()) else frozenset()
    made = {}
    for student, school in schools.items():
        record, registration, kind = records.get(student), about.get(student), kinds[school]
        unmet = refusals(record, kind, school, rows, places=places[school])
        if record is None or registration is None or not record.fields.get("birth_date"):
            named = {"name": record.name if record else ""}
            faults = unmet or list(_missing(kind, named))
            made[student] = Claim(student, student, named, refusals=tuple(faults))
            continue
        shown = printed[student]
        kept = of_closed.get(school, {}).get(registration.school, {})
        printed_school = kept.get("school", asking[school].name)
        facts = _facts(book, shown, registration, facts_of(book, shown, registration, printed_school, groups))
        if kept:
            facts |= {**kept, "registered_as": facts["registered_as"] + kept["registered_as"]}
        unmet += [*_missing(kind, facts), *_without_diploma(kind, registration, issued)]
        group = class_group_of(registration, on)
        made[student] = Claim(
            student, registration.registration, facts, registration.stage, group, refusals=tuple(unmet),
            gaps=wanting_of(record.state, book.fields),
        )  # fmt: skip
    return made


def _kept_schools(
    about: Iterable[RegistrationState | None], issuer: Organisation, on: date
) -> dict[UUID, dict[str, str]]:
    """By closed school, of whose leavers the keeper of its records asks papers, what these say otherwise: the school is
    the one that they left, by its name of then; who keeps its records is named."""
    last = {one.school: last_day(one, on) for one in about if one is not None and one.school != issuer.id}
    if not last:
        return {}
    keeper, made = issuer.name, {}
    for school in organisations.by_ids(last).values():
        name = organisations.names([school.id], last[school.id]).get(school.id, school.name)
        made[school.id] = _kept(school, name, keeper)
    return made


def _kept(school: Organisation, name: str, keeper: str) -> dict[str, str]:
    closed = f"已于{chinese_date(school.closed_on)}撤销" if school.closed_on else "已撤销"
    return {
        "school": name,
        "at_school": name,
        "keeping": f"该校{closed}，由{keeper}代发",
        "registered_as": f"，该校{closed}，学籍档案由{keeper}保管",
    }


def _diplomas(registrations: Collection[UUID]) -> frozenset[UUID]:
    """The registrations of which a diploma, not voided, was attested here."""
    found = Certificate.objects.filter(registration__in=list(registrations), kind__in=DIPLOMAS, voided_at__isnull=True)
    return frozenset(found.values_list("registration", flat=True))


def _without_diploma(kind: CertificateKind, about: RegistrationState, issued: Collection[UUID]) -> Iterator[Refused]:
    if "diploma_issued" in kind.conditions and about.registration not in issued:
        message = "学籍库中没有发给该生毕业证书的记录，不能出具毕业证明书。还没有发过毕业证书的，请申请验印毕业证书。"
        yield Refused("certificate.no_diploma", message, kind.basis)


def _facts(book: Rulebook, record: StudentRecord, about: RegistrationState, facts: Mapping[str, str]) -> dict[str, str]:
    birth = date.fromisoformat(str(record.fields["birth_date"]))
    made = {**facts, "stage": STAGE_NAMES[Stage(about.stage)], "registered_as": f"学籍号{about.number}"}
    ended = about.ended_on
    return {
        **made,
        **_split_date("birth", birth),
        **_split_month("enrolment", str(record.fields.get(MONTH) or "")),
        **_split_month("ended", f"{ended:%Y-%m}" if ended else ""),
    }


def _split_date(name: str, day: date) -> dict[str, str]:
    return {f"{name}_year": str(day.year), f"{name}_month": str(day.month), f"{name}_day": str(day.day)}


def _split_month(name: str, text: str) -> dict[str, str]:
    year, _, month = text.partition("-")
    there = year.isdigit() and month.isdigit()
    return {f"{name}_year": year if there else "", f"{name}_month_no": str(int(month)) if there else ""}


def _missing(kind: CertificateKind, facts: Mapping[str, str]) -> Iterator[Refused]:
    """Facts that the kind prints and the record lacks."""
    words = kind.body + "".join(place.text for place in kind.sheet.places) if kind.sheet else kind.body
    for code, label in LABELS.items():
        names = _SHOWN_AS.get(code, (code,))
        if any("{" + name + "}" in words and not facts.get(name) for name in names):
            message = f"档案里没有“{label}”，{kind.title}上无法填写。请先在学生档案中补齐。"
            yield Refused("certificate.fact_missing", message, kind.basis)


def archive_claim(leaver: ArchiveLeaver, kind: CertificateKind, school: UUID, on: date) -> Claim:
    """The claim of a leaver whose record is on paper alone: without the 19 digits, attested from the archive.

    Who he is (school that he left, stage, name, birth date) makes his ids, so that the same leaver is found again,
    whoever keeps the archive. Of a closed school the paper says so, as ``claims_of`` does.
    """
    book, place = parameters.rulebook(on), organisations.by_id(leaver.school or school)
    name = "".join(leaver.name.split())
    told = f"{place.code}:{leaver.stage}:{name}:{leaver.birth_date.isoformat()}"
    identity = UUID(bytes=keys.blind_index(_ARCHIVE, told)[:16])
    ended = _split_month("ended", leaver.ended)
    enrolled = _split_month("enrolment", leaver.enrolled)
    number = leaver.archive_number.strip()
    before = kind.archive_before
    without_number = f"，{before.year}年秋季以前离校，无19位学籍号" if before else ""
    facts = {
        "name": name,
        "gender": book.codes["gender"].name_of(leaver.gender) or "",
        "birth_date": chinese_date(leaver.birth_date),
        "school": place.name,
        "stage": STAGE_NAMES[Stage(leaver.stage)],
        "registration_number": "",
        "student_number": "",
        "class_name": "",
        "enrolment_month": f"{enrolled['enrolment_year']}年{enrolled['enrolment_month_no']}月",
        "ended_on": f"{ended['ended_year']}年{ended['ended_month_no']}月",
        "archive_number": number,
        "registered_as": f"依据纸质学籍档案（档案号{number}）{without_number}",
        **_split_date("birth", leaver.birth_date),
        **enrolled,
        **ended,
    }  # fmt: skip
    if place.id != school:
        kept = _kept(place, place.name, organisations.by_id(school).name)
        facts |= {**kept, "registered_as": facts["registered_as"] + kept["registered_as"]}
    faults = (*_other_archive(place, kind, school), *_archive_faults(leaver, kind, facts))
    return Claim(identity, identity, facts, leaver.stage, archive=True, refusals=faults)


def _other_archive(place: Organisation, kind: CertificateKind, school: UUID) -> Iterator[Refused]:
    """A school whose archive is not kept here; a bureau has no leavers of its own."""
    if place.id not in places_for(kind, school):
        message = f"{place.name}的学籍档案不由本单位保管，不能凭纸质档案申请。请由保管单位申请。"
        yield Refused("certificate.not_kept", message, kind.basis)
    elif place.level != Level.SCHOOL:
        yield Refused("certificate.archive_school", "请选择是哪所已撤销学校的毕业生。", kind.basis)


def _archive_faults(leaver: ArchiveLeaver, kind: CertificateKind, facts: Mapping[str, str]) -> Iterator[Refused]:
    if kind.archive_before is None:
        message = f"{kind.title}只能凭电子学籍档案办理，不能凭纸质档案办理。"
        yield Refused("certificate.no_archive", message, kind.basis)
        return
    yield from _missing(kind, facts)
    if not facts["archive_number"]:
        yield Refused("certificate.archive_number", "请写明纸质学籍档案的档案号（卷、页）。", kind.basis)
    last = f"{kind.archive_before:%Y-%m}"
    if leaver.ended and leaver.ended >= last:
        message = f"只有 {last} 以前离校、没有电子学籍档案的，才能凭纸质档案办理。{last} 以后离校的请按学籍号办理。"
        yield Refused("certificate.in_register", message, kind.basis)
    if leaver.enrolled and leaver.ended and not f"{leaver.birth_date:%Y-%m}" < leaver.enrolled < leaver.ended:
        message = "出生日期、入学年月、毕业年月的先后不对，请对照纸质档案核对。"
        yield Refused("certificate.archive_dates", message, kind.basis)


def in_the_way(registrations: Collection[UUID], kind: CertificateKind) -> dict[UUID, str]:
    """By registration why no other paper of the kind can be asked for: there is one, or it is asked for already."""
    there = Certificate.objects.filter(registration__in=list(registrations), kind=kind.kind, line__isnull=False)
    found = {}
    for registration, number, voided in there.exclude(void_ground=VoidGround.MISPRINT).values_list(
        "registration", "number", "voided_at"
    ):
        found[registration] = (
            f"{kind.title}（{number}）已撤销，不再发给。"
            if voided
            else f"已发给{kind.title}（{number}），同一种证书只发一次；印制有误的请先作废，遗失的请申请毕业证明书。"
        )
    waiting = OrderLine.objects.filter(registration__in=list(registrations), kind=kind.kind, state=LineState.CLAIMED)
    for registration in waiting.values_list("registration", flat=True):
        found.setdefault(registration, f"已在另一件{kind.title}的验印申请中，请等待办理结果。")
    return found


def differences(claimed: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The labels of what a claim says otherwise than the register does now."""
    found = [label for code, label in LABELS.items() if claimed.get(code, "") != now.get(code, "")]
    if not found and dict(claimed) != dict(now):
        found.append("其他内容")
    return found
