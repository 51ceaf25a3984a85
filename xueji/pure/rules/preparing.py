"""From cells as they came to canonical values, a column at a time.

:func:`prepare` makes the frame that the rules read. For each field ``f``:

* ``f`` the canonical value as text, null where empty or not readable: a code of its
  table, ``YYYY-MM-DD``, ``YYYY-MM``, digits without leading zeros for numbers, ``1``/``0`` for 是/否;
* ``raw:f`` what stood in the cell, ``text:f`` the same with full-width digits and
  letters made half-width and blanks at the ends gone;
* ``kind:f`` what the cell was, where it was no text (number, date, boolean, formula, error).

How a text becomes a value says :mod:`.cleaning`. Derived columns begin with ``_``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from xueji.pure.kernel.catalogue import Column, FieldType
from xueji.pure.kernel.resident_id import WEIGHTS

from .cleaning import BLANKS, FULL_WIDTH, SCIENTIFIC, UNSEEN, Lookups, clean, cleaning, lookups, readable
from .model import RESIDENT_ID, RuleContext


def _one_column(raw: pl.DataFrame, codes: Sequence[str]) -> tuple[list[pl.Series], list[pl.Series], set[str]]:
    """What stood in the cells, their texts, and the columns with a number that Excel shortened.

    All columns go as one long series through the common mending.
    """
    if not codes:
        return [], [], set()
    long = pl.concat([raw.get_column(code) for code in codes])
    both = {**FULL_WIDTH, **UNSEEN}
    text = long.str.replace_many(list(both), list(both.values())).str.strip_chars(BLANKS)
    long = long.to_frame("t").select(pl.when(pl.col("t") != "").then(pl.col("t"))).to_series()
    text = text.to_frame("t").select(pl.when(pl.col("t") != "").then(pl.col("t"))).to_series()
    short = text.str.contains(SCIENTIFIC).fill_null(False)
    positions = short.arg_true().to_list() if short.any() else []
    height = raw.height
    starts = [(i * height, code) for i, code in enumerate(codes)]
    return (
        [long.slice(start, height).alias(f"raw:{code}") for start, code in starts],
        [text.slice(start, height).alias(f"text:{code}") for start, code in starts],
        {codes[position // height] for position in positions},
    )


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
    raws, texts, shortened = _one_column(raw, codes)
    kinds = _kinds(raw, codes, cells)
    values = _values(present, texts, kinds, shortened, lookups(context.rulebook))
    frame = pl.DataFrame([raw.get_column("row"), *raws, *texts, *kinds, *values])
    filled = {code for code in codes if frame.get_column(code).null_count() < frame.height}
    return frame.with_columns(_derived(present, filled, context))


def _values(
    present: Mapping[str, Column],
    texts: Sequence[pl.Series],
    kinds: Sequence[pl.Series],
    shortened: Collection[str],
    found: Lookups,
) -> list[pl.Series]:
    """The canonical values: columns that are cleaned alike go together as one long series."""
    alike: dict[tuple[str, ...], list[tuple[str, pl.Series]]] = {}
    values: dict[str, pl.Series] = {}
    for (code, column), written, kind in zip(present.items(), texts, kinds, strict=True):
        text, height = written, written.len()
        if kind.null_count() < height or code in shortened:
            text = pl.DataFrame({"t": text, "k": kind}).select(readable(column, pl.col("t"), pl.col("k"))).to_series()
        if text.null_count() == height:
            values[code] = pl.repeat(None, height, dtype=pl.String, eager=True).alias(code)
        else:
            alike.setdefault(cleaning(column), []).append((code, text))
    for group in alike.values():
        column, height = present[group[0][0]], group[0][1].len()
        long = pl.concat([text for _, text in group]).to_frame("t").select(clean(column, pl.col("t"), found))
        for i, (code, _) in enumerate(group):
            values[code] = long.to_series().slice(i * height, height).alias(code)
    return [values[code] for code in present]
