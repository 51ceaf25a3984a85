"""Rules on guardians, and on what is said of the pupil's family and health."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from xueji.pure.kernel.codes import Code
from xueji.pure.kernel.types import Severity

from .identity import holds
from .model import Check, Rows, Rule
from .sentences import CLAUSE_FIELDS, FORM

#: Marks of a relation by the words of its name, whatever edition of GB/T 4761 the codes are of.
_FATHER, _MOTHER, _PARENT, _OTHER = (
    "^(?:父|父亲|生父)$",
    "^(?:母|母亲|生母)$",
    "^(?:父|母|父母|父亲|母亲|生父|生母)$",
    "其他",
)


def _guardians(rows: Rows) -> Iterator[str]:
    seen = dict.fromkeys(
        code.rsplit(f"_{column.field.code.removeprefix('guardian_')}", 1)[0]
        for code, column in rows.present.items()
        if column.field.group == "guardian"
    )
    yield from seen


def _relations(rows: Rows, words: str) -> list[str]:
    column = next((c for c in rows.present.values() if c.field.code == "guardian_relation"), None)
    if column is None:
        return []
    table = rows.context.rulebook.codes[column.field.code_table or ""]
    names = pl.Series([row.name for row in table.rows], dtype=pl.String)
    fits = names.str.contains(words).to_list()
    return [row.code for row, fit in zip(table.rows, fits, strict=True) if fit]


def _same_document(rows: Rows) -> Iterable[Check]:
    for one in _guardians(rows):
        code = f"{one}_id_number"
        if rows.has(code, "id_number"):
            yield Check((code, "id_number"), pl.col(code) == pl.col("id_number"))


def _same_name(rows: Rows) -> Iterable[Check]:
    for one in _guardians(rows):
        code = f"{one}_name"
        if rows.has(code, "name"):
            yield Check((code, "name"), pl.col(code) == pl.col("name"))


def _too_young(rows: Rows) -> Iterable[Check]:
    gap, parents = rows.context.setting("intake_parent_age_gap"), _relations(rows, _PARENT)
    for one in _guardians(rows):
        code, relation = f"{one}_id_number", f"{one}_relation"
        if rows.has(code, relation, "birth_date"):
            oldest = rows.context.today.year - rows.context.setting("intake_oldest_age")
            years = pl.col("_birth").dt.year() - pl.col(f"_{code}:born").dt.year()
            unlike = (pl.col(code) != pl.col("id_number")).fill_null(True) if rows.has("id_number") else pl.lit(True)
            yield Check(
                (code, "birth_date"),
                holds(code)
                & pl.col(relation).is_in(parents)
                & (years < gap)
                & unlike
                & (pl.col("_birth").dt.year() >= oldest),
            )


def _sex_unlike(rows: Rows) -> Iterable[Check]:
    fathers, mothers = _relations(rows, _FATHER), _relations(rows, _MOTHER)
    for one in _guardians(rows):
        code, relation = f"{one}_id_number", f"{one}_relation"
        if rows.has(code, relation):
            sex = pl.col(f"_{code}:sex")
            wrong = (pl.col(relation).is_in(fathers) & (sex == "2")) | (pl.col(relation).is_in(mothers) & (sex == "1"))
            unlike = (pl.col(code) != pl.col("id_number")).fill_null(True) if rows.has("id_number") else pl.lit(True)
            yield Check((relation, code), holds(code) & wrong & unlike)


def _note_missing(rows: Rows) -> Iterable[Check]:
    others = _relations(rows, _OTHER)
    for one in _guardians(rows):
        relation, note = f"{one}_relation", f"{one}_relation_note"
        if rows.has(relation, note):
            yield Check((note, relation), pl.col(relation).is_in(others) & pl.col(note).is_null())


def _nameless(rows: Rows) -> Iterable[Check]:
    for one in _guardians(rows):
        name = f"{one}_name"
        if not rows.has(name) or rows.present[name].required.always:
            continue
        told = [code for code in (f"{one}_phone", f"{one}_id_number", f"{one}_relation") if rows.has(code)]
        if told:
            something = pl.any_horizontal([pl.col(code).is_not_null() for code in told])
            yield Check((name, *told), pl.col(name).is_null() & something)


def _same_guardian(rows: Rows) -> Iterable[Check]:
    first, second = "guardian_1_id_number", "guardian_2_id_number"
    if rows.has(first, second):
        yield Check((second, first), pl.col(first) == pl.col(second))


def _orphan(rows: Rows) -> Iterable[Check]:
    parents = _relations(rows, _PARENT)
    relation = "guardian_1_relation"
    if rows.has("orphan", relation):
        yield Check(("orphan", relation), (pl.col("orphan") == "1") & pl.col(relation).is_in(parents))


def _nobody_guardian(rows: Rows) -> Iterable[Check]:
    first, second = "guardian_1_is_guardian", "guardian_2_is_guardian"
    if rows.has(first):
        other = pl.col(second).fill_null("0") != "1" if rows.has(second) else pl.lit(True)
        yield Check((first,), (pl.col(first) == "0") & other)


_PLAIN = "非随班就读"


def _inclusion_unlike(rows: Rows) -> Iterable[Check]:
    """视力 with 视力, 听力 with 听力, 智力 with 智力, 其他 with the rest; not included with no disability."""
    if not rows.has("inclusion_status", "disability_type"):
        return
    included = {row.code: row.name for row in _table(rows, "inclusion_status")}
    disabled = {row.code: row.name for row in _table(rows, "disability_type")}
    pairs = [(i, d) for i, i_name in included.items() for d, d_name in disabled.items() if not _fits(i_name, d_name)]
    plain = [code for code, name in included.items() if name == _PLAIN]
    status, kind = pl.col("inclusion_status"), pl.col("disability_type")
    wrong = pl.concat_str([status, kind], separator="|").is_in([f"{i}|{d}" for i, d in pairs])
    without = status.is_not_null() & ~status.is_in(plain) & pl.col("text:disability_type").is_null()
    yield Check(("inclusion_status", "disability_type"), wrong.fill_null(False) | without)


def _fits(inclusion: str, disability: str) -> bool:
    if inclusion == _PLAIN:
        return True
    named = ("视力", "听力", "智力")
    for word in named:
        if word in inclusion:
            return word in disability
    return not any(word in disability for word in named)


def _table(rows: Rows, code: str) -> tuple[Code, ...]:
    return rows.context.rulebook.codes[rows.present[code].field.code_table or ""].rows


def _health_unlike(rows: Rows) -> Iterable[Check]:
    if rows.has("health_status", "disability_type"):
        disabled = [row.code for row in rows.context.rulebook.codes["health_status"].rows if "残疾" in row.name]
        wrong = pl.col("disability_type").is_not_null() & ~pl.col("health_status").is_in(disabled)
        yield Check(("health_status", "disability_type"), wrong)


def _left_behind_migrant(rows: Rows) -> Iterable[Check]:
    if rows.has("left_behind_child", "migrant_worker_child"):
        both = (pl.col("left_behind_child") != "0") & (pl.col("migrant_worker_child") == "1")
        yield Check(("left_behind_child", "migrant_worker_child"), both)


def _subsidy_day_pupil(rows: Rows) -> Iterable[Check]:
    if rows.has("boarding_subsidy", "attendance_mode"):
        day = [row.code for row in rows.context.rulebook.codes["attendance_mode"].rows if row.name == "走读"]
        wrong = (pl.col("boarding_subsidy") == "1") & pl.col("attendance_mode").is_in(day)
        yield Check(("boarding_subsidy", "attendance_mode"), wrong)


def _league_young(rows: Rows) -> Iterable[Check]:
    if rows.has("political_status", "birth_date"):
        years = rows.context.today.year - pl.col("_birth").dt.year()
        members = [
            row.code
            for row in rows.context.rulebook.codes["political_status"].rows
            if "党" in row.name or "团员" in row.name
        ]
        young = years < rows.context.setting("intake_league_age")
        told = young & (pl.col("_birth") <= rows.context.today)
        yield Check(("political_status", "birth_date"), pl.col("political_status").is_in(members) & told)


_E, _Q = Severity.ERROR, Severity.QUERY

RULES = (
    Rule(
        "guardian.same_document",
        _E,
        "{place}与学生本人的证件号相同，请填监护人自己的号码。",
        CLAUSE_FIELDS,
        find=_same_document,
    ),
    Rule("guardian.same_name", _Q, "{place}与学生同名，请核对是否把学生填成了监护人。", CLAUSE_FIELDS, find=_same_name),
    Rule(
        "guardian.too_young",
        _Q,
        "{place}里的出生年份与学生太近，不像父母，请核对号码和关系。",
        CLAUSE_FIELDS,
        find=_too_young,
    ),
    Rule("guardian.sex_unlike", _Q, "{place}与证件号里的性别不一致，请核对两处。", CLAUSE_FIELDS, find=_sex_unlike),
    Rule("guardian.relation_note", _Q, "{place}没有填写；关系为其他的，请写明是什么关系。", FORM, find=_note_missing),
    Rule(
        "guardian.nameless",
        _E,
        "{place}没有填写，但填了这位监护人的其他内容，请补上姓名或清空其余各栏。",
        CLAUSE_FIELDS,
        find=_nameless,
    ),
    Rule("guardian.same_guardian", _Q, "{place}与第一位监护人相同，请核对。", CLAUSE_FIELDS, find=_same_guardian),
    Rule("guardian.nobody", _Q, "{place}填了“否”，没有一位是监护人，请核对。", CLAUSE_FIELDS, find=_nobody_guardian),
    Rule("orphan.parent", _Q, "{place}填了“是”，第一位监护人却是父母，请核对两处。", FORM, find=_orphan),
    Rule("inclusion.disability_unlike", _E, "{place}与残疾类型不一致，请核对两处。", FORM, find=_inclusion_unlike),
    Rule(
        "health.disability_unlike", _Q, "{place}没有填“残疾”，却填了残疾类型，请核对两处。", FORM, find=_health_unlike
    ),
    Rule(
        "left_behind.migrant",
        _Q,
        "{place}与“是否进城务工人员随迁子女”不能同时为是，请核对两处。",
        FORM,
        find=_left_behind_migrant,
    ),
    Rule("subsidy.day_pupil", _Q, "{place}填了“是”，就读方式却是走读，请核对两处。", FORM, find=_subsidy_day_pupil),
    Rule("political.too_young", _Q, "{place}与年龄不相称，请核对。", FORM, find=_league_young),
)
