"""From what a clerk typed to the canonical value: one expression for all columns that are cleaned alike.

Clerks' faults are mended here and noted by the rules of :mod:`.notes` (issue 2 "Intake": met kindly).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from xueji.pure.kernel.catalogue import Column, FieldType
from xueji.pure.kernel.codes import CodeTable
from xueji.pure.kernel.divisions import city_of, province_of
from xueji.pure.kernel.rulebook import Rulebook

from .model import NAME_FIELDS

_FULL = "".join(chr(0xFF10 + i) for i in range(10)) + "".join(chr(0xFF21 + i) + chr(0xFF41 + i) for i in range(26))
FULL_WIDTH = {char: chr(ord(char) - 0xFEE0) for char in _FULL}
UNSEEN = {"\u200b": "", "\ufeff": "", "\u200e": "", "\u200f": ""}
BLANKS = " \t\r\n\u00a0\u3000\u2002\u2003\u2009"
MIDDLE_DOTS = "[•・.．→‧∙⋅●。]"
_WIDE_SIGNS = {
    "－": "-",
    "—": "-",
    "–": "-",
    "／": "/",
    "．": ".",
    "＠": "@",
    "＋": "+",
    "（": "(",
    "）": ")",
    "＿": "_",
}
_DATE_PARTS = r"^(\d{4})[-/.年\s](\d{1,2})[-/.月\s](\d{1,2})日?(?:[ T]0?0:00(?::00)?)?$"
_MONTH_PARTS = r"^(\d{4})[-/.年](\d{1,2})(?:月|[-/.月]\d{1,2}日?)?$"
#: A long number that was copied out of a cell in which Excel shortened it.
SCIENTIFIC = r"^\d(?:\.\d+)?[Ee]\+?\d{2}$"
_LONG = ("registration_number", "prior_registration_number")
_SERIAL_DAY = r"^[1-6]\d{4}$"
_EXCEL_DAY_0 = date(1899, 12, 30)
_NUMERALS = "一二三四五六七八九"
GRADE_NAMES = {
    **{f"{_NUMERALS[i]}{tail}": str(i + 1) for i in range(9) for tail in ("年级", "")},
    **{f"{i + 1}年级": str(i + 1) for i in range(9)},
    **{f"小学{_NUMERALS[i]}年级": str(i + 1) for i in range(6)},
    **{f"初{_NUMERALS[i]}": str(i + 7) for i in range(3)},
    **{f"初中{_NUMERALS[i]}年级": str(i + 7) for i in range(3)},
}
YES_NO = {"是": "1", "否": "0"}
YES_NO_LIKE = {
    **dict.fromkeys(("1", "Y", "y", "YES", "Yes", "yes", "TRUE", "True", "true", "有", "√", "对", "是的"), "1"),
    **dict.fromkeys(("0", "N", "n", "NO", "No", "no", "FALSE", "False", "false", "无", "×", "不是", "没有"), "0"),
}


def code_lookup(table: CodeTable) -> dict[str, str]:
    """Every writing that is understood → code: code, name, alias, "1-男", a code without its leading zeros."""
    found: dict[str, str] = {}
    for row in table.rows:
        short = row.code.lstrip("0")
        if short and short.isdecimal():
            found.setdefault(short, row.code)
        for between in ("", "-", ".", ":", "：", "、", "—"):
            found[f"{row.code}{between}{row.name}"] = row.code
    return {**found, **table.replacements}


def division_names(rulebook: Rulebook) -> dict[str, str]:
    """Full names of counties (江苏省南京市玄武区) → 6-digit code."""
    counties = rulebook.regions.counties
    found: dict[str, str] = {}
    for code, name in counties.items():
        province, city = counties.get(province_of(code), ""), counties.get(city_of(code), "")
        if code == province_of(code):
            found.setdefault(name, code)
        elif code == city_of(code):
            found.setdefault(f"{province}{name}", code)
        else:
            found.setdefault(f"{province}{city}{name}", code)
            found.setdefault(f"{city}{name}", code)
    return found


class Lookups:
    """The dictionaries of one rulebook, built when first asked for."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._codes: dict[str, tuple[pl.Series, pl.Series]] = {}
        self._names: dict[str, pl.Expr] = {}
        self._divisions: tuple[pl.Series, pl.Series] | None = None
        self._prefixes: pl.Series | None = None

    @staticmethod
    def _pair(mapping: Mapping[str, str]) -> tuple[pl.Series, pl.Series]:
        return pl.Series(list(mapping), dtype=pl.String), pl.Series(list(mapping.values()), dtype=pl.String)

    def code(self, table: str) -> tuple[pl.Series, pl.Series]:
        """Writings and codes of a table."""
        if table not in self._codes:
            self._codes[table] = self._pair(code_lookup(self._rulebook.codes[table]))
        return self._codes[table]

    def names(self, table: str) -> pl.Expr:
        """The names of a table's codes, for ``is_in``."""
        if table not in self._names:
            names = pl.Series([row.name for row in self._rulebook.codes[table].rows], dtype=pl.String)
            self._names[table] = pl.lit(names).implode()
        return self._names[table]

    @property
    def divisions(self) -> tuple[pl.Series, pl.Series]:
        """Full names and codes of divisions."""
        if self._divisions is None:
            self._divisions = self._pair(division_names(self._rulebook))
        return self._divisions

    @property
    def prefixes(self) -> pl.Series:
        """All 6-digit codes of any edition."""
        if self._prefixes is None:
            self._prefixes = pl.Series(list(self._rulebook.regions.counties), dtype=pl.String)
        return self._prefixes


