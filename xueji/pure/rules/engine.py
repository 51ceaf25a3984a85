"""Running the rules and putting a finding into words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from xueji.pure.kernel.catalogue import FieldCatalogue

from . import cells, duplicates, family, identity, limits, notes, numbering, schooling, structure, values
from .model import FINDINGS_SCHEMA, Check, Rows, Rule, RuleContext, Scope, no_findings

ALL_RULES: tuple[Rule, ...] = (
    *structure.RULES,
    *cells.RULES,
    *values.RULES,
    *identity.RULES,
    *schooling.RULES,
    *numbering.RULES,
    *family.RULES,
    *duplicates.RULES,
    *limits.RULES,
    *notes.RULES,
)
BY_CODE: Mapping[str, Rule] = {rule.code: rule for rule in ALL_RULES}


def rules_in_force(context: RuleContext, scopes: Sequence[Scope] | None = None) -> tuple[Rule, ...]:
    """The rules that hold on the context's day for its kind; of some scopes only, if named."""
    return tuple(
        rule
        for rule in ALL_RULES
        if rule.in_force(context.effective_on, context.kind) and (scopes is None or rule.scope in scopes)
    )


def rows_of(frame: pl.DataFrame, context: RuleContext) -> Rows:
    """Which catalogue columns a prepared frame has, and what stands in them."""
    by_code, height = context.catalogue.by_code, frame.height
    present = {code: by_code[code] for code in frame.columns if code in by_code}
    filled: set[str] = set()
    gaps: list[str] = []
    unread: list[str] = []
    mended: list[str] = []
    kinds: list[str] = []
    for code in present:
        text = frame.get_column(f"text:{code}")
        empty = text.null_count()
        typed = frame.get_column(f"kind:{code}").null_count() < height
        if typed:
            kinds.append(code)
        if empty:
            gaps.append(code)
        if empty < height or typed:
            filled.add(code)
        if frame.get_column(code).null_count() > empty:
            unread.append(code)
        if empty < height and not text.equals(frame.get_column(f"raw:{code}")):
            mended.append(code)
    return Rows(present, context, frozenset(filled), tuple(gaps), tuple(unread), tuple(mended), tuple(kinds))


def _row_findings(frame: pl.DataFrame, rules: Iterable[Rule], rows: Rows) -> list[pl.DataFrame]:
    checks: list[tuple[Rule, Check]] = [(rule, check) for rule in rules if rule.find for check in rule.find(rows)]
    if not checks or not frame.height:
        return []
    flags = frame.select(check.failing.alias(str(i)) for i, (_, check) in enumerate(checks))
    hits = [i for i, flag in enumerate(flags.get_columns()) if flag.any()]
    found = []
    for i in hits:
        rule, check = checks[i]
        failing = frame.filter(flags.get_column(str(i)))
        detail = check.detail.cast(pl.String) if check.detail is not None else pl.lit(None, dtype=pl.String)
        found.append(_as_findings(failing.select("row", detail.alias("detail")), rule, list(check.fields)))
    return found


def _as_findings(part: pl.DataFrame, rule: Rule, fields: list[str] | None = None) -> pl.DataFrame:
    height = part.height
    columns = {
        "row": part.get_column("row"),
        "code": pl.repeat(rule.code, height, dtype=pl.String, eager=True),
        "severity": pl.repeat(str(rule.severity), height, dtype=pl.String, eager=True),
        "fields": part.get_column("fields")
        if fields is None
        else pl.Series("fields", [fields] * height, dtype=pl.List(pl.String)),
        "detail": part.get_column("detail"),
    }
    return pl.DataFrame(columns, schema=dict(FINDINGS_SCHEMA))


def run_rules(frame: pl.DataFrame, rules: Iterable[Rule], context: RuleContext) -> pl.DataFrame:
    """The findings of some rules over a prepared frame (:func:`.preparing.prepare`).

    Only rules on columns that are there run: a form runs only its fields' rules.
    Returns row, code, severity, fields (the first is the cell), detail; sorted by row, then by the rules' order.
    """
    chosen, rows = tuple(rules), rows_of(frame, context)
    found = _row_findings(frame, chosen, rows)
    for rule in chosen:
        if rule.find_in_file is not None:
            part = rule.find_in_file(frame, rows)
            if not part.is_empty():
                found.append(_as_findings(part, rule))
    return pl.concat(found).sort("row", maintain_order=True) if found else no_findings()


def place(row: int | None, label: str | None) -> str:
    """第 14 行“身份证件号”; without a row (a form) only the field."""
    where = f"第 {row} 行" if row else ""
    return f"{where}“{label}”" if label else where or "这份表"


def sentence(
    code: str,
    *,
    row: int | None,
    fields: Sequence[str],
    detail: str | None,
    labels: Mapping[str, str],
    catalogue: FieldCatalogue,
    value: str | None = None,
) -> str:
    """A finding in words; made on reading, since a stored finding keeps only code, row and fields (design §3).

    ``labels``: field code → header as the user knows it; ``value``: what stands in the
    cell, left out for sensitive fields.
    """
    first = fields[0] if fields else None
    label = labels.get(first) or (catalogue[first].label if first in catalogue else first) if first else None
    shown = value or ""
    if first is not None and first in catalogue.sensitive_codes:
        shown = "…"
    return BY_CODE[code].sentence.format(place=place(row, label), value=shown, detail=detail or "")
