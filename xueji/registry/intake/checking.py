"""One way to check: a workbook, one pupil's form and the API's values meet the same rules (invariant 12)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from xueji.pure.kernel.types import Severity
from xueji.pure.rules import (
    FINDINGS_SCHEMA,
    RegisterFacts,
    RuleContext,
    prepare,
    rules_in_force,
    run_rules,
    sentence,
)
from xueji.registry.intake.headers import columns_of, header_book, map_headers
from xueji.registry.intake.limits import with_limits
from xueji.registry.intake.sources import FOREIGN, FileFindings, Source, read_workbook

#: Facts of the register about prepared rows; asked once a check, set-based.
FactFinder = Callable[[pl.DataFrame], RegisterFacts]


@dataclass(frozen=True)
class Found:
    """A finding as a door shows it."""

    row: int | None
    column: str | None
    columns: tuple[str, ...]
    fields: tuple[str, ...]
    code: str
    severity: str
    message: str

    def as_json(self) -> dict[str, Any]:
        """The shape that commands and API give."""
        return {
            "row": self.row,
            "column": self.column,
            "columns": list(self.columns),
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
        }


@dataclass(frozen=True)
class CheckResult:
    """What a check found.

    ``frame``: the prepared rows (canonical value of field f in column f); ``headers``: field → header as in the file;
    ``clean`` = rows without an error.
    """

    rows: int
    clean: int
    findings: pl.DataFrame
    frame: pl.DataFrame
    headers: Mapping[str, str]
    context: RuleContext
    header_row: int = 1
    sheet: str = ""

    @property
    def has_errors(self) -> bool:
        """Whether any finding blocks."""
        return self.findings.select((pl.col("severity") == str(Severity.ERROR)).any()).item() is True

    def found(self) -> list[Found]:
        """The findings in words, in the order of rows."""
        return put_into_words(self.findings, self.frame, self.headers, self.context)

    def as_json(self) -> dict[str, Any]:
        """rows, clean, findings: the answer of ``xueji intake check --json`` and of the API."""
        return {"rows": self.rows, "clean": self.clean, "findings": [one.as_json() for one in self.found()]}

    def values(self) -> list[tuple[int, dict[str, str]]]:
        """(Excel row, field → canonical value) of every row, empty fields left out."""
        codes = [code for code in self.headers if code in self.frame.columns]
        found = []
        for row, *cells in self.frame.select("row", *codes).iter_rows():
            found.append((row, {code: cell for code, cell in zip(codes, cells, strict=True) if cell is not None}))
        return found


def put_into_words(
    findings: pl.DataFrame, frame: pl.DataFrame, headers: Mapping[str, str], context: RuleContext
) -> list[Found]:
    """Findings with headers and sentences; values are looked up in the frame, never stored."""
    catalogue, secret = context.catalogue, context.catalogue.sensitive_codes
    at = {row: position for position, row in enumerate(frame.get_column("row").to_list())} if findings.height else {}
    raws: dict[str, list[str | None]] = {}

    def value(row: int | None, code: str | None) -> str | None:
        if row is None or code is None or code in secret or f"raw:{code}" not in frame.columns:
            return None
        if code not in raws:
            raws[code] = frame.get_column(f"raw:{code}").to_list()
        return raws[code][at[row]] if row in at else None

    def label(code: str) -> str:
        if code.startswith(FOREIGN):
            return code[1:]
        return headers.get(code) or (catalogue[code].label if code in catalogue else code)

    found = []
    for row, code, severity, fields, detail in findings.select(*FINDINGS_SCHEMA).iter_rows():
        first = fields[0] if fields else None
        shown = headers.get(first) or (first[1:] if first.startswith(FOREIGN) else None) if first else None
        labels = {one: label(one) for one in fields}
        number = row or None
        message = sentence(
            code, row=number, fields=fields, detail=detail, labels=labels, catalogue=catalogue, value=value(row, first)
        )
        found.append(Found(number, shown, tuple(labels.values()), tuple(fields), code, severity, message))
    return found


def _no_facts(frame: pl.DataFrame) -> RegisterFacts:
    return RegisterFacts()


def check_frame(
    raw: pl.DataFrame, context: RuleContext, cells: pl.DataFrame | None = None, facts: FactFinder = _no_facts
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Prepared rows and findings: the one path that every door takes."""
    frame = prepare(raw, context, cells)
    context = with_limits(frame, replace(context, register=facts(frame)))
    return frame, run_rules(frame, rules_in_force(context), context)


