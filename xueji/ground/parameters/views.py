"""From the schema's values to the frozen values of the pure floor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from xueji.pure.kernel.calendar import Calendar, MonthDay, ReturnDays
from xueji.pure.kernel.catalogue import CatalogueField, Requirement
from xueji.pure.kernel.codes import Code, CodeTable
from xueji.pure.kernel.numbers import ClassRange, Scheme, Segment, SpareClasses
from xueji.pure.kernel.resident_id import Regions
from xueji.pure.kernel.returns import ExitRule
from xueji.pure.kernel.rulebook import (
    Ask,
    CertificateKind,
    ChangeKind,
    Evidence,
    FinalGradeStop,
    Limit,
    NotInRulebook,
    Round,
    Step,
)
from xueji.pure.kernel.school_year import StageSystem
from xueji.pure.kernel.seals import SealUse
from xueji.pure.kernel.sheets import Frame, Imposition, PhotoBox, Place, Sheet
from xueji.pure.kernel.types import Role

from .schema.base import Part
from .schema.calendar import HolidaysFile, ReturnDaysPart
from .schema.certificates import CertificatePart, SealPart, SheetPart
from .schema.changes import AskPart, ChangePart, FinalGradeStopPart, LimitPart, PhasePart
from .schema.codes import CodesFile, CodeTablePart
from .schema.fields import FieldPart
from .schema.numbers import SchemePart
from .schema.returns import ExitPart, ReturnsFile, RoundPart
from .schema.templates import TemplatePart


def full_scheme(scheme: Part) -> SchemePart:
    """A scheme that only its own layer says, checked as a whole."""
    return SchemePart.model_validate(scheme.model_dump(by_alias=True, exclude_unset=True))


def scheme_view(part: SchemePart, owner: str) -> Scheme:
    """A number scheme and the layer that owns it."""
    return Scheme(
        code=part.code,
        subject=part.subject,
        title=part.title,
        segments=tuple(Segment(s.name, s.width, s.source, s.charset, s.check, s.literal) for s in part.segments),
        owner=owner,
        valid_from=part.valid_from,
        valid_to=part.valid_to,
        short_width=part.short_width,
        near_limit=part.near_limit,
        earliest_year=part.earliest_year,
        class_ranges=tuple(ClassRange(r.stage, r.site, r.first, r.last, r.shared) for r in part.class_ranges),
        next=SpareClasses(part.next.first, part.next.last) if part.next else None,
        basis=part.basis,
        certainty=part.certainty,
    )


def _month_day(text: str) -> MonthDay:
    return MonthDay(int(text[:2]), int(text[3:]))


def return_days_view(items: list[ReturnDaysPart]) -> ReturnDays:
    """Days of the yearly return."""
    if not items:
        raise NotInRulebook("calendar.yaml: return_days")
    item = items[-1]
    return ReturnDays(
        reference=_month_day(item.reference),
        school_due=_month_day(item.school_due),
        bureau_due=_month_day(item.bureau_due),
        city_school_due=_month_day(item.city_school_due),
        filings_due=_month_day(item.filings_due),
        national_stock=_month_day(item.national_stock),
    )


def stages_view(items: list[Any]) -> StageSystem:
    """Stages and the school year."""
    if not items:
        raise NotInRulebook("calendar.yaml: stages")
    item = items[-1]
    start = _month_day(item.school_year_start)
    return StageSystem(item.primary_years, item.junior_years, start.month, start.day)


def calendar_view(days: ReturnDays, holidays: HolidaysFile) -> Calendar:
    """The calendar of all years that have a table."""
    off = {day: run.name for year in holidays.years for run in year.holidays for day in run.days}
    return Calendar(
        holidays=frozenset(off),
        working_weekends=frozenset(day for year in holidays.years for day in year.worked),
        known_years=frozenset(year.year for year in holidays.years),
        days=days,
        holiday_names=off,
    )


def _steps(phases: Iterable[PhasePart]) -> tuple[Step, ...]:
    listed = [(phase, step) for phase in phases for step in phase.steps]
    last = listed[-1][1]
    return tuple(
        Step(
            key=step.key,
            act=step.act,
            role=step.role,
            at=phase.at,
            phase=phase.key,
            days=phase.days,
            title=step.title,
            register_check=step.register_check,
            completes=step is last,
        )
        for phase, step in listed
    )


def _params(limit: LimitPart) -> dict[str, str]:
    given = {"from": limit.from_day, "to": limit.to_day, "value": limit.value}
    return {name: str(value) for name, value in given.items() if value is not None}


def _ask(part: AskPart) -> Ask:
    choices = tuple((choice.code, choice.name) for choice in part.choices)
    return Ask(part.key, part.label, part.type, part.required, part.codes, choices, part.hint, part.default)


def final_grade_stop_view(part: FinalGradeStopPart) -> FinalGradeStop:
    """A time in which nothing new is taken in about the final grade."""
    return FinalGradeStop(
        part.stop,
        part.title,
        tuple(part.kinds),
        part.from_day,
        part.closed_from,
        part.to_day,
        part.message,
        part.basis,
    )


def change_view(part: ChangePart, stops: Iterable[FinalGradeStop] = ()) -> ChangeKind:
    """A kind of change with its ways; a stop that names it is one of its limits."""
    ways = {way.variant: _steps(way.phases) for way in part.variants}
    if not ways and part.phases:
        ways = {"": _steps(part.phases)}
    return ChangeKind(
        kind=part.kind,
        title=part.title,
        lodged_by=part.lodged_by,
        variants=ways,
        evidence=tuple(Evidence(e.key, e.title, e.required, e.basis) for e in part.evidence),
        limits=(
            *(Limit(one.code, one.kind, one.message, one.severity, _params(one), one.basis) for one in part.limits),
            *(stop.limit for stop in stops if part.kind in stop.kinds),
        ),
        asks=tuple(_ask(ask) for ask in part.asks),
        group=part.group,
        forbidden=part.forbidden,
        paper_entry=part.paper_entry,
        no_paper_entry=part.no_paper_entry,
        sets={item.field: item.value for item in part.sets},
        notify=tuple(part.notify),
        from_status=tuple(part.from_status),
        to_status=part.to_status,
        bulk=part.bulk,
        file_number=part.file_number,
        kind_no=part.kind_no,
        form=part.form,
        form_title=part.form_title,
        signed_by=part.signed_by,
        sheet=part.sheet,
        arrival_days=part.arrival_days,
        effective=part.effective,
        effective_day=part.effective_day,
        open_from=part.open_from,
        valid_from=part.valid_from,
        valid_to=part.valid_to,
        basis=part.basis,
        certainty=part.certainty,
    )


def field_view(part: FieldPart) -> CatalogueField:
    """A field of the catalogue."""
    values = {name: getattr(part, name) for name in FieldPart.model_fields if name != "required"}
    need = part.required
    return CatalogueField(**values, required=Requirement(need.always, need.document_types, need.except_document_types))


def code_tables_view(part: CodesFile) -> Mapping[str, tuple[CodeTable, ...]]:
    """Code tables by name, each with its editions."""
    found: dict[str, list[CodeTable]] = {}
    for table in part.tables:
        found.setdefault(table.table, []).append(_code_table(table))
    return {name: tuple(editions) for name, editions in found.items()}


def _code_table(table: CodeTablePart) -> CodeTable:
    return CodeTable(
        table=table.table,
        title=table.title,
        rows=tuple(Code(r.code, r.name, r.aliases, r.standard, r.certainty, r.retired) for r in table.rows),
        edition=table.edition,
        valid_from=table.valid_from,
        valid_to=table.valid_to,
        basis=table.basis,
    )


def certificate_view(part: CertificatePart) -> CertificateKind:
    """A kind of certificate."""
    return CertificateKind(
        kind=part.kind,
        title=part.title,
        body=part.body,
        conditions=tuple(part.conditions),
        number_format=part.number_format,
        footer=part.footer,
        template=part.template,
        seal=part.seal,
        status=tuple(part.status),
        ended_by=tuple(part.ended_by),
        valid_days=part.valid_days,
        attested=part.attested,
        blank=part.blank,
        sheet=_sheet(part.sheet) if part.sheet else None,
        steps=_steps(part.phases) if part.phases else (),
        issuers=tuple(Role(one) for one in part.issuers),
        archive_before=part.archive_before,
        electronic_seal=part.electronic_seal,
        seal_use=part.seal_use,
        sealed_footer=part.sealed_footer,
        roll=part.roll,
        receipt=part.receipt,
        valid_from=part.valid_from,
        valid_to=part.valid_to,
        basis=part.basis,
        certainty=part.certainty,
    )


def seal_view(part: SealPart) -> SealUse:
    """A named use of a seal."""
    steps = _steps(part.phases)
    return SealUse(
        part.kind, part.title, tuple(part.levels), part.width, part.most_days, steps, part.basis, part.certainty
    )


def with_template(kind: CertificateKind, part: TemplatePart, *, adds: bool) -> CertificateKind:
    """A kind with a bureau's words and sheet; ``adds``: a district's, which gives no other words but a note."""
    sheet = _sheet(part.sheet) if part.sheet and kind.sheet else kind.sheet
    if adds:
        note = part.note or ""
        sealed = kind.sealed_footer and kind.sealed_footer + note
        return replace(kind, footer=kind.footer + note, sealed_footer=sealed, sheet=sheet)
    return replace(
        kind,
        body=part.body or kind.body,
        footer=kind.footer if part.footer is None else part.footer,
        seal=part.seal or kind.seal,
        receipt=part.receipt or kind.receipt,
        sheet=sheet,
    )


def _sheet(part: SheetPart) -> Sheet:
    code = part.code
    return Sheet(
        part.width,
        part.height,
        tuple(Place(**place.model_dump()) for place in part.places),
        tuple(Frame(**frame.model_dump()) for frame in part.frames),
        code.x,
        code.y,
        code.size,
        PhotoBox(**part.photo.model_dump()) if part.photo else None,
        Imposition(**part.imposed.model_dump()) if part.imposed else None,
    )


def round_view(part: RoundPart) -> Round:
    """A round with days of its own."""
    return Round(
        code=part.code,
        title=part.title,
        school_year=part.school_year,
        reference_date=part.reference_date,
        window=(part.window_from, part.reference_date) if part.window_from else None,
        school_due=part.school_due,
        bureau_due=part.bureau_due,
        city_school_due=part.city_school_due,
        first=part.first,
        basis=part.basis,
    )


def exit_view(part: ExitPart) -> ExitRule:
    """Which registration may follow a way of leaving."""
    return ExitRule(part.exit, part.title, part.allows, part.same_stage, part.basis)


@dataclass(frozen=True)
class YearlyRounds:
    """The rule by which every year has its round (clause C5)."""

    returns: ReturnsFile
    calendar: Calendar
    stages: StageSystem

    def __call__(self, year: int) -> Round:
        if self.returns.yearly_from is None or year < self.returns.yearly_from:
            raise NotInRulebook(f"no reporting round {year}")
        reference = self.calendar.reference_date(year)
        return Round(
            code=str(year),
            title=(self.returns.yearly_title or "{year}").format(year=year),
            school_year=self.stages.school_year_of(reference),
            reference_date=reference,
            window=self.calendar.window(year),
            school_due=self.calendar.school_due(year),
            bureau_due=self.calendar.bureau_due(year),
            city_school_due=self.calendar.days.city_school_due.of(year),
            basis=self.returns.yearly_basis,
        )


def regions_view(table: CodeTable | None) -> Regions:
    """Region prefixes of identity numbers from the division table."""
    if table is None:
        return Regions({}, {})
    names = {row.code: row.name for row in table.rows if len(row.code) == 6}
    provinces = {code[:2]: name for code, name in names.items() if code.endswith("0000")}
    return Regions(provinces, names, source=f"{table.title}（{table.edition}）")
