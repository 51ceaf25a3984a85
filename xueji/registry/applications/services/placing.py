"""统筹安排: the competent bureau's clerk proposes a school for a child, its head decides.

A registered child is found by whole numbers as for a transfer, or by the transfer that was refused; one without a
registration by the row of a roster that was refused (the row's child is the same ``student`` in both files), or, where
no school was asked, by its data and papers as the clerk enters them (the rules ran over them: room ``intake``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from xueji.ground.journals import services as journals
from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup
from xueji.pure.kernel.environment import day_of, today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.school_year import grade_name
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.transfer import Place
from xueji.registry.applications.claims import open_claim, open_rows
from xueji.registry.applications.models import Application, ApplicationState, Line, LineState
from xueji.registry.applications.services.facts import place
from xueji.registry.applications.services.lodging import Ground, attach, ground, open_application
from xueji.registry.applications.services.lookup import Target, find_target
from xueji.registry.applications.services.rosters import lodge_rows, pending_students
from xueji.registry.applications.services.transfers import check_early, pending
from xueji.registry.applications.types import LodgeResult
from xueji.registry.cases import services as cases

RESIDENT_ID = "1"
#: Kinds whose refusal leaves a child without a school.
REFUSABLE_ROSTERS = ("enrolment", "transfer_into_city", "late_registration")
_BASIS = "通知一.2"
#: What a row does not keep: the class is chosen anew, the number is allocated anew.
_PLACED = ("registration_number", "class_serial", "site", "class_no")


@dataclass(frozen=True, slots=True)
class Without:
    """A child whom a school refused and who has no school since: of a transfer, or of a row of a roster (``line``)."""

    application: UUID
    line: UUID | None
    kind: str
    school: UUID
    student: UUID
    name: str
    grade: str
    refused_on: date
    reason: str


def without_school(schools: Sequence[UUID] | None, *, since: date) -> tuple[Without, ...]:
    """The children whom these schools (None: all in reach) refused since a day, and whom nobody has placed yet."""
    rows = Line.objects.select_related("application").filter(
        state=LineState.REFUSED, application__kind__in=REFUSABLE_ROSTERS, application__changed_at__date__gte=since
    )
    whole = Line.objects.select_related("application").filter(
        application__state=ApplicationState.REFUSED,
        application__kind__in=REFUSABLE_ROSTERS,
        application__changed_at__date__gte=since,
    )
    transfers = Application.objects.filter(kind="transfer", state=ApplicationState.REFUSED, changed_at__date__gte=since)
    if schools is not None:
        rows, whole = rows.filter(school__in=schools), whole.filter(school__in=schools)
        transfers = transfers.filter(school__in=schools)
    lines = {line.id: line for line in (*rows, *whole)}
    found = [_of_transfer(one) for one in transfers]
    by_application: dict[UUID, list[Line]] = {}
    for line in lines.values():
        by_application.setdefault(line.application_id, []).append(line)
    for application, ours in by_application.items():
        values = open_rows(application, ours)
        found += [_of_line(line, values[line.id]) for line in ours]
    settled = _settled([one.student for one in found])
    latest = {one.student: one for one in sorted(found, key=lambda one: one.refused_on)}
    return tuple(sorted((one for one in latest.values() if one.student not in settled), key=lambda one: one.refused_on))


def _of_transfer(one: Application) -> Without:
    claim = open_claim(one)
    changed = day_of(one.changed_at)
    assert one.student is not None
    return Without(one.id, None, one.kind, one.school, one.student, claim.get("name", ""), "", changed, "")


def _of_line(line: Line, values: Mapping[str, str]) -> Without:
    one = line.application
    grade = values.get("grade", "")
    return Without(
        one.id, line.id, one.kind, one.school, line.student, values.get("name", ""), grade, day_of(one.changed_at), ""
    )


def _settled(students: Sequence[UUID]) -> set[UUID]:
    """Those about whom something later is under way or was approved: no school is wanted for them any more."""
    wanted = [*ApplicationState.under_way(), ApplicationState.APPROVED]
    of_pupils = Application.objects.filter(student__in=students, state__in=wanted, kind__in=("transfer", "placement"))
    of_rows = Line.objects.filter(
        student__in=students,
        state__in=(LineState.READY, LineState.PARKED, LineState.ACCEPTED),
        application__state__in=wanted,
    )
    found = {*of_pupils.values_list("student", flat=True), *of_rows.values_list("student", flat=True)}
    return {one for one in found if one is not None}


def lodge_placement(
    *,
    actor: Actor,
    class_group: UUID,
    reason: str,
    after: UUID | None = None,
    name: str = "",
    registration_number: str | None = None,
    id_number: str | None = None,
    evidence: Sequence[tuple[str, UUID]] = (),
) -> LodgeResult:
    """Propose a class group for a child: that of a refused transfer (``after``), or by name and whole number.

    Raises ``Refused``; looking a child up stays in the disclosure log.
    """
    group, stands = receiving(actor, class_group, "placement", reason)
    to = place(group, stands.book, today())
    claim = {"reason": reason.strip(), "name": name.strip()}
    if after is not None:
        refused = _refused_transfer(after)
        said = open_claim(refused)
        claim |= {
            key: said[key] for key in ("name", "gender", "birth_date", "id_document_type", "id_number") if key in said
        }
        claim["after"] = str(after)
        assert refused.student is not None
        assert refused.other_school is not None
        target: Target | None = Target(refused.student, refused.other_school)
    else:
        document = (RESIDENT_ID, id_number.strip().upper()) if id_number else None
        target = find_target(actor=actor, name=name, number=registration_number, document=document)
        if document is not None:
            claim |= {"id_document_type": document[0], "id_number": document[1]}
    if target is None:
        raise Refused(
            "pupil_not_found",
            "没有找到姓名与号码都相符的在籍学生。请与家长核对姓名、19位学籍号或身份证件号。",
            "通知三.2",
        )
    return _lodge(actor, stands, to, target, claim, evidence)


@transaction.atomic
def _lodge(
    actor: Actor,
    stands: Ground,
    to: Place,
    target: Target,
    claim: Mapping[str, str],
    evidence: Sequence[tuple[str, UUID]],
) -> LodgeResult:
    journals.lock([stands.school.id])
    if pending_students([target.student], stands.school.id):
        raise pending(stands)
    if target.school == stands.school.id:
        raise Refused("same_school", "该生已在这所学校在籍，不需要安排。", stands.change.basis)
    try:
        with transaction.atomic():
            application, _ = open_application(
                actor=actor,
                stands=stands,
                claim=claim,
                other_school=target.school,
                label=f"{stands.change.title} · {grade_name(to.grade)}",
                stage=to.stage,
                school_year=stands.book.school_year(),
                student=target.student,
                class_group=to.class_group,
            )
    except IntegrityError as error:
        raise pending(stands) from error
    with connection.cursor() as cursor:
        cursor.execute("SELECT applications_join(%s)", [application.id])
    check_early(application)
    attach(actor, application, stands.change, evidence)
    return LodgeResult(application.id, application.state, 1)


@transaction.atomic
def lodge_placement_of_row(
    *, actor: Actor, class_group: UUID, reason: str, line: UUID, evidence: Sequence[tuple[str, UUID]] = ()
) -> LodgeResult:
    """Propose a class group of the row's own grade for the child of a refused row of a roster. Raises ``Refused``."""
    group, stands = receiving(actor, class_group, "placement_entry", reason)
    journals.lock([stands.school.id])
    found = Line.objects.select_related("application").filter(id=line).first()
    if found is None or not _was_refused(found):
        raise Refused("not_refused", "没有找到这名未被接收的学生。请返回名单，刷新后再试。", _BASIS)
    to = place(group, stands.book, today())
    values = open_rows(found.application_id, [found])[found.id]
    if values.get("grade") != str(to.grade):
        raise Refused("grade_changed", "统筹安排不能改变年级。请选择与该生申报年级相同的班级。", stands.change.basis)
    row = {code: text for code, text in values.items() if code not in _PLACED} | row_place(group, stands.book)
    return lodge_rows(
        actor=actor, stands=stands, rows=[row], numbers=[found.row_no], students=[found.student],
        claim={"reason": reason.strip()}, evidence=evidence,
    )  # fmt: skip