def count_clean(rows: int, findings: pl.DataFrame) -> int:
    """Rows without an error."""
    wrong = findings.filter((pl.col("severity") == str(Severity.ERROR)) & pl.col("row").is_not_null())
    return rows - wrong.get_column("row").n_unique()


def _missing_for_documents(frame: pl.DataFrame, context: RuleContext) -> pl.DataFrame:
    """Columns that are not there but are needed for a document type that some row has; one finding each."""
    found = FileFindings()
    if "id_document_type" in frame.columns:
        held = set(frame.get_column("id_document_type").drop_nulls().unique().to_list())
        for column in columns_of(context.catalogue, context.kind):
            if column.code not in frame.columns and held & set(column.required.document_types):
                found.add("file.missing_column", [column.code], column.label)
    return found.frame()


def check_source(source: Source, context: RuleContext, facts: FactFinder = _no_facts) -> CheckResult:
    """What the rules say of the rows."""
    frame, findings = check_frame(source.raw, context, source.cells, facts)
    findings = pl.concat([_missing_for_documents(frame, context), findings])
    rows = source.raw.height
    return CheckResult(
        rows=rows,
        clean=count_clean(rows, findings),
        findings=pl.concat([FileFindings(list(source.structure)).frame(), findings]),
        frame=frame,
        headers=source.headers,
        context=context,
        header_row=source.header_row,
        sheet=source.sheet,
    )


def check_workbook(data: bytes, context: RuleContext, facts: FactFinder = _no_facts) -> CheckResult:
    """Everything that is wrong with a roster, at once and at the cell.

    Raises Refused (``workbook.*``) where the file can't be read as a roster at all.
    """
    return check_source(read_workbook(data, context), context, facts)


def check_record(
    values: Mapping[str, Any],
    context: RuleContext,
    facts: FactFinder = _no_facts,
    *,
    row: int = 0,
    only: Collection[str] | None = None,
) -> CheckResult:
    """One pupil's form, or one record of the API: field code or header → value as it came.

    Text as typed, or a JSON number or boolean; a number where a long number belongs is refused as in
    a workbook. Every field counts as asked for, one that is not there as empty; ``only`` names the fields of a
    form that asks for some: it runs only their rules.
    """
    columns = columns_of(context.catalogue, context.kind)
    book = header_book(columns)
    names = list(values)
    by_code = {column.code: column for column in columns}
    own = {name: name for name in names if name in by_code}
    other = [name for name in names if name not in by_code]
    mapping = map_headers(other, book)
    for code, position in mapping.columns.items():
        own.setdefault(other[position], code)
    data: dict[str, str | None] = {}
    kinds: list[tuple[int, str, str]] = []
    for name, code in own.items():
        data[code], kind = _typed(values[name])
        if kind:
            kinds.append((row, code, kind))
    for column in columns:
        if only is None or column.code in only:
            data.setdefault(column.code, None)
    raw = pl.DataFrame({"row": [row], **{code: [text] for code, text in data.items()}}, schema=_record_schema(data))
    cells = pl.DataFrame(kinds, schema={"row": pl.Int64, "field": pl.String, "kind": pl.String}, orient="row")
    frame, findings = check_frame(raw, context, cells, facts)
    extra = FileFindings()
    for position in mapping.unknown:
        extra.add("file.unknown_column", [FOREIGN + other[position]], other[position])
    for position in mapping.repeated:
        extra.add("file.repeated_column", [FOREIGN + other[position]], other[position])
    headers = {code: by_code[code].label for code in data}
    return CheckResult(1, count_clean(1, findings), pl.concat([extra.frame(), findings]), frame, headers, context)


def _record_schema(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"row": pl.Int64, **dict.fromkeys(data, pl.String)}


def _typed(value: Any) -> tuple[str | None, str | None]:
    """Text and kind of a value from a form or JSON, as the workbook's reader would say it."""
    if value is None:
        return None, None
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), "boolean"
    if isinstance(value, int | float):
        whole = isinstance(value, int) or value.is_integer()
        return (str(int(value)) if whole else repr(value)), "number"
    return str(value), None
