"""台账: what the journals say of a year, by kind, and the summary that agrees with the statistics (clauses A2, C5)."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime

import openpyxl
import polars as pl
import pytest

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, CITY, PRIMARY, QINHUAI, SmallCity
from xueji.duties.ledgers import workbook
from xueji.duties.ledgers.scope import school_years, scope_of
from xueji.duties.ledgers.selectors import Sheet, counts_of, sheet_of
from xueji.duties.ledgers.services import LedgerRequest, ledger_kind, print_ledger
from xueji.duties.ledgers.summary import summary_of
from xueji.ground.accounts.context import acting
from xueji.ground.disclosure.models import Disclosure
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.operations import SetFields
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.register.tests.lives import Child, Lives
from xueji.registry.statistics.formulas import INFLOWS, OUTFLOWS
from xueji.registry.statistics.months import WAYS_IN, WAYS_OUT
from xueji.registry.statistics.selectors import flow_of

pytestmark = pytest.mark.django_db
CLOSING = date(2009, 6, 30)


@pytest.fixture
def year(lives: Lives, environment: SeededEnvironment) -> list[Child]:
    """Eight pupils of 2008-2009 with a change or two, seen on the last day of June 2009."""
    pupils = [lives.open(intake_year=2005) for _ in range(8)]
    lives.transfer(pupils[0], BAIXIA_PRIMARY, date(2008, 10, 8), intake_year=2005)
    lives.transfer(pupils[1], BAIXIA_PRIMARY, date(2009, 3, 2), intake_year=2005)
    lives.close(pupils[2], "death", date(2008, 10, 20))
    lives.spell(pupils[3], "status", "suspended", date(2008, 11, 3))
    environment.move_to(datetime(2008, 12, 1, 9, tzinfo=LOCAL_ZONE))
    lives.change(pupils[4], "correction", date(2007, 9, 15), SetFields({"gender": "2"}, ("guardian_1_phone",)))
    lives.change(
        pupils[5],
        "number_swap",
        date(2007, 9, 15),
        SetFields({"gender": "1"}),
        basis={"old_number": "3201"},
    )
    lives.open(intake_year=2005, on=date(2009, 2, 16), how="transfer_in")
    environment.move_to(datetime(2009, 6, 30, 9, tzinfo=LOCAL_ZONE))
    return pupils


def _sheet(actor: Actor, ledger: str) -> Sheet:
    with acting(actor):
        return sheet_of(ledger_kind(ledger), scope_of(actor, 2008))


def _column(sheet: Sheet, key: str) -> list[str]:
    at = [column.key for column in sheet.ledger.columns].index(key)
    return [line.cells[at] for line in sheet.lines]


def test_the_ledger_of_corrections_names_what_was_corrected(small_city: SmallCity, year: list[Child]) -> None:
    sheet = _sheet(small_city.registrar(PRIMARY), "corrections")
    assert sheet.total == 2
    # Wrong from the beginning and put right from then on: it stands in the year in which it was corrected.
    assert _column(sheet, "fields") == ["性别、监护人1·联系电话", "学籍号"]
    assert _column(sheet, "old_number") == ["", "3201"]
    assert _column(sheet, "effective_on") == ["2008-12-01"] * 2
    assert all(_column(sheet, key)[0] for key in ("name", "registration_number", "class_name", "basis"))


def test_a_school_sees_its_own_lines_and_a_bureau_those_of_its_schools(
    small_city: SmallCity, year: list[Child]
) -> None:
    assert _sheet(small_city.registrar(PRIMARY), "transfers_out").total == 2
    assert _sheet(small_city.registrar(BAIXIA_PRIMARY), "transfers_in").total == 2
    assert _sheet(small_city.clerk(QINHUAI), "transfers_in").total == 1
    assert _sheet(small_city.clerk(BAIXIA), "transfers_in").total == 2
    assert _sheet(small_city.clerk(CITY), "transfers_in").total == 3


def test_the_former_school_still_reads_name_number_and_class_of_who_left(
    small_city: SmallCity, year: list[Child]
) -> None:
    sheet = _sheet(small_city.registrar(PRIMARY), "transfers_out")
    for key in ("name", "registration_number", "class_name", "gender"):
        assert all(_column(sheet, key)), key
    assert all(number.startswith(PRIMARY) for number in _column(sheet, "registration_number"))


def test_a_school_or_year_beyond_reach_is_refused(small_city: SmallCity, year: list[Child]) -> None:
    actor = small_city.clerk(BAIXIA)
    with acting(actor):
        assert school_years() == [2008, 2007]
        with pytest.raises(Refused) as refused:
            scope_of(actor, 2008, school=small_city.id(PRIMARY))
        assert refused.value.code == "ledgers.not_yours"
        with pytest.raises(Refused):
            scope_of(actor, 2011)


def test_invariant_7_the_summary_of_changes_agrees_with_the_flow_of_the_statistics(
    small_city: SmallCity, year: list[Child]
) -> None:
    actor = small_city.registrar(PRIMARY)
    with acting(actor):
        scope = scope_of(actor, 2008)
        made = summary_of(scope)
        lines = flow_of((scope.first, scope.last), None, list(scope.schools))
    own = lines.filter(pl.col("school") == str(small_city.id(PRIMARY)))
    said = own.select(pl.col("opening", "closing", *INFLOWS, *OUTFLOWS).sum()).to_dicts()[0]
    assert (made.year.opening, made.year.closing) == (said["opening"], said["closing"])
    assert {name: made.year.flows.get(name, 0) for name in (*WAYS_IN, *WAYS_OUT)} == {
        name: said[name] for name in (*WAYS_IN, *WAYS_OUT)
    }
    for before, after in zip(made.by_month, made.by_month[1:], strict=False):
        assert before.closing == after.opening
    assert made.by_month[0].opening == made.year.opening
    assert made.by_month[-1].closing == made.year.closing
    october = next(line for line in made.by_month if line.title == "2008 年 10 月")
    assert (october.flows["transferred_out"], october.flows["died"]) == (1, 1)


def test_the_summary_of_a_city_is_the_sum_of_its_districts(small_city: SmallCity, year: list[Child]) -> None:
    actor = small_city.head(CITY)
    with acting(actor):
        made = summary_of(scope_of(actor, 2008))
    assert made.by_district
    assert sum(line.opening for line in made.by_school) == made.year.opening
    assert sum(line.closing for line in made.by_school) == made.year.closing
    assert {line.title for line in made.by_school} == {"秦淮区教育局", "白下区教育局"}


def test_counts_by_month_and_school_are_those_of_the_lines(small_city: SmallCity, year: list[Child]) -> None:
    actor = small_city.clerk(CITY)
    with acting(actor):
        scope = scope_of(actor, 2008)
        ledgers = list(parameters.rulebook(CLOSING).ledgers.values())
        found = counts_of(ledgers, scope)
        for ledger in ledgers:
            sheet = sheet_of(ledger, scope)
            assert sum(one.count for one in found if one.ledger == ledger.ledger) == sheet.total == len(sheet.lines)


def test_a_print_is_logged_with_everyone_who_stands_in_it(small_city: SmallCity, year: list[Child]) -> None:
    actor = small_city.registrar(PRIMARY)
    with acting(actor):
        print_ledger(actor=actor, request=LedgerRequest("transfers_out", 2008))
        line = Disclosure.objects.get(kind="print")
    assert set(line.subjects) == {year[0].student, year[1].student}
    assert "转出学生台账" in line.ground


def test_the_workbook_reads_back_with_print_titles_widths_and_a_frozen_head(
    small_city: SmallCity, year: list[Child]
) -> None:
    sheet = _sheet(small_city.clerk(BAIXIA), "transfers_in")
    schools = {small_city.id(BAIXIA_PRIMARY): "白下月华小学"}
    content = workbook.ledger_workbook(
        sheet, title="2008-2009 学年转入学生台账", sub="单位：白下区教育局", schools=schools
    )
    read = openpyxl.load_workbook(io.BytesIO(content))["转入"]
    assert read["A1"].value == "2008-2009 学年转入学生台账"
    assert [read.cell(3, column).value for column in (1, 2, 3, 4)] == ["序号", "学校", "卷号", "学籍号"]
    assert read["B4"].value == "白下月华小学"
    assert read["D4"].data_type == "s"
    assert (read.freeze_panes, read.print_title_rows, read.page_setup.orientation) == ("A4", "$1:$3", "landscape")
    assert read.column_dimensions["D"].width > 20
    assert "经办人" in str(read.cell(read.max_row, 1).value)


def test_no_cell_of_the_csv_is_taken_for_a_formula(
    small_city: SmallCity, lives: Lives, environment: SeededEnvironment
) -> None:
    lives.transfer(lives.open(intake_year=2005, name="=2+2"), BAIXIA_PRIMARY, date(2008, 10, 8), intake_year=2005)
    environment.move_to(datetime(2009, 6, 30, 9, tzinfo=LOCAL_ZONE))
    content = workbook.ledger_csv(_sheet(small_city.registrar(PRIMARY), "transfers_out"), schools=None)
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0][:3] == ["序号", "卷号", "学籍号"]
    assert rows[1][3] == "'=2+2"
