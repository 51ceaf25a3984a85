"""Rules on identity documents (domain.md §2; GB 11643-1999).

The first 18-character fault found is the one that is told: a number whose check
character does not hold says nothing about birth date, sex or region.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from xueji.pure.kernel.catalogue import FieldType
from xueji.pure.kernel.types import Severity

from .cleaning import lookups
from .model import RESIDENT_ID, Check, Rows, Rule
from .sentences import CLAUSE_CHECK, FORM, GB_DIVISION, GB_ID

_PASSPORT_LIKE = r"^[A-Z]{1,2}\d{6,9}$"
_SHAPED = r"^\d{17}[\dX]$"


def documents(rows: Rows) -> list[str]:
    """Codes of the document numbers that are there: the pupil's and the guardians'."""
    return rows.of_type(FieldType.ID_NUMBER)


def holds(code: str) -> pl.Expr:
    """Whether a resident ID's check character and date hold."""
    return pl.col(f"_{code}:holds")


def _resident(code: str) -> pl.Expr:
    return pl.col(f"_{code}:resident") & pl.col(code).is_not_null()


def document_type_of(code: str) -> str:
    """The field that names the kind of a document number's document."""
    return code.removesuffix("id_number") + "id_document_type"


def _length(rows: Rows) -> Iterable[Check]:
    for code in documents(rows):
        length = pl.col(code).str.len_chars()
        digits = pl.col(code).str.contains(r"^[\dX]+$")
        yield Check((code,), _resident(code) & digits & ~length.is_in([15, 18]), length.cast(pl.String))


def _legacy(rows: Rows) -> Iterable[Check]:
    for code in documents(rows):
        yield Check((code,), _resident(code) & pl.col(code).str.contains(r"^\d{15}$"))


def _characters(rows: Rows) -> Iterable[Check]:
    for code in documents(rows):
        number = pl.col(code)
        misplaced = number.str.contains(r"^[\dX]+$") & ~number.str.contains(r"^\d*X?$")
        other = ~number.str.contains(r"^[\dX]+$") & ~number.str.contains(_PASSPORT_LIKE)
        right_length = ~misplaced | (number.str.len_chars() == 18)
        yield Check((code,), _resident(code) & (misplaced | other) & right_length)


def _check_character(rows: Rows) -> Iterable[Check]:
    for code in documents(rows):
        dated = pl.col(f"_{code}:born").is_not_null()
        yield Check((code,), pl.col(f"_{code}:shaped") & dated & ~holds(code))


def _birth_part(rows: Rows) -> Iterable[Check]:
    for code in documents(rows):
        yield Check((code,), pl.col(f"_{code}:shaped") & pl.col(f"_{code}:born").is_null())


def _birth_unlike(rows: Rows) -> Iterable[Check]:
    if rows.has("id_number", "birth_date"):
        unlike = pl.col("_id_number:born") != pl.col("_birth")
        yield Check(("birth_date", "id_number"), holds("id_number") & unlike)


def _sex_unlike(rows: Rows) -> Iterable[Check]:
    if rows.has("id_number", "gender"):
        unlike = pl.col("_id_number:sex") != pl.col("gender")
        yield Check(("gender", "id_number"), holds("id_number") & unlike & pl.col("gender").is_in(["1", "2"]))


def _province(rows: Rows) -> Iterable[Check]:
    provinces = list(rows.context.rulebook.regions.provinces)
    for code in documents(rows):
        yield Check((code,), holds(code) & ~pl.col(code).str.slice(0, 2).is_in(provinces))


def _county(rows: Rows) -> Iterable[Check]:
    regions = rows.context.rulebook.regions
    known = lookups(rows.context.rulebook).prefixes.implode()
    for code in documents(rows):
        prefix = pl.col(code).str.slice(0, 6)
        province_known = pl.col(code).str.slice(0, 2).is_in(list(regions.provinces))
        yield Check((code,), holds(code) & province_known & ~prefix.is_in(known), pl.lit(regions.source or "GB/T 2260"))


def _substitute(rows: Rows) -> Iterable[Check]:
    for code in documents(rows):
        number = pl.col(code)
        yield Check(
            (code,), number.str.contains(r"^(?:9{6}|0{6})") | number.str.contains(r"^(?:0+|1+|9+|1234567890?)$")
        )


def _type_unlike(rows: Rows) -> Iterable[Check]:
    for code in documents(rows):
        kind = document_type_of(code)
        if not rows.has(kind):
            continue
        number, resident = pl.col(code), pl.col(kind) == RESIDENT_ID
        passport_as_id = resident & number.str.contains(_PASSPORT_LIKE)
        id_as_passport = pl.col(kind).is_in(["A"]) & number.str.contains(_SHAPED)
        yield Check((code, kind), passport_as_id | id_as_passport)


