"""Each planted fault is found at its field, by a workbook and by a form alike; good cells bear no finding."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from xueji.pure.rules import ALL_RULES, ENTRANTS, OPENING
from xueji.registry.intake.checking import CheckResult, check_record, check_workbook
from xueji.registry.intake.tests.faults import FAULTS, RIGHT, Fault
from xueji.registry.intake.tests.invented import context, good_row, good_rows, workbook

_IDS = [f"{fault.code}-{fault.at}-{index}" for index, fault in enumerate(FAULTS)]


def _places(result: CheckResult, row: int | None = None) -> set[tuple[str, str]]:
    findings = result.findings if row is None else result.findings.filter(pl.col("row") == row)
    return {(code, fields[0]) for code, fields in findings.select("code", "fields").iter_rows() if fields}


def _of_workbook(fault: Fault) -> CheckResult:
    rows: list[Any] = [good_row(1, kind=fault.kind), fault.row, good_row(14, kind=fault.kind)]
    with_sites = "sites" in fault.school
    return check_workbook(workbook(rows, kind=fault.kind, with_sites=with_sites), context(fault.kind, **fault.school))


@pytest.mark.parametrize("fault", FAULTS, ids=_IDS)
def test_a_fault_in_a_workbook_is_found_at_its_row_and_field_and_nowhere_else(fault: Fault) -> None:
    result = _of_workbook(fault)
    found = _places(result, 3)
    assert (fault.code, fault.at) in found
    assert {code for code, _ in found} <= {fault.code} | fault.also
    assert result.findings.filter(pl.col("row").is_null() | (pl.col("row") != 3)).is_empty()


@pytest.mark.parametrize("fault", [f for f in FAULTS if f.text_only], ids=lambda f: f"{f.code}-{f.at}")
def test_invariant_12_the_same_fault_gives_the_same_finding_by_form(fault: Fault) -> None:
    by_form = check_record(fault.row, context(fault.kind, **fault.school))
    assert _places(by_form) == _places(_of_workbook(fault), 3)


@pytest.mark.parametrize("change", RIGHT, ids=range(len(RIGHT)))
def test_what_only_looks_unusual_bears_no_finding(change: dict[str, Any]) -> None:
    result = check_workbook(workbook([{**good_row(7), **change}]), context())
    assert result.as_json() == {"rows": 1, "clean": 1, "findings": []}


@pytest.mark.parametrize("kind", [OPENING, ENTRANTS])
def test_a_good_roster_bears_no_finding(kind: str) -> None:
    rows = [{**row, "class_serial": ""} for row in good_rows(200, kind=kind)]
    assert check_workbook(workbook(rows, kind=kind), context(kind)).as_json()["findings"] == []


def test_more_than_forty_kinds_of_faults_are_planted() -> None:
    planted = {fault.code for fault in FAULTS}
    assert len(planted) >= 45
    found_elsewhere = {rule.code for rule in ALL_RULES} - planted
    assert all(
        code.startswith(("file.", "duplicate.", "register.", "regno.", "cell.", "limit.")) for code in found_elsewhere
    )


def test_a_rule_says_what_happened_where_and_what_to_do() -> None:
    fault = next(fault for fault in FAULTS if fault.code == "id.check_digit")
    (found,) = _of_workbook(fault).as_json()["findings"]
    assert found == {
        "row": 3,
        "column": "身份证件号",
        "columns": ["身份证件号"],
        "code": "id.check_digit",
        "severity": "error",
        "message": "第 3 行“身份证件号”不符合校验规则，请对照户口簿逐位核对，不要只改末位。",
    }


def test_no_sentence_repeats_a_sensitive_value() -> None:
    for fault in FAULTS:
        for found in _of_workbook(fault).found():
            secret = str(fault.row.get("id_number", "")).strip()
            assert not secret or secret not in found.message
