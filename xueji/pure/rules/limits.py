"""The limits of the kind of change that a roster is lodged for, as findings at the row.

Which limits there are, and their sentences and bases, is the rulebook's ``changes.yaml``; who asks for a check
evaluates them (``pure/procedures/roster_limits``) and hands them in as facts of the register.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from xueji.pure.kernel.types import Severity

from .model import Check, Rows, Rule, Scope

_AT = ("grade", "name")


def _broken(severity: Severity, rows: Rows) -> Iterable[Check]:
    found = rows.context.register.limits.filter(pl.col("severity") == str(severity))
    fields = tuple(code for code in _AT if rows.has(code))[:1]
    for (message,), part in found.group_by("message", maintain_order=True):
        yield Check(fields, pl.col("row").is_in(part.get_column("row").to_list()), pl.lit(message.removesuffix("。")))


def _forbids(rows: Rows) -> Iterable[Check]:
    return _broken(Severity.ERROR, rows)


def _asks(rows: Rows) -> Iterable[Check]:
    return _broken(Severity.QUERY, rows)


_BASIS = "规则册中这类变动的限制（各条另有依据）"

RULES = (
    Rule("limit.forbids", Severity.ERROR, "{place}：{detail}。", _BASIS, Scope.REGISTER, find=_forbids),
    Rule("limit.asks", Severity.QUERY, "{place}：{detail}。", _BASIS, Scope.REGISTER, find=_asks),
)
