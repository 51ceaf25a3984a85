"""Lodging a roster: the opening load (建档) and entrants (新生入学)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from django.db import connection, transaction

from xueji.ground.journals import services as journals
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.effective import effective_date
from xueji.pure.procedures.roster_limits import RowFacts, broken
from xueji.registry.applications import suspicion
from xueji.registry.applications.claims import seal_rows
from xueji.registry.applications.models import Application, ApplicationState, Line, LineState
from xueji.registry.applications.placement import placed
from xueji.registry.applications.rows import insert_lines
from xueji.registry.applications.services.lodging import Ground, attach, ground, open_application
from xueji.registry.applications.services.paper_entry import paper_claim
from xueji.registry.applications.services.parking import park
from xueji.registry.applications.types import LodgeResult, Parked
from xueji.registry.register import selectors as registered
from xueji.registry.register import services as register

#: Pupils of whom the register has no registration in force, with the rows of a roster: one of them may be a single row.
BETWEEN = ("transfer_into_city", "late_registration")
#: Lodged by the bureau, a row at a time (``placing``).
PLACEMENT_ENTRY = "placement_entry"
ROSTER_KINDS = ("opening", "enrolment", *BETWEEN, PLACEMENT_ENTRY)
_HEADER_ROWS = 1


@transaction.atomic
def lodge_roster(
    *,
    actor: Actor,
    school: UUID,
    kind: str,
    rows: Sequence[Mapping[str, str | None]],
    file_digest: str,
    row_numbers: Sequence[int] | None = None,
    evidence: Sequence[tuple[str, UUID]] = (),
    paper_date: date | None = None,
    paper_reason: str = "",
) -> LodgeResult:
    """Lodge a clean roster of a school: one application a file.

    ``rows``: values by column code as ISO dates and codes, which the rules have found without error;
    ``row_numbers``: their Excel rows (default: from 2 on). The same file again gives the application of
    the first time and writes nothing. Given 19-digit numbers are reserved. Rows that resemble a
    child of the register are parked. ``paper_date``, ``paper_reason``: entered later from a paper of that day.
    Raises ``Refused``.
    """
    journals.lock([school])
    if kind not in ROSTER_KINDS or kind == PLACEMENT_ENTRY:
        raise Refused("no_such_roster", "花名册只能用于建档、新生入学、外地转入或补建学籍，请选择类别。")
    stands = ground(actor, school, kind)
    before = same_file(school, kind, file_digest)
    if before is not None:
        return LodgeResult(before.id, before.state, before.rows, _parked_rows(before.id), already_lodged=True)
    if not rows:
        raise Refused("roster_empty", "花名册中没有学生，不能提交。请填写后再试。", "通知二.3")
    values = [{code: text for code, text in row.items() if text} for row in rows]
    numbers = list(row_numbers or range(1 + _HEADER_ROWS, len(rows) + 1 + _HEADER_ROWS))
    _fits(kind, values, stands, numbers)
    return lodge_rows(
        actor=actor,
        stands=stands,
        rows=values,
        numbers=numbers,
        claim=paper_claim(stands.change, paper_date, paper_reason) or None,
        file_digest=file_digest,
        evidence=evidence,
        paper_date=paper_date,
    )


def lodge_rows(
    *,
    actor: Actor,
    stands: Ground,
    rows: Sequence[Mapping[str, str]],
    numbers: Sequence[int],
    students: Sequence[UUID] = (),
    claim: Mapping[str, str] | None = None,
    file_digest: str | None = None,
    evidence: Sequence[tuple[str, UUID]] = (),
    paper_date: date | None = None,
) -> LodgeResult:
    """Lodge rows whose journals are locked; ``students``: ids that they had in an earlier file, in order;
    ``claim``: what is said of all of them."""
    values, kind = rows, stands.change.kind
    year = roster_school_year(kind, values, stands)
    effective_on = effective_date(stands.change, stands.book, decided_on=paper_date or today(), school_year=year)
    places = {placed(row, stands.book, school_year=year).stage for row in values}
    application, _ = open_application(
        actor=actor,
        stands=stands,
        claim=claim,
        label=f"{stands.change.title} · {len(rows)} 人",
        stage=places.pop() if len(places) == 1 else "",
        school_year=year,
        rows=len(rows),
        file_digest=file_digest,
        paper_date=paper_date,
    )
    lines = _lines(application, values, numbers)
    for line, earlier in zip(lines, students, strict=False):
        line.student = earlier
    known = suspicion.find([asked(line.id, row) for line, row in zip(lines, values, strict=True)])
    for line in lines:
        student = known[line.id].student
        if student is not None:
            line.student, line.continued = student, True
    _refuse_limits(stands, paper_date or today(), effective_on, lines, values)
    insert_lines(application.id, stands.school.id, lines)
    parked = park(application, {line.id: line for line in lines}, known)
    attach(actor, application, stands.change, evidence)
    _reserve(stands, lines, values)
    return LodgeResult(application.id, application.state, len(lines), parked)


def _fits(kind: str, rows: Sequence[Mapping[str, str]], stands: Ground, numbers: Sequence[int]) -> None:
    """A late first record is of a grade beyond the first: who begins school is an entrant."""
    if kind != "late_registration":
        return
    stages = stands.book.stages
    for number, row in zip(numbers, rows, strict=True):
        grade = row.get("grade", "")
        if grade.isdecimal() and int(grade) == stages.first_grade(stages.stage_of(int(grade))):
            raise Refused(
                "late_first_grade",
                f"第 {number} 行是起始年级的学生，请按新生入学办理，不办补建学籍。",
                stands.change.basis,
            )


def _refuse_limits(
    stands: Ground, lodged_on: date, on: date, lines: Sequence[Line], values: Sequence[Mapping[str, str]]
) -> None:
    """The rulebook's limits of the kind, of every row; all that forbid are told at once, each with its rows."""
    pending = pending_students([line.student for line in lines if line.continued], stands.school.id)
    rows: dict[str, list[int]] = {}
    for line, row in zip(lines, values, strict=True):
        facts = row_facts(row, stands.book, lodged_on=lodged_on, on=on, pending=line.student in pending)
        for limit in broken(stands.change, facts):
            if limit.severity == "error":
                rows.setdefault(limit.code, []).append(line.row_no)
    against = [limit for limit in stands.change.limits if limit.code in rows]
    if against:
        said = "；".join(f"第 {_listed(rows[limit.code])}：{limit.message.rstrip('。')}" for limit in against)
        raise Refused(against[0].code, f"{said}。", against[0].basis)


