"""The approval of a roster: registrations, numbers and class groups are born, set-based, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from uuid import UUID

from django.db.models import Max

from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations import services as organisation_services
from xueji.ground.organisations.models import ClassGroup, Organisation
from xueji.ground.organisations.services import ClassDraft
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.types import Actor, Refused
from xueji.pure.procedures.effective import effective_date
from xueji.pure.procedures.enrolment import RosterRow, enrolment
from xueji.pure.procedures.late_registration import late_registration
from xueji.pure.procedures.opening import opening
from xueji.pure.procedures.placement import placement_entry
from xueji.pure.procedures.planned import Plan
from xueji.pure.procedures.transfer_into_city import transfer_into_city
from xueji.registry.applications.claims import ReadyRow
from xueji.registry.applications.models import Application
from xueji.registry.applications.placement import Placed, placed, record_values
from xueji.registry.applications.rows import accept_lines
from xueji.registry.applications.services.completing.numbering import allocate
from xueji.registry.applications.services.completing.writing import write
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.applications.services.placing import tell_placed
from xueji.registry.applications.services.rosters import PLACEMENT_ENTRY
from xueji.registry.register.models import Registration

_PLANS: dict[str, Callable[[Sequence[RosterRow], date, str], Plan]] = {
    "opening": lambda rows, on, basis: opening(rows, base_date=on, basis=basis),
    "enrolment": lambda rows, on, basis: enrolment(rows, effective_on=on, basis=basis),
    "transfer_into_city": lambda rows, on, basis: transfer_into_city(rows, effective_on=on, basis=basis),
    "placement_entry": lambda rows, on, basis: placement_entry(rows, effective_on=on, basis=basis),
    "late_registration": lambda rows, on, basis: late_registration(rows, effective_on=on, basis=basis),
}


def complete_roster(*, actor: Actor, application: Application, step: UUID, rows: Sequence[ReadyRow]) -> None:
    """Register the rows that are approved; parked rows wait for both bureaus. Raises ``Refused``."""
    book = school_rulebook(application.school, today())
    change = book.change(application.kind)
    effective_on = effective_date(
        change,
        book,
        decided_on=application.paper_date or today(),
        school_year=application.school_year or book.school_year(),
    )
    book = school_rulebook(application.school, effective_on)
    if rows:
        register_rows(actor=actor, application=application, step=step, rows=rows, book=book, on=effective_on)
        if application.kind == PLACEMENT_ENTRY:
            tell_placed(application)
        return
    application.transaction_id = environment().new_id()
    application.effective_on = effective_on


def register_rows(
    *, actor: Actor, application: Application, step: UUID, rows: Sequence[ReadyRow], book: Rulebook, on: date
) -> None:
    """Register these rows of a roster: class groups, numbers, entries, state, and the rows' new state."""
    school = organisations.by_id(application.school)
    # The grades are those of the school year of the lodging: who decides it after the summer moves nobody down.
    year = application.school_year or book.stages.school_year_of(on)
    places = {row.line: placed(row.values, book, school_year=year) for row in rows}
    _refuse_gone(rows, places, book, on)
    groups = _class_groups(actor, school, set(places.values()), on)
    organisation_services.confirm_on_first_number(actor=actor, schools=[school.id], effective_on=on)
    numbers, scheme = _numbers(school, book, rows, places, groups)
    ended = _last_ends([row.student for row in rows if row.continued])
    new_id = environment().new_id
    planned = []
    for row in rows:
        place = places[row.line]
        clear, sensitive = record_values(row.values, book)
        planned.append(
            RosterRow(
                row_no=row.row_no,
                student=row.student,
                registration=new_id(),
                school=school.id,
                stage=place.stage,
                class_group=groups[place].id,
                number=row.values.get("registration_number") or numbers[row.student],
                scheme=scheme,
                fields=clear,
                sensitive=sensitive,
                last_ended_on=ended.get(row.student),
            )
        )
    plan = _PLANS[application.kind](planned, on, book.change(application.kind).basis)
    write(
        actor=actor,
        application=application,
        step=step,
        plan=plan,
        rulebook_version=book.version,
        effective_on=on,
    )
    accept_lines([(row.line, made.registration) for row, made in zip(rows, planned, strict=True)])
    application.registrations += len(rows)


def _refuse_gone(rows: Sequence[ReadyRow], places: Mapping[UUID, Placed], book: Rulebook, on: date) -> None:
    """A cohort that left school between lodging and decision receives nobody."""
    year = book.stages.school_year_of(on)
    gone = [
        row.row_no
        for row in rows
        if book.stages.grade_of(places[row.line].stage, places[row.line].intake_year, year) is None
    ]
    if gone:
        raise Refused(
            "class_not_at_school",
            f"第 {'、'.join(map(str, gone[:10]))} 行：申报以后已进入新学年，所报年级已经毕业，不能编入。"
            "请退回学校，按学生现在的年级重新申报。",
            "通知二.2",
        )


def _numbers(
    school: Organisation,
    book: Rulebook,
    rows: Sequence[ReadyRow],
    places: Mapping[UUID, Placed],
    groups: Mapping[Placed, ClassGroup],
) -> tuple[Mapping[UUID, str], str]:
    """Numbers for the rows without one, class by class in the order of the roster; and the scheme's code."""
    waiting: dict[Placed, list[UUID]] = {}
    for row in rows:
        if not row.values.get("registration_number"):
            waiting.setdefault(places[row.line], []).append(row.student)
    return allocate(school, book, [(groups[one], waiting[one]) for one in sorted(waiting, key=_order)])


def _order(one: Placed) -> tuple[str, int, str, int]:
    return one.stage, one.intake_year, one.site or "", one.class_no


def _class_groups(actor: Actor, school: Organisation, wanted: set[Placed], on: date) -> Mapping[Placed, ClassGroup]:
    """The class groups of these places; those that are missing are set, in one entry."""
    sites = {site.name: site.id for site in organisations.sites(school.id)}
    for one in wanted:
        if one.site is not None and one.site not in sites:
            raise Refused("site_unknown", f"本校没有名为“{one.site}”的校区（教学点），请核对。", "通知二.3")
    ordered = sorted(wanted, key=_order)
    groups = organisation_services.set_class_groups(
        actor=actor,
        school=school.id,
        classes=[
            ClassDraft(one.stage, one.intake_year, one.class_no, sites[one.site] if one.site else None)
            for one in ordered
        ],
        effective_on=on,
    )
    return dict(zip(ordered, groups, strict=True))


def _last_ends(students: Sequence[UUID]) -> dict[UUID, date]:
    """When the last registration of pupils who are continued ended."""
    found = Registration.objects.filter(student__in=students, voided=False, ended_on__isnull=False)
    return dict(found.values_list("student").annotate(last=Max("ended_on")))