def _other_characters(rows: Rows) -> Iterable[Check]:
    for code in documents(rows):
        kind = document_type_of(code)
        if rows.has(kind):
            other = pl.col(kind).is_not_null() & (pl.col(kind) != RESIDENT_ID)
            yield Check((code,), other & ~pl.col(code).str.contains(r"^[0-9A-Z()]+$"))


def _passport_form(rows: Rows) -> Iterable[Check]:
    for code in documents(rows):
        kind = document_type_of(code)
        if rows.has(kind):
            number = pl.col(code)
            short = number.str.contains(r"^[0-9A-Z]+$") & ~number.str.contains(r"^[0-9A-Z]{5,15}$")
            unlike = short & ~number.str.contains(_SHAPED) | number.str.contains(r"^[A-Z]+$")
            yield Check((code, kind), (pl.col(kind) == "A") & unlike)


def _expired(rows: Rows) -> Iterable[Check]:
    if rows.has("id_valid_until"):
        until = pl.col("id_valid_until").str.to_date("%Y-%m-%d", strict=False)
        yield Check(("id_valid_until",), until < rows.context.today)


def _nationality_unlike(rows: Rows) -> Iterable[Check]:
    if rows.has("nationality", "id_document_type"):
        foreign = ~pl.col("nationality").is_in(["CHN", "HKG", "MAC", "TWN"])
        yield Check(("nationality", "id_document_type"), foreign & (pl.col("id_document_type") == RESIDENT_ID))


def _overseas_unlike(rows: Rows) -> Iterable[Check]:
    if rows.has("nationality", "overseas_status"):
        foreigner = pl.col("overseas_status") == "51"
        yield Check(("overseas_status", "nationality"), foreigner & (pl.col("nationality") == "CHN"))


_E, _Q = Severity.ERROR, Severity.QUERY

RULES = (
    Rule("id.length", _E, "{place}应当是 18 位，填了 {detail} 位，请对照户口簿补全。", GB_ID, find=_length),
    Rule("id.legacy_15", _E, "{place}是 15 位的旧号码，请对照户口簿填写 18 位号码。", GB_ID, find=_legacy),
    Rule("id.characters", _E, "{place}里有不能用的字符：前 17 位是数字，末位是数字或 X。", GB_ID, find=_characters),
    Rule(
        "id.check_digit",
        _E,
        "{place}不符合校验规则，请对照户口簿逐位核对，不要只改末位。",
        GB_ID,
        find=_check_character,
    ),
    Rule("id.birth_part", _E, "{place}第 7 至 14 位不是日期，请对照户口簿逐位核对。", GB_ID, find=_birth_part),
    Rule(
        "id.birth_unlike",
        _E,
        "{place}与身份证件号里的出生日期不一致，请对照户口簿核对两处。",
        GB_ID,
        find=_birth_unlike,
    ),
    Rule("id.sex_unlike", _E, "{place}与身份证件号里的性别不一致，请对照户口簿核对两处。", GB_ID, find=_sex_unlike),
    Rule("id.region", _E, "{place}前两位不是任何省、自治区、直辖市的代码，请逐位核对。", GB_DIVISION, find=_province),
    Rule(
        "id.region_county",
        _Q,
        "{place}前 6 位在“{detail}”中查不到，请对照户口簿核对；确实无误的请说明。",
        GB_DIVISION,
        find=_county,
    ),
    Rule(
        "id.substitute",
        _E,
        "{place}像是代用号码。没有证件号的，证件类型请选“其他”，号码留空。",
        CLAUSE_CHECK,
        find=_substitute,
    ),
    Rule(
        "document.type_unlike",
        _E,
        "{place}与所选的证件类型不符（护照号和居民身份证号不要混用），请核对两处。",
        FORM,
        find=_type_unlike,
    ),
    Rule("document.characters", _E, "{place}只能由数字和英文字母组成。", FORM, find=_other_characters),
    Rule("document.passport_form", _Q, "{place}不像护照号码，请对照护照核对。", FORM, find=_passport_form),
    Rule("document.expired", _Q, "{place}已经过期，请核对或更新证件。", FORM, find=_expired),
    Rule(
        "document.nationality_unlike",
        _Q,
        "{place}不是中国，证件却是居民身份证，请核对两处。",
        FORM,
        find=_nationality_unlike,
    ),
    Rule(
        "overseas.nationality_unlike",
        _Q,
        "{place}填了“外国人”，国籍却是中国，请核对两处。",
        FORM,
        find=_overseas_unlike,
    ),
)