@transaction.atomic
def lodge_placement_of_child(
    *,
    actor: Actor,
    class_group: UUID,
    reason: str,
    row: Mapping[str, str],
    evidence: Sequence[tuple[str, UUID]] = (),
) -> LodgeResult:
    """Propose a class group for a child of whom there is no record and no refused application.

    ``row``: its canonical values, which the rules found without error. Raises ``Refused``.
    """
    group, stands = receiving(actor, class_group, "placement_entry", reason)
    journals.lock([stands.school.id])
    values = {code: text for code, text in row.items() if code not in _PLACED} | row_place(group, stands.book)
    return lodge_rows(
        actor=actor, stands=stands, rows=[values], numbers=[1], claim={"reason": reason.strip()}, evidence=evidence
    )


def row_place(group: ClassGroup, book: Rulebook) -> dict[str, str]:
    """Where a class group is, as the columns of a row say it: grade, class, site."""
    found = {"grade": str(place(group, book, today()).grade), "class_no": str(group.class_no)}
    return found if group.site.kind == "main" else {**found, "site": group.site.name}


def _was_refused(line: Line) -> bool:
    refused = line.state == LineState.REFUSED or line.application.state == ApplicationState.REFUSED
    return refused and line.application.kind in REFUSABLE_ROSTERS


def _refused_transfer(application: UUID) -> Application:
    found = Application.objects.filter(id=application, kind="transfer", state=ApplicationState.REFUSED).first()
    if found is None or found.student is None:
        raise Refused("not_refused", "没有找到这件不予批准的转学申请。请返回名单，刷新后再试。", _BASIS)
    return found


def receiving(actor: Actor, class_group: UUID, kind: str, reason: str) -> tuple[ClassGroup, Ground]:
    """The class group, and the ground on which its school's bureau stands. Raises ``Refused`` for any other post."""
    found = ClassGroup.objects.select_related("site").filter(id=class_group).first()
    if found is None:
        raise Refused("class_not_found", "没有找到所选的班级，请重新选择。", "通知二.2")
    stands = ground(actor, found.school_id, kind)
    if not reason.strip():
        raise Refused("reason_missing", "请填写安排的理由。", stands.change.basis)
    return found, stands


def tell_placed(application: Application) -> None:
    """The receiving school, the former one and its bureau hear of a placement; no name stands in it."""
    school = organisations.by_id(application.school)
    places = [application.school, *([application.other_school] if application.other_school else [])]
    bureaus = organisations.competent_bureaus(places, today())
    own = bureaus[application.school]
    params = {
        "bureau": organisations.by_id(own).name,
        "school": school.name,
        "on": (application.effective_on or today()).isoformat(),
    }
    told = {*places, *bureaus.values()} - {own}
    cases.notify(told, "pupil_placed", subject=application.id, params=params)
