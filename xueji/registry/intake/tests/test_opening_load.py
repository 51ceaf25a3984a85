"""The opening load of Shows 3: 8,000 pupils of grades 1–9, 70 % with given numbers, 30 of these wrong or doubled."""

from __future__ import annotations

from datetime import date

from xueji.pure.kernel import resident_id
from xueji.registry.intake.checking import check_workbook
from xueji.registry.intake.tests.invented import SCHOOL_CODE, context, good_row, workbook

_REGIONS = ("320104", "320105", "320106", "320102")
_LEFT_EMPTY = (
    "class_serial", "guardian_1_id_number", "guardian_2_id_number", "guardian_1_id_document_type",
    "guardian_2_id_document_type",
)  # fmt: skip


def _pupil(number: int) -> dict[str, str]:
    grade, place = number % 9 + 1, number // 9
    row = {**good_row(number % 1440, grade=grade), **dict.fromkeys(_LEFT_EMPTY, "")}
    order = (number // 4 * 2) % 996 + (1 if row["gender"] == "男" else 0)
    row["id_number"] = resident_id.compose(_REGIONS[number % 4], date.fromisoformat(row["birth_date"]), order)
    row["name"] += "东西南北中上下左右前"[number // 1440]
    row["class_no"] = str(place // 99 + 1)
    if number % 10 < 7:
        year, first = (2008 - grade, 1) if grade < 7 else (2014 - grade, 51)
        row["registration_number"] = f"{SCHOOL_CODE}{year}{first + place // 99:02d}{place % 99 + 1:02d}"
    return row


def test_the_30_wrong_or_doubled_numbers_are_named_and_no_other() -> None:
    rows = [_pupil(number) for number in range(8000)]
    numbered = [index for index, row in enumerate(rows) if row.get("registration_number")]
    spoilt, doubled = numbered[100:5100:200], numbered[5200:5300:20]
    for count, index in enumerate(spoilt):
        given = rows[index]["registration_number"]
        rows[index]["registration_number"] = (
            f"3201032100{count % 10}{given[11:]}",  # another school's
            given[:18],  # a digit short
            f"{given[:11]}21{count:02d}{given[15:]}",  # an impossible year
        )[count % 3]
    partners = [next(later for later in numbered if later > index and later % 9 == index % 9) for index in doubled]
    for index, partner in zip(doubled, partners, strict=True):
        rows[index]["registration_number"] = rows[partner]["registration_number"]
    result = check_workbook(workbook(rows), context(stages=("primary", "junior")))
    named = {one.row for one in result.found() if one.severity == "error"}
    assert len(spoilt) + len(doubled) == 30
    assert named == {index + 2 for index in [*spoilt, *doubled, *partners]}
    assert result.frame.get_column("registration_number").drop_nulls().len() == len(numbered)