_kept: dict[int, Lookups] = {}


def lookups(rulebook: Rulebook) -> Lookups:
    """The dictionaries of a rulebook's code tables; kept as long as the tables are (views of other days share them)."""
    key = id(rulebook.codes)
    if key not in _kept:
        if len(_kept) >= 16:
            _kept.clear()
        _kept[key] = Lookups(rulebook)
    return _kept[key]


def _squeezed(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(r"[\s\u3000\u00a0]+", "")


def _clean_name(text: pl.Expr) -> pl.Expr:
    """Blanks between Han characters go, between Latin words one stays; any middle dot becomes ·."""
    text = text.str.replace_all(r"[\s\u3000\u00a0]+", " ")
    text = pl.when(text.str.contains(r"\p{Han}")).then(_squeezed(text)).otherwise(text)
    dotted = text.str.replace_all(rf"(\p{{Han}})\s*{MIDDLE_DOTS}\s*(\p{{Han}})", "$1·$2")
    return dotted.str.replace_all(rf"(\p{{Han}}){MIDDLE_DOTS}(\p{{Han}})", "$1·$2")


def _signs(text: pl.Expr) -> pl.Expr:
    return text.str.replace_many(list(_WIDE_SIGNS), list(_WIDE_SIGNS.values()))


def _clean_date(text: pl.Expr) -> pl.Expr:
    shaped = _signs(text).str.replace(_DATE_PARTS, "$1-$2-$3").str.replace(r"^(\d{4})(\d{2})(\d{2})$", "$1-$2-$3")
    return shaped.str.to_date("%Y-%m-%d", strict=False).dt.strftime("%Y-%m-%d")


def _clean_month(text: pl.Expr) -> pl.Expr:
    shaped = _signs(text).str.replace(_MONTH_PARTS, "$1-$2").str.replace(r"^(\d{4})(\d{2})(?:\d{2})?$", "$1-$2")
    return (shaped + "-1").str.to_date("%Y-%m-%d", strict=False).dt.strftime("%Y-%m")


def _whole(text: pl.Expr) -> pl.Expr:
    digits = text.str.replace(r"^(\d+)\.0+$", "$1")
    return pl.when(digits.str.contains(r"^\d{1,9}$")).then(digits).cast(pl.Int64, strict=False).cast(pl.String)


def _clean_number(column: Column, text: pl.Expr) -> pl.Expr:
    squeezed = _signs(_squeezed(text))
    if column.field.code == "grade":
        named = squeezed.replace(GRADE_NAMES)
        return _whole(named)
    if column.field.code == "class_no":
        squeezed = squeezed.replace({f"{numeral}班": str(i + 1) for i, numeral in enumerate(_NUMERALS)})
        inner = squeezed.str.replace(r"^(?:.*[(])?0*(\d{1,3})[)]?班?$", "$1")
        return _whole(inner.str.replace(r"^.*(?:年级|初[一二三])0*(\d{1,2})班$", "$1"))
    return _whole(squeezed)


def _clean_phone(text: pl.Expr) -> pl.Expr:
    bare = _signs(_squeezed(text)).str.replace(r"^['’‘]", "").str.replace(r"^(?:\+?86-?)(1\d{10})$", "$1")
    bare = bare.str.replace(r"^\((0\d{2,3})\)-?", "$1-")
    return (
        pl.when(bare.str.contains(r"^1[\d-]+$") & ~bare.str.contains("^1[0-9]{10}$"))
        .then(bare.str.replace_all("-", ""))
        .otherwise(bare)
    )


def _clean_division(text: pl.Expr, found: Lookups) -> pl.Expr:
    bare = _squeezed(text)
    names, codes = found.divisions
    return pl.when(bare.str.contains(r"^\d")).then(bare).otherwise(bare.replace_strict(names, codes, default=None))


def clean(column: Column, text: pl.Expr, found: Lookups) -> pl.Expr:
    """The canonical value of a column's texts; null where a text cannot be read."""
    match column.field.type:
        case FieldType.DATE:
            return _clean_date(text)
        case FieldType.YEAR_MONTH:
            return _clean_month(text)
        case FieldType.CODE:
            written, codes = found.code(column.field.code_table or "")
            return _squeezed(text).replace_strict(written, codes, default=None)
        case FieldType.NUMBER:
            return _clean_number(column, text)
        case FieldType.BOOLEAN:
            return _squeezed(text).replace_strict({**YES_NO_LIKE, **YES_NO}, default=None)
        case FieldType.ID_NUMBER:
            return _squeezed(text).str.replace(r"^['’‘]", "").str.to_uppercase()
        case FieldType.PHONE:
            return _clean_phone(text)
        case FieldType.POSTCODE:
            return _squeezed(text).str.replace(r"^['’‘]", "")
        case FieldType.DIVISION:
            return _clean_division(text, found)
    if column.field.code in NAME_FIELDS:
        return _clean_name(text)
    if column.field.code in _LONG:
        return _squeezed(text).str.replace(r"^['’‘]", "")
    return text


def cleaning(column: Column) -> tuple[str, ...]:
    """Columns with the same answer are cleaned by the same expression."""
    field = column.field
    if field.type is FieldType.CODE:
        return field.type.value, field.code_table or ""
    if field.type is FieldType.NUMBER and field.code in ("grade", "class_no"):
        return field.type.value, field.code
    if field.type is FieldType.TEXT:
        return field.type.value, "name" if field.code in NAME_FIELDS else field.code if field.code in _LONG else ""
    return (field.type.value,)


def readable(column: Column, text: pl.Expr, kind: pl.Expr) -> pl.Expr:
    """A cell that Excel spoilt has no value: a formula, an error, a long number that lost digits, a date in a text."""
    bad = ["formula", "error"]
    if column.field.type is FieldType.ID_NUMBER or column.field.code.endswith("registration_number"):
        bad.append("number")
    if column.field.type not in (FieldType.DATE, FieldType.YEAR_MONTH):
        bad.append("date")
        text = pl.when(~text.str.contains(SCIENTIFIC)).then(text)
    if column.field.type is FieldType.DATE:
        text = pl.when((kind == "number") & text.str.contains(_SERIAL_DAY)).then(_serial_day(text)).otherwise(text)
    return pl.when(~kind.is_in(bad).fill_null(False)).then(text)


def _serial_day(text: pl.Expr) -> pl.Expr:
    """Excel's day number, shown where the cell lost its date format."""
    days = pl.when(text.str.contains(_SERIAL_DAY)).then(text).cast(pl.Int64, strict=False)
    return (pl.lit(_EXCEL_DAY_0) + pl.duration(days=days)).dt.strftime("%Y-%m-%d")
