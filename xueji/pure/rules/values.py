"""Rules on one value: is it there, can it be read, is it of the right form (issue 2 "Checked: form, code tables")."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from xueji.pure.kernel.catalogue import FieldType, Requirement
from xueji.pure.kernel.types import Severity

from .cleaning import lookups
from .model import NAME_FIELDS, Check, Rows, Rule
from .sentences import CLAUSE_FIELDS, EXCEL, FORM, GB_DIVISION

REGISTRATION_NUMBERS = ("registration_number", "prior_registration_number")
#: Kinds of cells that :mod:`.cells` reports, so that no other rule speaks of them.
SPOILT = ("formula", "error")


def filled(code: str) -> pl.Expr:
    """Whether something stands in the cell."""
    return pl.col(f"text:{code}").is_not_null()


def unread(rows: Rows, code: str) -> pl.Expr:
    """Something stands there, no Excel fault explains it, and it could not be read (of codes in ``rows.unread``)."""
    return filled(code) & pl.col(code).is_null() & ~rows.kind(code).is_in(SPOILT).fill_null(False)


def _needed(requirement: Requirement, rows: Rows) -> pl.Expr:
    document = pl.col("id_document_type") if rows.has("id_document_type") else pl.lit(None, dtype=pl.String)
    needed = document.is_in(requirement.document_types)
    if requirement.except_document_types:
        needed = needed | ~document.is_in(requirement.except_document_types)
    return needed


def _empty(rows: Rows) -> Iterable[Check]:
    for code, column in rows.present.items():
        if column.required.always and code in rows.gaps:
            yield Check((code,), ~filled(code) & rows.kind(code).is_null())


def _empty_by_document(rows: Rows) -> Iterable[Check]:
    for code, column in rows.present.items():
        if not column.required.always and not column.required.never and code in rows.gaps:
            empty = ~filled(code) & rows.kind(code).is_null()
            yield Check((code, "id_document_type"), empty & _needed(column.required, rows))


def _too_long(rows: Rows) -> Iterable[Check]:
    for code, column in rows.present.items():
        field = column.field
        if field.max_width is not None and code in rows.filled and code not in REGISTRATION_NUMBERS:
            yield Check((code,), pl.col(code).str.len_chars() > field.max_width, pl.lit(f"{field.max_width}"))


def _unread(rows: Rows, kind: FieldType) -> list[str]:
    return [code for code in rows.of_type(kind) if code in rows.unread]


def _unknown_code(rows: Rows) -> Iterable[Check]:
    for code in _unread(rows, FieldType.CODE):
        yield Check((code,), unread(rows, code) & (rows.kind(code).fill_null("") != "date"))


_DATE_LIKE = r"^\d{4}[-/.年\s]\d{1,2}[-/.月\s]\d{1,2}日?|^\d{8}$"


def _date_unreadable(rows: Rows) -> Iterable[Check]:
    for code in _unread(rows, FieldType.DATE):
        yield Check((code,), unread(rows, code) & ~pl.col(f"text:{code}").str.contains(_DATE_LIKE))


def _date_impossible(rows: Rows) -> Iterable[Check]:
    for code in _unread(rows, FieldType.DATE):
        yield Check((code,), unread(rows, code) & pl.col(f"text:{code}").str.contains(_DATE_LIKE))


def _born_in_future(rows: Rows) -> Iterable[Check]:
    if rows.has("birth_date"):
        yield Check(("birth_date",), pl.col("_birth") > rows.context.today)


def _born_long_ago(rows: Rows) -> Iterable[Check]:
    if rows.has("birth_date"):
        oldest = rows.context.today.year - rows.context.setting("intake_oldest_age")
        yield Check(("birth_date",), pl.col("_birth").dt.year() < oldest)


def _month_unreadable(rows: Rows) -> Iterable[Check]:
    for code in _unread(rows, FieldType.YEAR_MONTH):
        yield Check((code,), unread(rows, code))


def _number_unreadable(rows: Rows) -> Iterable[Check]:
    for code in _unread(rows, FieldType.NUMBER):
        yield Check((code,), unread(rows, code) & (rows.kind(code).fill_null("") != "date"))


def _number_range(rows: Rows) -> Iterable[Check]:
    for code in rows.of_type(FieldType.NUMBER):
        field = rows.present[code].field
        if code == "class_no" or field.minimum is None or field.maximum is None:
            continue
        value = pl.col(code).cast(pl.Int64, strict=False)
        yield Check(
            (code,), ~value.is_between(field.minimum, field.maximum), pl.lit(f"{field.minimum} 至 {field.maximum}")
        )


def _boolean_unreadable(rows: Rows) -> Iterable[Check]:
    for code in _unread(rows, FieldType.BOOLEAN):
        yield Check((code,), unread(rows, code) & (rows.kind(code).fill_null("") != "date"))


_PHONE = r"^(?:1\d{10}|(?:0\d{2,3}-?)?[2-9]\d{6,7}(?:-\d{1,6})?)$"


def _phone(rows: Rows) -> Iterable[Check]:
    for code in rows.of_type(FieldType.PHONE):
        yield Check((code,), ~pl.col(code).str.contains(_PHONE))


def _postcode(rows: Rows) -> Iterable[Check]:
    for code in rows.of_type(FieldType.POSTCODE):
        yield Check((code,), ~pl.col(code).str.contains(r"^\d{6}$"))


def _division_form(rows: Rows) -> Iterable[Check]:
    for code in rows.of_type(FieldType.DIVISION):
        malformed = unread(rows, code) | ~pl.col(code).str.contains(r"^\d{6}(?:\d{6})?$")
        yield Check((code,), malformed & (rows.kind(code).fill_null("") != "date"))


def _division_unknown(rows: Rows) -> Iterable[Check]:
    for code in rows.of_type(FieldType.DIVISION):
        known = pl.col(code).str.slice(0, 6).is_in(lookups(rows.context.rulebook).prefixes.implode())
        yield Check((code,), pl.col(code).str.contains(r"^\d{6}(?:\d{6})?$") & ~known)


def _email(rows: Rows) -> Iterable[Check]:
    for code in rows.of_field("email"):
        yield Check((code,), ~pl.col(code).str.contains(r"^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$"))


def _pinyin(rows: Rows) -> Iterable[Check]:
    for code in rows.of_field("name_pinyin"):
        yield Check((code,), ~pl.col(code).str.contains(r"^[A-Za-zÀ-ÖØ-öø-ÿāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü' ·-]+$"))


#: Han of every plane, Latin letters, the middle dot, and a blank, a hyphen or an apostrophe between letters.
_NAME = r"^[\p{Han}〇A-Za-zÀ-ÖØ-öø-ÿ](?:[\p{Han}〇A-Za-zÀ-ÖØ-öø-ÿ·]|[ '’.-])*$"


def _name_characters(rows: Rows) -> Iterable[Check]:
    for code in rows.of_field(*NAME_FIELDS):
        yield Check((code,), ~pl.col(code).str.contains(_NAME) | pl.col(code).str.contains(r"\p{Han}['’.\-]|·$"))


def _name_short(rows: Rows) -> Iterable[Check]:
    for code in rows.of_field("name", "guardian_name"):
        yield Check((code,), pl.col(code).str.len_chars() == 1)


def _name_stand_in(rows: Rows) -> Iterable[Check]:
    for code in rows.of_field("name"):
        yield Check((code,), pl.col(code).str.contains(r"^(?:测试|无名|未知|待定|不详|某某|.?[Xx]{2,3})$"))


_E, _Q = Severity.ERROR, Severity.QUERY

RULES = (
    Rule("required.empty", _E, "{place}没有填写，这一栏必须填。", CLAUSE_FIELDS, find=_empty),
    Rule(
        "required.by_document",
        _E,
        "{place}没有填写；按学生的证件类型，这一栏必须填。",
        CLAUSE_FIELDS,
        find=_empty_by_document,
    ),
    Rule("value.too_long", _E, "{place}太长，最多 {detail} 个字，请缩短。", FORM, find=_too_long),
    Rule("code.unknown", _E, "{place}填的“{value}”不在可选的内容里，请从下拉列表中选择。", FORM, find=_unknown_code),
    Rule("date.unreadable", _E, "{place}填的不是日期，请写成 2001-09-03 的样子。", EXCEL, find=_date_unreadable),
    Rule("date.impossible", _E, "{place}填的日期不存在，请核对年、月、日。", EXCEL, find=_date_impossible),
    Rule("birth.in_future", _E, "{place}晚于今天，请核对。", CLAUSE_FIELDS, find=_born_in_future),
    Rule("birth.long_ago", _E, "{place}太早，不像是在校学生，请核对年份。", CLAUSE_FIELDS, find=_born_long_ago),
    Rule("month.unreadable", _E, "{place}填的不是年月，请写成 2007-09 的样子。", EXCEL, find=_month_unreadable),
    Rule("number.unreadable", _E, "{place}应当是整数，填的“{value}”读不出来。", EXCEL, find=_number_unreadable),
    Rule("number.out_of_range", _E, "{place}应在 {detail} 之间，请核对。", FORM, find=_number_range),
    Rule("boolean.unreadable", _E, "{place}只能填“是”或“否”，填的“{value}”读不出来。", FORM, find=_boolean_unreadable),
    Rule(
        "phone.malformed",
        _E,
        "{place}不像电话号码：手机是 11 位数字，固定电话请写区号，如 025-83370001。",
        FORM,
        find=_phone,
    ),
    Rule("postcode.malformed", _E, "{place}应当是 6 位数字。", FORM, find=_postcode),
    Rule(
        "division.malformed",
        _E,
        "{place}应当是 6 位或 12 位的行政区划代码，或省市区全称。",
        GB_DIVISION,
        find=_division_form,
    ),
    Rule(
        "division.unknown",
        _E,
        "{place}前 6 位在历版行政区划代码中都查不到，请核对。",
        GB_DIVISION,
        find=_division_unknown,
    ),
    Rule("email.malformed", _E, "{place}不像电子信箱，没有的请留空。", FORM, find=_email),
    Rule("pinyin.malformed", _E, "{place}只能是拼音字母和空格。", FORM, find=_pinyin),
    Rule(
        "name.characters",
        _E,
        "{place}里有不能用在姓名中的字符（数字、标点等），请按户口簿填写；少数民族姓名中间用“·”。",
        CLAUSE_FIELDS,
        find=_name_characters,
    ),
    Rule("name.single_character", _Q, "{place}只有一个字，请核对是否写全。", CLAUSE_FIELDS, find=_name_short),
    Rule("name.stand_in", _Q, "{place}像是临时代替的内容，请填真实姓名。", CLAUSE_FIELDS, find=_name_stand_in),
)
