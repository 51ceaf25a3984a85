"""Rules on given registration numbers: kept, checked, reserved (design §3 "Numbers").

Another school's code, a malformed or doubled number or an impossible year is an
error; a year or class unlike the row's is a query.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from xueji.pure.kernel.numbers import Scheme
from xueji.pure.kernel.types import Severity

from .model import OPENING, Check, Rows, Rule, Scope
from .sentences import CLAUSE_NUMBER

NUMBER = "registration_number"


def scheme_of(rows: Rows) -> Scheme:
    """The scheme in force for the school's authority."""
    return rows.context.rulebook.schemes["registration_number"]


def part(scheme: Scheme, source: str, code: str = NUMBER) -> pl.Expr | None:
    """The segment of a number with a source; None where the scheme has none."""
    for segment, (start, end) in zip(scheme.segments, scheme.positions, strict=True):
        if segment.source == source:
            return pl.col(code).str.slice(start, end - start)
    return None


def well_formed(scheme: Scheme, code: str = NUMBER) -> pl.Expr:
    """As many digits as the scheme has, and a serial that is not zero."""
    shaped = pl.col(code).str.contains(rf"^\d{{{scheme.width}}}$")
    serial = part(scheme, "serial", code)
    return shaped & ~serial.str.contains(r"^0+$") if serial is not None else shaped


def _malformed(rows: Rows) -> Iterable[Check]:
    scheme = scheme_of(rows)
    for code in ("registration_number", "prior_registration_number"):
        if rows.has(code):
            yield Check((code,), ~well_formed(scheme, code), pl.lit(str(scheme.width)))


def _other_school(rows: Rows) -> Iterable[Check]:
    school = part(scheme_of(rows), "school_code")
    if rows.has(NUMBER) and school is not None:
        yield Check((NUMBER,), well_formed(scheme_of(rows)) & (school != rows.context.school.code))


def _own(rows: Rows) -> pl.Expr:
    """Well formed and of this school: only then year and class are looked at."""
    school = part(scheme_of(rows), "school_code")
    own = school == rows.context.school.code if school is not None else pl.lit(True)
    return well_formed(scheme_of(rows)) & own


def _year(rows: Rows) -> pl.Expr | None:
    found = part(scheme_of(rows), "intake_year")
    return None if found is None else found.cast(pl.Int64, strict=False)


def _year_possible(rows: Rows, year: pl.Expr) -> pl.Expr:
    context = rows.context
    first = scheme_of(rows).earliest_year or context.school_year - context.setting("intake_oldest_age")
    return year.is_between(first, context.school_year)


def _impossible_year(rows: Rows) -> Iterable[Check]:
    year = _year(rows) if rows.has(NUMBER) else None
    if year is not None:
        yield Check((NUMBER,), _own(rows) & ~_year_possible(rows, year), year.cast(pl.String))


def _year_unlike(rows: Rows) -> Iterable[Check]:
    year = _year(rows) if rows.has(NUMBER, "enrolment_month") else None
    if year is not None:
        enrolled = pl.col("_enrolled").dt.year()
        by_grade = pl.col("_intake_by_grade")
        unlike = (year != enrolled) & (year != by_grade).fill_null(True) & _year_possible(rows, year)
        yield Check((NUMBER, "enrolment_month"), _own(rows) & unlike)


def _class_unlike(rows: Rows) -> Iterable[Check]:
    scheme = scheme_of(rows)
    found = part(scheme, "class_no")
    if found is None or not rows.has(NUMBER, "class_no"):
        return
    given, row_class = found.cast(pl.Int64, strict=False), pl.col("_class")
    alike = given == row_class
    for item in scheme.class_ranges:
        if item.shared:
            alike = alike | ((given == row_class + item.first - 1) & given.is_between(item.first, item.last))
    yield Check((NUMBER, "class_no"), _own(rows) & ~alike)


def _doubled(frame: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    return doubled(frame, rows, (NUMBER,), NUMBER)


def doubled(frame: pl.DataFrame, rows: Rows, keys: tuple[str, ...], *fields: str) -> pl.DataFrame:
    """Every row that shares a filled key with another: row, fields, detail (the other rows)."""
    if not rows.has(*keys):
        return pl.DataFrame(schema={"row": pl.Int64, "fields": pl.List(pl.String), "detail": pl.String})
    filled = frame.select("row", *keys).drop_nulls()
    shared = (
        filled.filter(pl.struct(keys).is_duplicated())
        if len(keys) > 1
        else filled.filter(pl.col(keys[0]).is_duplicated())
    )
    if shared.is_empty():
        return pl.DataFrame(schema={"row": pl.Int64, "fields": pl.List(pl.String), "detail": pl.String})
    first = pl.col("row").sort().head(_SHOWN + 1).alias("rows")  # never all: a value may stand in every row
    groups = shared.group_by(keys).agg(first, pl.len().alias("count"))
    found = shared.join(groups, on=list(keys), how="left").sort("row")
    others = [_rows_shown(*one) for one in found.select("rows", "count", "row").iter_rows()]
    return found.select("row").with_columns(
        pl.Series("fields", [list(fields)] * found.height, dtype=pl.List(pl.String)),
        pl.Series("detail", others, dtype=pl.String),
    )


_SHOWN = 5


def _rows_shown(rows: list[int], count: int, own: int) -> str:
    others = [str(row) for row in rows if row != own][:_SHOWN]
    return "、".join(others) + (f" 等共 {count - 1}" if count - 1 > _SHOWN else "")


def _in_use(rows: Rows) -> Iterable[Check]:
    if rows.has(NUMBER):
        yield Check((NUMBER,), pl.col(NUMBER).is_in(list(rows.context.register.numbers)))


_E, _Q = Severity.ERROR, Severity.QUERY
_O = (OPENING,)

RULES = (
    Rule(
        "regno.malformed",
        _E,
        "{place}应当是 {detail} 位数字，末几位流水号不能全是 0，请核对；没有的请留空。",
        CLAUSE_NUMBER,
        find=_malformed,
    ),
    Rule(
        "regno.other_school",
        _E,
        "{place}前面的学校代码不是本校代码，请核对。",
        CLAUSE_NUMBER,
        find=_other_school,
        kinds=_O,
    ),
    Rule(
        "regno.impossible_year",
        _E,
        "{place}里的入学年份 {detail} 不可能，请核对。",
        CLAUSE_NUMBER,
        find=_impossible_year,
        kinds=_O,
    ),
    Rule(
        "regno.year_unlike",
        _Q,
        "{place}里的年份与入学年月不一致，请核对；确实无误的请说明。",
        CLAUSE_NUMBER,
        find=_year_unlike,
        kinds=_O,
    ),
    Rule(
        "regno.class_unlike",
        _Q,
        "{place}里的班级号与班级不一致，请核对；分过班的请说明。",
        CLAUSE_NUMBER,
        find=_class_unlike,
        kinds=_O,
    ),
    Rule(
        "regno.doubled",
        _E,
        "{place}与第 {detail} 行重复，一人一号，请核对。",
        CLAUSE_NUMBER,
        Scope.FILE,
        find_in_file=_doubled,
        kinds=_O,
    ),
    Rule(
        "regno.in_use",
        _E,
        "{place}已经给过别的学生，学籍号不重复使用，请核对。",
        CLAUSE_NUMBER,
        Scope.REGISTER,
        find=_in_use,
        kinds=_O,
    ),
)
