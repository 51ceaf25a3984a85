"""What was kindly mended, said in a note: nothing for the clerk to do, but nothing done behind her back."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from xueji.pure.kernel.catalogue import FieldType
from xueji.pure.kernel.types import Severity

from .cleaning import BLANKS, MIDDLE_DOTS, lookups
from .model import NAME_FIELDS, Check, Rows, Rule
from .sentences import EXCEL
from .values import REGISTRATION_NUMBERS


def _raw(code: str) -> pl.Expr:
    return pl.col(f"raw:{code}")


def _text(code: str) -> pl.Expr:
    return pl.col(f"text:{code}")


def _read(code: str) -> pl.Expr:
    return pl.col(code).is_not_null()


def _full_width(rows: Rows) -> Iterable[Check]:
    for code in rows.mended:
        yield Check((code,), _read(code) & _raw(code).str.contains("[０-９Ａ-Ｚａ-ｚ]"))


_BLANK_INSIDE = r"[\s\u3000\u00a0]"


def _blanks(rows: Rows) -> Iterable[Check]:
    whole = {
        *rows.of_type(*_NO_BLANKS),
        *rows.of_field(*NAME_FIELDS),
        *(c for c in REGISTRATION_NUMBERS if c in rows.filled),
    }
    for code in rows.present:
        if code not in rows.mended and code not in whole:
            continue
        spoilt = _raw(code) != _raw(code).str.strip_chars(BLANKS)
        if code in whole:
            spoilt = spoilt | (_text(code).str.contains(_BLANK_INSIDE) & ~pl.col(code).str.contains(" "))
        yield Check((code,), _read(code) & spoilt)


_NO_BLANKS = (
    FieldType.CODE,
    FieldType.NUMBER,
    FieldType.BOOLEAN,
    FieldType.ID_NUMBER,
    FieldType.PHONE,
    FieldType.POSTCODE,
    FieldType.DIVISION,
)


def _lower_case(rows: Rows) -> Iterable[Check]:
    for code in rows.of_type(FieldType.ID_NUMBER):
        yield Check((code,), _read(code) & _text(code).str.contains("[a-z]"))


def _apostrophe(rows: Rows) -> Iterable[Check]:
    long = [c for c in REGISTRATION_NUMBERS if rows.has(c)]
    for code in [*rows.of_type(FieldType.ID_NUMBER, FieldType.PHONE, FieldType.POSTCODE), *long]:
        yield Check((code,), _read(code) & _text(code).str.contains(r"^['’‘]"))


def _date_form(rows: Rows) -> Iterable[Check]:
    for code in rows.of_type(FieldType.DATE):
        other = ~_text(code).str.contains(r"^\d{4}-\d{2}-\d{2}$") & rows.kind(code).is_null()
        yield Check((code,), _read(code) & other, pl.col(code))
    for code in rows.of_type(FieldType.YEAR_MONTH):
        other = ~_text(code).str.contains(r"^\d{4}-?\d{2}$") & rows.kind(code).is_null()
        yield Check((code,), _read(code) & other, pl.col(code))


def _date_cell(rows: Rows) -> Iterable[Check]:
    for code in rows.of_type(FieldType.DATE, FieldType.YEAR_MONTH):
        if code not in rows.kinds:
            continue
        number = (rows.kind(code) == "number") & (~_text(code).str.contains(r"^\d{4}-?\d{2}$"))
        yield Check((code,), _read(code) & ((rows.kind(code) == "date") | number), pl.col(code))


def _codes(rows: Rows) -> Iterable[tuple[str, pl.Expr, pl.Expr]]:
    found = lookups(rows.context.rulebook)
    for code in rows.of_type(FieldType.CODE):
        yield code, _text(code), found.names(rows.present[code].field.code_table or "")


def _code_given(rows: Rows) -> Iterable[Check]:
    for code, text, names in _codes(rows):
        yield Check((code,), _read(code) & text.str.contains(r"^[0-9A-Z]") & ~text.is_in(names))


def _alias(rows: Rows) -> Iterable[Check]:
    for code, text, names in _codes(rows):
        bare = text.str.replace_all(_BLANK_INSIDE, "")
        yield Check((code,), _read(code) & ~text.str.contains(r"^[0-9A-Z]") & ~bare.is_in(names))


def _boolean_form(rows: Rows) -> Iterable[Check]:
    for code in rows.of_type(FieldType.BOOLEAN):
        yield Check((code,), _read(code) & ~_text(code).str.replace_all(_BLANK_INSIDE, "").is_in(["是", "否"]))


def _number_form(rows: Rows) -> Iterable[Check]:
    for code in rows.of_type(FieldType.NUMBER):
        yield Check((code,), _read(code) & ~_text(code).str.contains(r"^[\d\s]+$"), pl.col(code))


def _middle_dot(rows: Rows) -> Iterable[Check]:
    for code in rows.of_field(*NAME_FIELDS):
        yield Check((code,), pl.col(code).str.contains("·") & _text(code).str.contains(MIDDLE_DOTS))


def _phone_form(rows: Rows) -> Iterable[Check]:
    for code in rows.of_type(FieldType.PHONE):
        bare = _text(code).str.replace_all(_BLANK_INSIDE, "").str.replace(r"^['’‘]", "")
        yield Check((code,), _read(code) & (bare != pl.col(code)))


def _number_cell(rows: Rows) -> Iterable[Check]:
    codes = [c for c in rows.of_type(FieldType.TEXT) if c not in REGISTRATION_NUMBERS]
    for code in [*codes, *rows.of_type(FieldType.PHONE, FieldType.POSTCODE, FieldType.DIVISION)]:
        if code in rows.kinds:
            yield Check((code,), _read(code) & (rows.kind(code) == "number"))


def _division_name(rows: Rows) -> Iterable[Check]:
    for code in rows.of_type(FieldType.DIVISION):
        yield Check((code,), _read(code) & ~_text(code).str.contains(r"^\d"), pl.col(code))


_N = Severity.NOTE

RULES = (
    Rule("note.full_width", _N, "{place}里的全角数字或字母已改为半角。", EXCEL, find=_full_width),
    Rule("note.blanks", _N, "{place}里多余的空格已去掉。", EXCEL, find=_blanks),
    Rule("note.lower_case", _N, "{place}里的小写字母已改为大写。", EXCEL, find=_lower_case),
    Rule("note.apostrophe", _N, "{place}前面的撇号已去掉。", EXCEL, find=_apostrophe),
    Rule("note.date_form", _N, "{place}已按 {detail} 读取。", EXCEL, find=_date_form),
    Rule("note.date_cell", _N, "{place}是 Excel 日期，已按 {detail} 读取。", EXCEL, find=_date_cell),
    Rule("note.code_given", _N, "{place}填的是代码，已按名称读取。", EXCEL, find=_code_given),
    Rule("note.alias", _N, "{place}填的“{value}”是别称，已按标准名称读取。", EXCEL, find=_alias),
    Rule("note.boolean_form", _N, "{place}填的“{value}”已按“是”或“否”读取。", EXCEL, find=_boolean_form),
    Rule("note.number_form", _N, "{place}填的“{value}”已按 {detail} 读取。", EXCEL, find=_number_form),
    Rule("note.middle_dot", _N, "{place}里的间隔号已统一为“·”。", EXCEL, find=_middle_dot),
    Rule("note.phone_form", _N, "{place}的写法已统一。", EXCEL, find=_phone_form),
    Rule("note.number_cell", _N, "{place}是数字格式，已按文本读取；开头若有 0 请核对。", EXCEL, find=_number_cell),
    Rule("note.division_name", _N, "{place}填的是名称，已按代码 {detail} 读取。", EXCEL, find=_division_name),
)
