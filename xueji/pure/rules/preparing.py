"""From cells as they came to canonical values, a column at a time.

:func:`prepare` makes the frame that the rules read. For each field ``f``:

* ``f`` the canonical value as text, null where empty or not readable: a code of its
  table, ``YYYY-MM-DD``, ``YYYY-MM``, digits without leading zeros for numbers, ``1``/``0`` for 是/否;
* ``raw:f`` what stood in the cell, ``text:f`` the same with full-width digits and
  letters made half-width and blanks at the ends gone;
* ``kind:f`` what the cell was, where it was no text (number, date, boolean, formula, error).

Clerks' faults are mended here and noted by the rules of :mod:`.notes`
(issue 2 "Intake": met kindly). Derived columns begin with ``_``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import polars as pl

from xueji.pure.kernel.catalogue import Column, FieldType
from xueji.pure.kernel.codes import CodeTable
from xueji.pure.kernel.resident_id import WEIGHTS
from xueji.pure.kernel.rulebook import Rulebook

from .model import NAME_FIELDS, RESIDENT_ID, RuleContext

_FULL = "".join(chr(0xFF10 + i) for i in range(10)) + "".join(chr(0xFF21 + i) + chr(0xFF41 + i) for i in range(26))
FULL_WIDTH = {char: chr(ord(char) - 0xFEE0) for char in _FULL}
_UNSEEN = {"\u200b": "", "\ufeff": "", "\u200e": "", "\u200f": ""}
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
        province, city = counties.get(f"{code[:2]}0000", ""), counties.get(f"{code[:4]}00", "")
        if code.endswith("0000"):
            found.setdefault(name, code)
        elif code.endswith("00"):
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


def _clean(column: Column, text: pl.Expr, found: Lookups) -> pl.Expr:
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


def _one_column(raw: pl.DataFrame, codes: Sequence[str]) -> list[tuple[pl.Series, pl.Series]]:
    """(what stood in the cell, the text) of each column: all go as one long series through the common mending."""
    if not codes:
        return []
    long = pl.concat([raw.get_column(code) for code in codes])
    both = {**FULL_WIDTH, **_UNSEEN}
    text = long.str.replace_many(list(both), list(both.values())).str.strip_chars(BLANKS)
    long = long.to_frame("t").select(pl.when(pl.col("t") != "").then(pl.col("t"))).to_series()
    text = text.to_frame("t").select(pl.when(pl.col("t") != "").then(pl.col("t"))).to_series()
    height = raw.height
    return [
        (long.slice(i * height, height).alias(f"raw:{code}"), text.slice(i * height, height).alias(f"text:{code}"))
        for i, code in enumerate(codes)
    ]


def _kinds(raw: pl.DataFrame, codes: Sequence[str], cells: pl.DataFrame | None) -> list[pl.Series]:
    """The sparse list of cells that were no text, as one column a field."""
    nothing = pl.repeat(None, raw.height, dtype=pl.String, eager=True)
    if cells is None or cells.is_empty():
        return [nothing.alias(f"kind:{code}") for code in codes]
    found = {str(key[0]): part for key, part in cells.partition_by("field", as_dict=True).items()}
    made = []
    for code in codes:
        part = found.get(code)
        if part is None:
            made.append(nothing.alias(f"kind:{code}"))
            continue
        joined = raw.select("row").join(part.select("row", "kind"), on="row", how="left", maintain_order="left")
        made.append(joined.get_column("kind").alias(f"kind:{code}"))
    return made


def check_sum_holds(number: pl.Expr) -> pl.Expr:
    """GB 11643 over a column of 18-character texts (shape checked before): the weighted sum is 1 modulo 11."""
    body = number.str.slice(0, 17).cast(pl.Int64, strict=False)
    total = pl.sum_horizontal([(body // 10 ** (16 - i)) % 10 * weight for i, weight in enumerate(WEIGHTS)])
    last = pl.when(number.str.ends_with("X")).then(10).otherwise(number.str.slice(17, 1).cast(pl.Int64, strict=False))
    return (total + last) % 11 == 1


def _identity(code: str, present: Mapping[str, Column]) -> list[pl.Expr]:
    """Of a document number: is it to be read as a resident ID, does it hold, born when, which sex."""
    kind = code.removesuffix("id_number") + "id_document_type"
    is_id = pl.col(kind).fill_null(RESIDENT_ID) == RESIDENT_ID if kind in present else pl.lit(True)
    number = pl.col(code)
    shaped = is_id & number.str.contains(r"^\d{17}[\dX]$")
    value = pl.when(shaped).then(number)
    born = value.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    order = value.str.slice(16, 1).cast(pl.Int64, strict=False)
    return [
        is_id.alias(f"_{code}:resident"),
        shaped.fill_null(False).alias(f"_{code}:shaped"),
        (check_sum_holds(value) & born.is_not_null()).fill_null(False).alias(f"_{code}:holds"),
        born.alias(f"_{code}:born"),
        pl.when(order % 2 == 1).then(pl.lit("1")).when(order % 2 == 0).then(pl.lit("2")).alias(f"_{code}:sex"),
    ]


def _no_identity(code: str) -> list[pl.Expr]:
    """The columns of :func:`_identity` where nobody has a number."""
    nothing = {"born": pl.Date, "sex": pl.String}
    return [
        *(pl.lit(False).alias(f"_{code}:{name}") for name in ("resident", "shaped", "holds")),
        *(pl.lit(None, dtype=kind).alias(f"_{code}:{name}") for name, kind in nothing.items()),
    ]


def _derived(present: Mapping[str, Column], filled: Collection[str], context: RuleContext) -> list[pl.Expr]:
    """Typed columns that several rules need; all are there, null where their source is not."""

    def of(code: str) -> pl.Expr:
        return pl.col(code) if code in filled else pl.lit(None, dtype=pl.String)

    stages = context.rulebook.stages
    grade = of("grade").cast(pl.Int64, strict=False)
    junior = stages.first_grade("junior")
    made = [
        of("birth_date").str.to_date("%Y-%m-%d", strict=False).alias("_birth"),
        grade.alias("_grade"),
        of("class_no").cast(pl.Int64, strict=False).alias("_class"),
        pl.when(grade.is_between(1, junior - 1))
        .then(pl.lit("primary"))
        .when(grade.is_between(junior, stages.final_grade("junior")))
        .then(pl.lit("junior"))
        .alias("_stage"),
        pl.when(grade < junior)
        .then(context.school_year - grade + 1)
        .otherwise(context.school_year - grade + junior)
        .alias("_intake_by_grade"),
        (of("enrolment_month") + "-01").str.to_date("%Y-%m-%d", strict=False).alias("_enrolled"),
    ]
    for code, column in present.items():
        if column.field.type is FieldType.ID_NUMBER:
            made += _identity(code, present) if code in filled else _no_identity(code)
    return made


def prepare(raw: pl.DataFrame, context: RuleContext, cells: pl.DataFrame | None = None) -> pl.DataFrame:
    """The frame that the rules read.

    ``raw``: ``row`` (Int64, the Excel row, or 0 for a form) and a text column for each field code present,
    null or blank where the cell is empty. ``cells``: row, field, kind of cells that were no text. Columns that
    the catalogue does not have are left out.
    """
    by_code = context.catalogue.by_code
    codes = [code for code in raw.columns if code in by_code]
    present = {code: by_code[code] for code in codes}
    both = _one_column(raw, codes)
    texts, kinds = [text for _, text in both], _kinds(raw, codes, cells)
    values = _values(present, texts, kinds, lookups(context.rulebook))
    frame = pl.DataFrame([raw.get_column("row"), *(raws for raws, _ in both), *texts, *kinds, *values])
    filled = {code for code in codes if frame.get_column(code).null_count() < frame.height}
    return frame.with_columns(_derived(present, filled, context))


def _values(
    present: Mapping[str, Column], texts: Sequence[pl.Series], kinds: Sequence[pl.Series], found: Lookups
) -> list[pl.Series]:
    """The canonical values: columns that are cleaned alike go together as one long series."""
    alike: dict[tuple[str, ...], list[tuple[str, pl.Series]]] = {}
    values: dict[str, pl.Series] = {}
    for (code, column), text, kind in zip(present.items(), texts, kinds, strict=True):
        height = text.len()
        if kind.null_count() < height or _is_shortened(text):
            text = pl.DataFrame({"t": text, "k": kind}).select(_readable(column, pl.col("t"), pl.col("k"))).to_series()
        if text.null_count() == height:
            values[code] = pl.repeat(None, height, dtype=pl.String, eager=True).alias(code)
        else:
            alike.setdefault(_cleaning(column), []).append((code, text))
    for group in alike.values():
        column, height = present[group[0][0]], group[0][1].len()
        long = pl.concat([text for _, text in group]).to_frame("t").select(_clean(column, pl.col("t"), found))
        for i, (code, _) in enumerate(group):
            values[code] = long.to_series().slice(i * height, height).alias(code)
    return [values[code] for code in present]


def _is_shortened(text: pl.Series) -> bool:
    return bool(text.str.contains(SCIENTIFIC).any())


def _cleaning(column: Column) -> tuple[str, ...]:
    """Columns with the same answer are cleaned by the same expression."""
    field = column.field
    if field.type is FieldType.CODE:
        return field.type.value, field.code_table or ""
    if field.type is FieldType.NUMBER and field.code in ("grade", "class_no"):
        return field.type.value, field.code
    if field.type is FieldType.TEXT:
        return field.type.value, "name" if field.code in NAME_FIELDS else field.code if field.code in _LONG else ""
    return (field.type.value,)


def _readable(column: Column, text: pl.Expr, kind: pl.Expr) -> pl.Expr:
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
