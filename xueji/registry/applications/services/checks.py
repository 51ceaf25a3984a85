"""比对 (register check): a claim against the register, before every decision and inside it (clause C2).

A difference blocks and names the field; what is stored beside the decision holds codes and names
of fields, never a value. This is not the primary → junior matching nor the reconciliation of levels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from xueji.ground.parameters.selectors import rulebook
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Refused
from xueji.pure.procedures.effective import effective_date
from xueji.pure.procedures.frame import Procedure, preview, procedure
from xueji.pure.procedures.planned import Refusal
from xueji.pure.procedures.roster_limits import broken
from xueji.registry.applications import suspicion
from xueji.registry.applications.claims import ReadyRow, open_claim, ready_rows
from xueji.registry.applications.models import Application, Line
from xueji.registry.applications.services.changes import asked_of
from xueji.registry.applications.services.facts import transfer_refusals
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.applications.services.outside import KINDS as OUTSIDE
from xueji.registry.applications.services.outside import against_outside
from xueji.registry.applications.services.parking import park
from xueji.registry.applications.services.pupil_facts import facts_of
from xueji.registry.applications.services.rosters import ROSTER_KINDS, asked, row_facts
from xueji.registry.applications.types import CheckLine, RegisterCheck
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import StudentRecord

#: What must agree between a claim and the record of a pupil whom the register holds.
COMPARED = ("name", "gender", "birth_date", "id_document_type", "id_number")


def register_check(application: UUID) -> RegisterCheck:
    """The check as a page shows it before the decision. Nothing is written; raises ``Refused`` if out of reach."""
    found = Application.objects.filter(id=application).first()
    if found is None:
        raise Refused("not_found", "没有找到这件申请，或它不在您单位的管理范围内。请核对后重试。", "通知一.2")
    return check(found, parking=False)


def check(application: Application, *, parking: bool) -> RegisterCheck:
    """Compare an application with the register as it is now.

    With ``parking`` rows that have become suspected since are parked and leave the decision.
    """
    if application.kind in ROSTER_KINDS:
        return check_roster(application, ready_rows(application.id), parking=parking)
    if application.kind in ("transfer", "placement"):
        return _check_transfer(application)
    if application.kind in OUTSIDE:
        against = [CheckLine(one.code, one.fields, None, one.message) for one in against_outside(application)]
        return RegisterCheck(environment().now(), 1, tuple(against))
    known = procedure(application.kind)
    if known is not None and application.student is not None:
        return _check_pupil(application, known)
    return RegisterCheck(environment().now(), application.rows)


def differing(claim: Mapping[str, str], record: StudentRecord) -> tuple[str, ...]:
    """The fields in which a claim differs from the record; what was not claimed is not compared."""
    registered = {**record.fields, **record.sensitive}
    return tuple(
        code for code in COMPARED if claim.get(code) and _plain(claim[code]) != _plain(registered.get(code) or "")
    )


def _plain(value: str) -> str:
    return "".join(str(value).split()).upper()


def _check_transfer(application: Application) -> RegisterCheck:
    if application.student is None:
        raise ValueError("a transfer names its pupil")
    record = register.student_record(application.student, today())
    if record is None:
        return RegisterCheck(environment().now(), 0, (CheckLine("not_registered"),))
    differences = []
    fields = differing(open_claim(application), record)
    if fields:
        differences.append(CheckLine("claim_differs", fields))
    if not record.established:
        differences.append(CheckLine("not_established"))
    current = record.in_force.registration if record.in_force else None
    if current != application.registration:
        differences.append(CheckLine("registration_changed", ("registration_number",)))
    else:
        differences += [_line(refusal) for refusal in transfer_refusals(application, record)]
    return RegisterCheck(environment().now(), len(COMPARED), tuple(differences))


def _check_pupil(application: Application, known: Procedure) -> RegisterCheck:
    """A change of one pupil: what was known of him when it was lodged, and every rule that speaks against it today."""
    day = today()
    asked = asked_of(application)
    record = register.student_record(asked.student, day)
    if record is None:
        return RegisterCheck(environment().now(), 0, (CheckLine("not_registered"),))
    differences = []
    fields = differing(asked.claim, record)
    if fields:
        differences.append(CheckLine("claim_differs", fields))
    current = record.in_force.registration if record.in_force else None
    if current != application.registration:
        differences.append(CheckLine("registration_changed", ("registration_number",)))
    else:
        book = school_rulebook(application.school, day)
        against = preview(known, facts_of(asked, book.change(application.kind), book, today=day))
        differences += [CheckLine(one.code, one.fields, one.row_no, one.message) for one in against]
    return RegisterCheck(environment().now(), len(COMPARED), tuple(differences))


def _line(refusal: Refusal) -> CheckLine:
    return CheckLine(refusal.code, refusal.fields, refusal.row_no)


def check_roster(application: Application, rows: Sequence[ReadyRow], *, parking: bool) -> RegisterCheck:
    """Rows against the register: newly suspected ones, and continued pupils whose standing has changed."""
    known = suspicion.find([asked(row.line, row.values, row.cleared) for row in rows])
    suspected = {key: one for key, one in known.items() if one.suspicion is not None}
    differences = [
        CheckLine("continued_changed", ("name", "id_number"), row.row_no)
        for row in rows
        if row.line not in suspected and (known[row.line].student is not None) != row.continued
    ]
    differences += _numbers([row for row in rows if row.line not in suspected])
    differences += _limits(application, rows)
    if suspected and parking:
        park(application, {line.id: line for line in Line.objects.filter(id__in=list(suspected))}, suspected)
    parked = tuple(row.row_no for row in rows if row.line in suspected)
    return RegisterCheck(environment().now(), len(rows), tuple(differences), parked)


def _limits(application: Application, rows: Sequence[ReadyRow]) -> list[CheckLine]:
    """The limits of the kind on this day; that nothing else is under way was asked when it was lodged."""
    day = today()
    book = school_rulebook(application.school, day)
    change = book.change(application.kind)
    if not change.limits:
        return []
    year = application.school_year or book.school_year()
    on = effective_date(change, book, decided_on=application.paper_date or day, school_year=year)
    lodged_on = application.paper_date or application.lodged_on
    return [
        CheckLine(limit.code, ("grade",), row.row_no, limit.message)
        for row in rows
        for limit in broken(change, row_facts(row.values, book, lodged_on=lodged_on, on=on))
        if limit.severity == "error"
    ]


def _numbers(rows: Sequence[ReadyRow]) -> list[CheckLine]:
    """Given numbers must still be the row's own: reserved for its pupil and for nobody else."""
    given = {row.values["registration_number"]: row for row in rows if row.values.get("registration_number")}
    used = register.numbers_in_use(given) if given else {}
    return [
        CheckLine("number_used", ("registration_number",), row.row_no)
        for number, row in given.items()
        if number in used and not (used[number].state == "reserved" and used[number].student == row.student)
    ]


