"""The limits of the kind of change that a workbook becomes, asked of each row for the rules to say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import polars as pl

from xueji.pure.procedures.roster_limits import RowFacts, broken
from xueji.pure.rules import RuleContext

#: Kind of a workbook → kind of the application that it becomes (``changes.yaml``).
APPLICATION_KINDS = {
    "opening": "opening",
    "entrants": "enrolment",
    "into_city": "transfer_into_city",
    "late": "late_registration",
    "placed": "placement_entry",
}
_NAMES = ("_grade", "_birth")


def with_limits(frame: pl.DataFrame, context: RuleContext) -> RuleContext:
    """The context with what the rulebook's limits say of each prepared row; ``pending`` is known by then."""
    book = context.rulebook
    change = book.changes.get(APPLICATION_KINDS.get(context.kind, ""))
    if change is None or not change.limits:
        return context
    absent = [pl.lit(None).alias(name) for name in _NAMES if name not in frame.columns]
    pending = context.register.pending

    @cache
    def of(grade: int | None, born: date | None, waits: bool) -> list[tuple[str, str]]:
        facts = RowFacts(context.today, context.effective_on, grade, born, waits, book, context.today)
        return [(one.severity, f"{one.message.rstrip('。')}（依据：{one.basis}）。") for one in broken(change, facts)]

    found = [
        (row, *said)
        for row, grade, born in frame.with_columns(absent).select("row", *_NAMES).iter_rows()
        for said in of(grade, born, row in pending)
    ]
    schema = {"row": pl.Int64, "severity": pl.String, "message": pl.String}
    limits = pl.DataFrame(found, schema=schema, orient="row")
    return replace(context, register=replace(context.register, limits=limits))
