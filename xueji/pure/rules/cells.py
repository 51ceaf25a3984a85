"""Rules on what Excel did to a cell: digits lost, dates made of texts, formulas (domain.md §8)."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from xueji.pure.kernel.catalogue import FieldType
from xueji.pure.kernel.types import Severity

from .cleaning import SCIENTIFIC
from .model import Check, Rows, Rule
from .sentences import EXCEL

LONG_NUMBERS = ("registration_number", "prior_registration_number")


def _numbers_lost(rows: Rows) -> Iterable[Check]:
    for code in [*rows.of_type(FieldType.ID_NUMBER), *(c for c in LONG_NUMBERS if rows.has(c))]:
        shortened = pl.col(f"text:{code}").str.contains(SCIENTIFIC)
        yield Check((code,), (rows.kind(code) == "number").fill_null(False) | shortened.fill_null(False))


def _dates(rows: Rows) -> Iterable[Check]:
    for code in rows.kinds:
        if rows.present[code].field.type not in (FieldType.DATE, FieldType.YEAR_MONTH):
            yield Check((code,), rows.kind(code) == "date")


def _of_kind(kind: str, rows: Rows) -> Iterable[Check]:
    for code in rows.kinds:
        yield Check((code,), rows.kind(code) == pl.lit(kind))


_E = Severity.ERROR

RULES = (
    Rule(
        "cell.number",
        _E,
        "{place}被 Excel 当成了数字，后几位已经丢失。"
        "请把这一列设为“文本”，对照户口簿或原始材料重新录入完整号码，不要只改格式。",
        EXCEL,
        find=_numbers_lost,
    ),
    Rule("cell.date", _E, "{place}被 Excel 变成了日期，请把这一列设为“文本”后重新录入。", EXCEL, find=_dates),
    Rule(
        "cell.formula",
        _E,
        "{place}是公式。请复制这一列，用“选择性粘贴—数值”粘贴后再上传。",
        EXCEL,
        find=lambda rows: _of_kind("formula", rows),
    ),
    Rule(
        "cell.error",
        _E,
        "{place}是 Excel 的错误值（如 #N/A），请重新填写。",
        EXCEL,
        find=lambda rows: _of_kind("error", rows),
    ),
)
