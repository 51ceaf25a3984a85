"""Limits that the rulebook sets to 外地转入 and 补建学籍 are met at each door alike: workbook, form, lodging."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from pydantic import ValidationError

from xueji.ground.parameters.build import rulebook_from_files
from xueji.ground.parameters.schema.changes import ChangePart
from xueji.pure.kernel.rulebook import Limit, Rulebook
from xueji.pure.procedures.roster_limits import ANSWERED, RowFacts, broken
from xueji.pure.rules import INTO_CITY, LATE, RegisterFacts, RuleContext
from xueji.registry.intake.checking import CheckResult, check_record, check_workbook
from xueji.registry.intake.limits import APPLICATION_KINDS
from xueji.registry.intake.tests.invented import context, good_row, workbook

SUMMER, JULY, SPRING, AUTUMN = date(2014, 7, 20), date(2014, 7, 1), date(2009, 3, 2), date(2008, 10, 6)
#: (kind of workbook, limit) → the day, the grade, the city's rulebook, and whether something else is under way.
BROKEN = {
    (INTO_CITY, "into_city_pending"): (AUTUMN, "3", "nanjing-2008", True),
    (INTO_CITY, "into_city_final_grade"): (AUTUMN, "6", "nanjing-2008", False),
    (LATE, "late_registration_pending"): (AUTUMN, "3", "nanjing-2008", True),
    (LATE, "late_registration_final_term"): (SPRING, "6", "nanjing-2008", False),
    (INTO_CITY, "into_city_frozen"): (SUMMER, "3", "nanjing-2014", False),
    (LATE, "final_grade_stopped"): (JULY, "6", "nanjing-2014", False),
}


def _under(kind: str, day: date, city: str) -> RuleContext:
    book: Rulebook = rulebook_from_files(day, "320104", city=city)
    return replace(context(kind), rulebook=book, today=day, effective_on=day)


def _said(result: CheckResult) -> list[tuple[str, str, str]]:
    return [(one.code, one.severity, one.message) for one in result.found() if one.code.startswith("limit.")]


@pytest.mark.parametrize(("kind", "limit"), list(BROKEN), ids=str)
def test_a_broken_limit_is_the_same_finding_by_workbook_and_by_form_with_its_basis(kind: str, limit: str) -> None:
    day, grade, city, pending = BROKEN[kind, limit]
    under, row = _under(kind, day, city), {**good_row(7, kind=kind), "grade": grade}
    stated = next(one for one in under.rulebook.change(APPLICATION_KINDS[kind]).limits if one.code == limit)
    by_form = _said(check_record(row, under, lambda _: RegisterFacts(pending=frozenset({0} if pending else ()))))
    facts = RegisterFacts(pending=frozenset({2} if pending else ()))
    by_workbook = _said(check_workbook(workbook([row], kind=kind), under, lambda _: facts))
    ((code, severity, message),) = [one for one in by_form if stated.message in one[2]]
    assert (code, severity) == ("limit.forbids" if stated.severity == "error" else "limit.asks", stated.severity)
    assert stated.message in message
    assert f"依据：{stated.basis}" in message
    assert by_workbook == [(one, severe, f"第 2 行{said}") for one, severe, said in by_form]
    assert len(by_form) == 1 + (limit == "final_grade_stopped")  # July is of the last term, which is asked about too


@pytest.mark.parametrize("kind", [INTO_CITY, LATE])
def test_every_limit_of_these_kinds_is_broken_once(kind: str) -> None:
    stated = {
        (kind, limit.code)
        for city, day in (("nanjing-2008", AUTUMN), ("nanjing-2014", SUMMER))
        for limit in rulebook_from_files(day, city=city).change(APPLICATION_KINDS[kind]).limits
    }
    assert stated == {key for key in BROKEN if key[0] == kind}


def test_an_ordinary_row_meets_no_limit() -> None:
    for kind in (INTO_CITY, LATE):
        assert _said(check_record({**good_row(7, kind=kind), "grade": "3"}, _under(kind, AUTUMN, "nanjing-2008"))) == []


@pytest.mark.parametrize("kind", sorted(ANSWERED))
def test_each_limit_that_a_row_can_answer_is_answered(kind: str) -> None:
    params = {"value": "99", "from": "01-01", "to": "12-31"}
    change = replace(
        rulebook_from_files(AUTUMN).change("late_registration"), limits=(Limit("x", kind, "不行", params=params),)
    )
    book = rulebook_from_files(AUTUMN)
    final = RowFacts(SPRING, SPRING, 6, date(2000, 1, 5), True, book, SPRING)
    first = RowFacts(AUTUMN, AUTUMN, 1, date(2000, 1, 5), True, book, AUTUMN)
    assert broken(change, final) or broken(change, first)


def test_a_kind_of_rosters_may_not_be_given_a_limit_that_no_row_can_answer() -> None:
    step = {
        "key": "s",
        "at": "applicant",
        "days": 1,
        "steps": [{"key": "a", "act": "approve", "role": "head", "title": "批"}],
    }
    part = {
        "kind": "late_registration",
        "kind_no": "44",
        "title": "补建",
        "from": "2007-09-01",
        "bulk": True,
        "phases": [step],
    }
    limit = {"code": "x", "kind": "report_days", "value": 3, "message": "晚了"}
    with pytest.raises(ValidationError, match="report_days"):
        ChangePart.model_validate({**part, "limits": [limit]})
