"""From a workbook to rows by field, and what is to be said of the file as a whole (``file.*``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from xueji.ground.workbooks.reader import Limits, Sheet, read_sheet
from xueji.pure.kernel.catalogue import Column
from xueji.pure.rules import BY_CODE, FINDINGS_SCHEMA, RuleContext, no_findings
from xueji.registry.intake.headers import Mapping as HeaderMapping
from xueji.registry.intake.headers import columns_of, header_book, map_headers

#: A field code that stands for a header which is no field: "@" and the header.
FOREIGN = "@"
KIND_TITLES = {"opening": "建档", "entrants": "新生入学", "into_city": "外地转入", "late": "补建学籍"}
#: row, code, severity, fields, detail: a row of a findings' frame.
FindingRow = tuple[int | None, str, str, list[str], str | None]


@dataclass(frozen=True)
class Source:
    """The rows of a roster as read, and what is to be said of the file as a whole.

    ``raw``: row and one text column a field; ``cells``: row, field, kind of cells that were no text.
    """

    raw: pl.DataFrame
    cells: pl.DataFrame
    headers: Mapping[str, str]
    structure: tuple[FindingRow, ...] = ()
    sheet: str = ""
    header_row: int = 1


def limits_of(context: RuleContext) -> Limits:
    """What a workbook may be, from the rulebook."""
    megabyte = 1024 * 1024
    return Limits(
        file_bytes=context.setting("intake_file_megabytes") * megabyte,
        unpacked_bytes=context.setting("intake_unpacked_megabytes") * megabyte,
        rows=context.setting("intake_rows"),
        columns=context.setting("intake_columns"),
        memory_bytes=context.setting("intake_memory_megabytes") * megabyte,
        seconds=context.setting("intake_seconds"),
    )


@dataclass
class FileFindings:
    """Findings on the file as a whole, gathered as rows of the findings' frame."""

    rows: list[FindingRow] = field(default_factory=list)

    def add(self, code: str, fields: list[str], detail: str | None = None) -> None:
        """One finding with row null."""
        self.rows.append((None, code, str(BY_CODE[code].severity), fields, detail))

    def frame(self) -> pl.DataFrame:
        """As a frame of findings."""
        return pl.DataFrame(self.rows, schema=dict(FINDINGS_SCHEMA), orient="row") if self.rows else no_findings()


def read_workbook(data: bytes, context: RuleContext, columns: tuple[Column, ...] | None = None) -> Source:
    """The rows of a workbook by field; no rule has looked at them yet. Raises Refused (``workbook.*``).

    ``columns``: of a list that asks for some fields alone; which of them it needs, the list says itself.
    """
    few = columns is not None
    columns = columns or columns_of(context.catalogue, context.kind)
    book = header_book(columns)
    sheet = read_sheet(data, book.known, limits_of(context), least=2 if few else None)
    mapping = map_headers(sheet.headers, book, ignored=OWN_COLUMNS)
    headers = {code: sheet.headers[position] for code, position in mapping.columns.items()}
    raw, cells = _frames(sheet, mapping)
    structure = _structure(sheet, mapping, () if few else columns, context)
    return Source(raw, cells, headers, tuple(structure.rows), sheet.name, sheet.header_row)


def _frames(sheet: Sheet, mapping: HeaderMapping) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The raw frame by field code, and the sparse list of cells that were no text."""
    data: dict[str, pl.Series] = {"row": pl.Series("row", sheet.rows, dtype=pl.Int64)}
    parts = []
    for code, position in mapping.columns.items():
        data[code] = pl.Series(code, sheet.columns[position], dtype=pl.String)
        for kind, positions in sheet.kinds[position].items():
            places = data["row"].gather(positions)
            parts.append(
                pl.DataFrame({"row": places}).with_columns(
                    pl.lit(code).alias("field"), pl.lit(kind).alias("kind"), pl.lit(_RANK[kind]).alias("rank")
                )
            )
    raw = pl.DataFrame(data)
    if not parts:
        return raw, pl.DataFrame(schema={"row": pl.Int64, "field": pl.String, "kind": pl.String})
    cells = pl.concat(parts).sort("rank").unique(["row", "field"], keep="first", maintain_order=True)
    return raw, cells.select("row", "field", "kind")


_RANK = {"formula": 0, "error": 1, "number": 2, "date": 3, "boolean": 4}


def _structure(sheet: Sheet, mapping: HeaderMapping, columns: tuple[Column, ...], context: RuleContext) -> FileFindings:
    found = FileFindings()
    if sheet.school_code and sheet.school_code != context.school.code:
        found.add("file.other_school", [], sheet.school_code)
    if sheet.kind and sheet.kind != context.kind:
        found.add("file.other_kind", [], KIND_TITLES.get(sheet.kind, sheet.kind))
    for column in columns:
        needed = column.minimal and not column.required.never
        if needed and column.code not in mapping.columns:
            found.add("file.missing_column", [column.code], column.label)
    for code, positions in (("file.unknown_column", mapping.unknown), ("file.repeated_column", mapping.repeated)):
        for position in positions:
            header = sheet.headers[position]
            found.add(code, [FOREIGN + header], header)
    for position in mapping.nameless:
        if any(text.strip() for text in sheet.columns[position]):
            found.add("file.nameless_column", [], str(position + 1))
    for code in mapping.aliases:
        found.add("file.header_alias", [code], sheet.headers[mapping.columns[code]])
    for name in sheet.other_sheets:
        if name not in OWN_SHEETS:
            found.add("file.other_sheet", [], name)
    _blank_rows(sheet, found)
    if not sheet.rows:
        found.add("file.no_rows", [])
    return found


#: Name of the template's second sheet, and of the sheet and column that the download with findings adds.
INSTRUCTIONS, OVERVIEW, PROBLEMS = "填表说明", "检查结果", "问题"
OWN_SHEETS = (INSTRUCTIONS, OVERVIEW)
OWN_COLUMNS = (PROBLEMS,)
_WORTH_TELLING = 50


def _blank_rows(sheet: Sheet, found: FileFindings) -> None:
    told = []
    if sheet.blank_count:
        listed = "、".join(str(row) for row in sheet.blank_rows[:5])
        told.append(f"第 {listed} 行" + (f"等 {sheet.blank_count} 行" if sheet.blank_count > 5 else ""))
    if sheet.empty_tail > _WORTH_TELLING:
        told.append(f"表末 {sheet.empty_tail} 行")
    if told:
        found.add("file.blank_rows", [], "、".join(told))