def sentence(check: RegisterCheck, on: date) -> str:
    """What the user reads when a check blocks: where, which fields, what to do."""
    fields = rulebook(on).fields
    parts = []
    for line in check.differences[:5]:
        names = "、".join(f"“{fields[code].label}”" if code in fields else code for code in line.fields)
        where = f"第 {line.row_no} 行" if line.row_no else ""
        said = line.message.rstrip("。") or f"{_SENTENCES.get(line.code, '与学籍库不一致')}{names}"
        parts.append(f"{where}{said}")
    more = "等" if len(check.differences) > 5 else ""
    return f"比对学籍库发现差异：{'；'.join(parts)}{more}。请核实更正或退回修改后再办理。"


_SENTENCES = {
    "claim_differs": "申请与学籍档案不一致的项目：",
    "not_registered": "学籍库中没有该生",
    "not_established": "该生的学籍档案还没有建齐",
    "registration_changed": "该生的学籍在申请后已有变动，现",
    "continued_changed": "该行学生在学籍库中的情况在申报后已有变动",
    "number_used": "学籍号已被使用",
    "grade_changed": "转入班级的年级与该生现在的年级不同",
    "status_forbids_transfer": "该生现在的学籍状态不能转学",
    "second_move_on_one_day": "该生的学籍今天刚刚变动过，同一天不能再次变动",
    "same_school": "该生已在本校在籍",
}
