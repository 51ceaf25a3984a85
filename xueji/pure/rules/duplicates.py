"""The same child twice: in the file, and against the register (issue 2 "Suspected duplicates").

What the register knows of other schools' pupils is never told: the school
learns only "already registered, lodge a transfer" or "under check".
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from xueji.pure.kernel.types import Severity

from .model import Check, Rows, Rule, Scope
from .numbering import doubled
from .sentences import CLAUSE_CHECK, CLAUSE_NUMBER


def _same_document(frame: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    keys = ("id_document_type", "id_number") if rows.has("id_document_type") else ("id_number",)
    return doubled(frame, rows, keys, "id_number")


def _same_person(frame: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    """Same name and birth date; rows with the same document are told by the rule above already."""
    found = doubled(frame, rows, ("name", "birth_date"), "name", "birth_date")
    if found.is_empty() or not rows.has("id_number"):
        return found
    with_document = frame.filter(pl.col("id_number").is_not_null() & pl.col("id_number").is_duplicated())
    return found.join(with_document.select("row"), on="row", how="anti")


def _same_serial(frame: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    if not rows.has("grade", "class_no", "class_serial"):
        return (
            frame.select("row")
            .clear()
            .with_columns(
                pl.lit(None, dtype=pl.List(pl.String)).alias("fields"), pl.lit(None, dtype=pl.String).alias("detail")
            )
        )
    keys: tuple[str, ...] = ("grade", "class_no", "class_serial")
    if rows.has("site"):
        frame = frame.with_columns(pl.col("site").fill_null(""))
        keys = (*keys, "site")
    return doubled(frame, rows, keys, "class_serial", "class_no")


def _on_the_roll(state: str, rows: Rows) -> list[int]:
    found: list[int] = rows.context.register.known.filter(pl.col("state") == state).get_column("row").to_list()
    return found


def _in_force(rows: Rows) -> Iterable[Check]:
    hit = _on_the_roll("in_force", rows)
    if hit and rows.has("id_number"):
        yield Check(("id_number",), pl.col("row").is_in(hit))


def _under_check(rows: Rows) -> Iterable[Check]:
    """One answer at the same fields, whatever was matched: a school must not learn what another school holds."""
    hit = [*_on_the_roll("other_name", rows), *rows.context.register.alike]
    if hit:
        fields = tuple(code for code in ("name", "id_number", "birth_date") if rows.has(code))
        yield Check(fields, pl.col("row").is_in(hit))


_E, _Q = Severity.ERROR, Severity.QUERY

RULES = (
    Rule(
        "duplicate.document",
        _E,
        "{place}与第 {detail} 行重复，请核对是否同一人录了两次。",
        CLAUSE_NUMBER,
        Scope.FILE,
        find_in_file=_same_document,
    ),
    Rule(
        "duplicate.person",
        _Q,
        "{place}的姓名和出生日期与第 {detail} 行相同，请核对；确是两人的请说明。",
        CLAUSE_CHECK,
        Scope.FILE,
        find_in_file=_same_person,
    ),
    Rule(
        "duplicate.class_serial",
        _Q,
        "{place}与同班第 {detail} 行重复，请核对。",
        CLAUSE_CHECK,
        Scope.FILE,
        find_in_file=_same_serial,
    ),
    Rule(
        "register.in_force",
        _Q,
        "{place}对应的学生已有学籍，请用转学办理；申报后这一行待主管教育局核对。",
        CLAUSE_NUMBER,
        Scope.REGISTER,
        find=_in_force,
    ),
    Rule(
        "register.under_check",
        _Q,
        "{place}等身份信息核查中：申报后这一行由主管教育局核对，请备好户口簿复印件。",
        CLAUSE_CHECK,
        Scope.REGISTER,
        find=_under_check,
    ),
)
