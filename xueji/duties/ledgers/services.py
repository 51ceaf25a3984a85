"""Exporting and printing ledgers: with a ground, made by a job, logged with everyone who stands in it (clause A6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from xueji.duties.ledgers import workbook
from xueji.duties.ledgers.scope import Scope, scope_of
from xueji.duties.ledgers.selectors import Sheet, sheet_of
from xueji.duties.ledgers.summary import Summary, summary_of
from xueji.ground.disclosure import services as disclosure
from xueji.ground.disclosure.models import DisclosureKind
from xueji.ground.disclosure.services import Ground
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.ledgers import LedgerKind
from xueji.pure.kernel.school_year import school_year_name
from xueji.pure.kernel.types import Actor, Level, Refused
from xueji.registry.register.services.exporting import Made, begin_export, finish_export

SUMMARY = "summary"
FORMATS = ("xlsx", "csv")
LIMIT = 50_000  # lines of one file
PRINTED = 2_000  # lines of one print


@dataclass(frozen=True, slots=True)
class LedgerRequest:
    """Which ledger (or ``summary``) of which year, narrowed to a school or a district, as which kind of file."""

    ledger: str
    school_year: int
    school: str | None = None
    bureau: str | None = None
    format: str = "xlsx"

    def scope(self, actor: Actor) -> Scope:
        """The scope within the actor's jurisdiction."""
        school, bureau = (UUID(one) if one else None for one in (self.school, self.bureau))
        return scope_of(actor, self.school_year, school=school, bureau=bureau)


def ledger_kind(ledger: str) -> LedgerKind:
    """A ledger of the rulebook in force. Raises ``Refused`` for one that it does not know."""
    found = parameters.rulebook(today()).ledgers.get(ledger)
    if found is None:
        raise Refused("ledgers.unknown", "没有这种台账，请从台账列表进入。", "通知一.2")
    return found


def title_of(request: LedgerRequest, actor: Actor, scope: Scope) -> tuple[str, str]:
    """Title and the line below it: year, whose, until which day."""
    name = "学籍变动汇总表" if request.ledger == SUMMARY else ledger_kind(request.ledger).title
    whose = organisations.by_id(actor.organisation).name
    if request.school and len(scope.schools) == 1:
        whose = next(iter(scope.schools.values()))
    elif request.bureau:
        whose = organisations.by_id(UUID(request.bureau)).name
    sub = f"单位：{whose}　　{scope.first.isoformat()} 至 {scope.last.isoformat()}　　制表日期：{today().isoformat()}"
    return f"{school_year_name(scope.school_year)} 学年{name}", sub


@transaction.atomic
def ask_for_ledger(*, actor: Actor, request: LedgerRequest, ground: Ground) -> UUID:
    """Have a ledger or the summary made as a file; the export's id. Raises ``Refused``."""
    from xueji.duties.ledgers.tasks import make_export as job

    if request.format not in FORMATS or (request.ledger == SUMMARY and request.format != "xlsx"):
        raise Refused("ledgers.format", "台账可以导出为电子表格（xlsx）或 CSV，汇总表只能导出为电子表格。", "通知三")
    if request.ledger != SUMMARY:
        ledger_kind(request.ledger)
    request.scope(actor)
    return begin_export(actor=actor, conditions=asdict(request), ground=ground, job=job)


def make_export(*, actor: Actor, export: UUID) -> None:
    """Make the file in the name of who asked; the job's work."""

    def make(conditions: Mapping[str, Any], _: bool) -> Made:
        request = LedgerRequest(**conditions)
        scope = request.scope(actor)
        title, sub = title_of(request, actor, scope)
        if request.ledger == SUMMARY:
            made = summary_of(scope)
            signatures = summary_signers(actor, made)
            return Made(0, (), workbook.summary_workbook(made, title=title, sub=sub, signatures=signatures))
        sheet = sheet_of(ledger_kind(request.ledger), scope, limit=LIMIT + 1)
        if len(sheet.lines) > LIMIT:
            words = f"台账超过 {LIMIT:,} 行，一次导不完。请按区县或学校缩小范围后再导出。"
            return Made(0, (), answer=words)
        return Made(len(sheet.lines), [one.student for one in sheet.lines], _content(actor, request, scope, sheet))

    finish_export(actor=actor, export=export, make=make)


def _content(actor: Actor, request: LedgerRequest, scope: Scope, sheet: Sheet) -> bytes:
    schools = school_names(actor, scope)
    if request.format == "csv":
        return workbook.ledger_csv(sheet, schools=schools)
    title, sub = title_of(request, actor, scope)
    return workbook.ledger_workbook(sheet, title=title, sub=sub, schools=schools)


def summary_signers(actor: Actor, summary: Summary) -> tuple[str, ...]:
    """Who signs below the summary: as below the ledgers that it counts."""
    bureau = actor.level is not Level.SCHOOL
    return workbook.signers(summary.changes[0].ledger, bureau=bureau) if summary.changes else ()


def school_names(actor: Actor, scope: Scope) -> dict[UUID, str] | None:
    """The names for the column of schools; None for a school's own ledger, which has no such column."""
    return None if actor.level is Level.SCHOOL else dict(scope.schools)


@transaction.atomic
def print_ledger(*, actor: Actor, request: LedgerRequest) -> Sheet:
    """The whole ledger to be printed; who stands in it is logged. Raises ``Refused`` for too many lines."""
    sheet = sheet_of(ledger_kind(request.ledger), request.scope(actor), limit=PRINTED + 1)
    if len(sheet.lines) > PRINTED:
        words = f"台账超过 {PRINTED:,} 行，不宜一次打印。请先选择一所学校，或导出为电子表格。"
        raise Refused("ledgers.too_long", words, "通知一.6")
    ground = disclosure.ground_for(f"打印 {school_year_name(request.school_year)} 学年{sheet.ledger.title}")
    students = {one.student for one in sheet.lines}
    disclosure.log(actor=actor, kind=DisclosureKind.PRINT, subjects=students, ground=ground)
    return sheet
