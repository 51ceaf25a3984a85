"""The approval of a roster: registrations, numbers and class groups are born, set-based, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from xueji.pure.procedures.opening import opening
from xueji.registry.applications.claims import open_rows
from xueji.registry.applications.models import Application, Line, LineState
from xueji.registry.applications.placement import Placed, placed, record_values
from xueji.registry.applications.rows import accept_lines
from xueji.registry.applications.services.completing.numbering import allocate
from xueji.registry.applications.services.completing.writing import write
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.register.models import Registration


def complete_roster(*, actor: Actor, application: Application, step: UUID) -> None:
    """Register every row that is ready; parked rows wait for both bureaus. Raises ``Refused``."""
    lines = list(Line.objects.filter(application=application, state=LineState.READY).order_by("row_no"))
    book = school_rulebook(application.school, today())
    change = book.change(application.kind)
    effective_on = effective_date(
        change, book, decided_on=today(), school_year=application.school_year or book.school_year()
    )
    book = school_rulebook(application.school, effective_on)
    if lines:
        register_lines(actor=actor, application=application, step=step, lines=lines, book=book, on=effective_on)
        return
    application.transaction_id = environment().new_id()
    application.effective_on = effective_on


def register_lines(
    *, actor: Actor, application: Application, step: UUID, lines: Sequence[Line], book: Rulebook, on: date
) -> None:
    """Register these rows of a roster: class groups, numbers, entries, state, and the rows' new state."""
    school = organisations.by_id(application.school)
    values = open_rows(application.id, lines)
    places = {line.id: placed(values[line.id], book, on=on) for line in lines}
    groups = _class_groups(actor, school, set(places.values()), on)
    waiting: dict[Placed, list[UUID]] = {}
    for line in lines:
        if not values[line.id].get("registration_number"):
            waiting.setdefault(places[line.id], []).append(line.student)
    ordered = sorted(waiting, key=lambda one: (one.stage, one.intake_year, one.site or "", one.class_no))
    organisation_services.confirm_on_first_number(actor=actor, schools=[school.id], effective_on=on)
    numbers, scheme = allocate(school, book, [(groups[one], waiting[one]) for one in ordered])
    ended = _last_ends([line.student for line in lines if line.continued])
    new_id = environment().new_id
    rows = []
    for line in lines:
        clear, sensitive = record_values(values[line.id], book)
        rows.append(
            RosterRow(
                row_no=line.row_no,
                student=line.student,
                registration=new_id(),
                school=application.school,
                stage=places[line.id].stage,
                class_group=groups[places[line.id]].id,
                number=values[line.id].get("registration_number") or numbers[line.student],
                scheme=scheme,
                fields=clear,
                sensitive=sensitive,
                last_ended_on=ended.get(line.student),
            )
        )
    basis = book.change(application.kind).basis
    if application.kind == "opening":
        plan = opening(rows, base_date=on, basis=basis)
    else:
        plan = enrolment(rows, effective_on=on, basis=basis)
    write(
        actor=actor,
        application=application,
        step=step,
        plan=plan,
        rulebook_version=book.version,
        effective_on=on,
    )
    accept_lines([(line.id, row.registration) for line, row in zip(lines, rows, strict=True)])
    application.registrations += len(lines)


def _class_groups(actor: Actor, school: Organisation, wanted: set[Placed], on: date) -> Mapping[Placed, ClassGroup]:
    """The class groups of these places; those that are missing are set, in one entry."""
    sites = {site.name: site.id for site in organisations.sites(school.id)}
    for one in wanted:
        if one.site is not None and one.site not in sites:
            raise Refused("site_unknown", f"本校没有名为“{one.site}”的校区（教学点），请核对。", "通知二.3")
    ordered = sorted(wanted, key=lambda one: (one.stage, one.intake_year, one.site or "", one.class_no))
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