def _listed(rows: Sequence[int]) -> str:
    return "、".join(str(row) for row in sorted(rows)[:10]) + (f" 等 {len(rows)} 行" if len(rows) > 10 else " 行")


def row_facts(row: Mapping[str, str], book: Rulebook, *, lodged_on: date, on: date, pending: bool = False) -> RowFacts:
    """A row as the limits of its kind ask about it."""
    grade, born = row.get("grade", ""), row.get("birth_date")
    return RowFacts(
        lodged_on,
        on,
        int(grade) if grade.isdecimal() else None,
        date.fromisoformat(born) if born else None,
        pending,
        book,
        today(),
    )


def pending_students(students: Collection[UUID], school: UUID) -> set[UUID]:
    """Those of the pupils about whom something is under way, at whatever school.

    A roster of this school that was sent back is no obstacle: the corrected one takes its place.
    """
    if not students:
        return set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT student FROM applications_pending(%s, %s)", [list(students), school])
        return {student for (student,) in cursor.fetchall()}


def roster_school_year(kind: str, rows: Sequence[Mapping[str, str]], stands: Ground) -> int:
    """The school year that a roster's grades are of: the base date's, or the entrants' intake year."""
    if kind == "opening":
        return stands.book.stages.school_year_of(stands.book.register_since)
    if kind in (*BETWEEN, PLACEMENT_ENTRY):
        return stands.book.school_year()
    months = {row.get("enrolment_month", "")[:7] for row in rows}
    years = {stands.book.stages.school_year_of(date.fromisoformat(f"{month}-01")) for month in months if month}
    if len(years) != 1:
        raise Refused(
            "roster_of_several_intakes", "一份新生花名册只能是同一年入学的学生，请按入学年份分开提交。", "通知四"
        )
    return years.pop()


def asked(key: UUID, row: Mapping[str, str], cleared: frozenset[UUID] = frozenset()) -> suspicion.Asked:
    """A row as the duplicate check asks for it."""
    born = row.get("birth_date")
    return suspicion.Asked(
        key=key,
        name=row.get("name", ""),
        birth_date=date.fromisoformat(born) if born else None,
        document_type=row.get("id_document_type", ""),
        document_number=row.get("id_number", ""),
        cleared=cleared,
    )


def same_file(school: UUID, kind: str, file_digest: str) -> Application | None:
    """The application that this file became before, if it did not come to nothing."""
    found = Application.objects.filter(school=school, kind=kind, file_digest=file_digest)
    return found.exclude(state__in=["refused", "retracted"]).first()


def _lines(application: Application, values: Sequence[Mapping[str, str]], numbers: Sequence[int]) -> list[Line]:
    new_id = environment().new_id
    ids = [new_id() for _ in values]
    blobs = seal_rows(application.id, list(zip(ids, values, strict=True)))
    return [
        Line(
            id=line,
            application=application,
            school=application.school,
            row_no=number,
            student=new_id(),
            claim=blob,
            state=LineState.READY,
        )
        for line, number, blob in zip(ids, numbers, blobs, strict=True)
    ]


def _reserve(stands: Ground, lines: Sequence[Line], values: Sequence[Mapping[str, str]]) -> None:
    """Keep the numbers that pupils already had: nobody else can get them from now on."""
    given = {
        row["registration_number"]: line.student
        for line, row in zip(lines, values, strict=True)
        if row.get("registration_number")
    }
    if len(given) < sum(1 for row in values if row.get("registration_number")):
        raise Refused("number_doubled", "花名册中有重复的学籍号，不能提交。请先处理检查出的问题。", "通知二.2")
    _supersede(stands, given)
    register.reserve_numbers(school=stands.school.id, scheme=stands.book.numbers["registration_number"], given=given)


def _supersede(stands: Ground, given: Mapping[str, UUID]) -> None:
    """Numbers that wait in a sent-back roster of this school pass to the corrected one that is lodged now."""
    used = registered.numbers_in_use(given) if given else {}
    held = (one.student for one in used.values() if one.state == "reserved" and one.school == stands.school.id)
    holders = [student for student in held if student is not None]
    waiting = Line.objects.filter(
        school=stands.school.id, student__in=holders, application__state=ApplicationState.SENT_BACK
    )
    if holders:
        register.release_numbers(students=list(waiting.values_list("student", flat=True)))


def _parked_rows(application: UUID) -> tuple[Parked, ...]:
    found = []
    for line in Line.objects.filter(application=application, state=LineState.PARKED).order_by("row_no"):
        code = next((item["code"] for item in line.findings), suspicion.UNDER_CHECK[0])
        sentence = dict([suspicion.ALREADY_REGISTERED, suspicion.UNDER_CHECK])[code]
        found.append(Parked(line.row_no, code, sentence.format(row=line.row_no)))
    return tuple(found)
