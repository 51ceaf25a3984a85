"""Annex 1 in bulk: one workbook, all findings at the cell, accounts with slips."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import pypdf
import pytest
import xlsxwriter

from tests.small_city import BAIXIA_PRIMARY, PRIMARY, QINHUAI, SmallCity
from xueji.ground.accounts import selectors, services
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.accounts.models import Account, PostHolding
from xueji.pure.kernel.types import Refused, Role

HEADER = ["姓名", "单位代码", "岗位", "小教/中教", "培训时间", "备注"]


def workbook(*rows: list[Any], header: list[Any] | None = None) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for at, row in enumerate([header or HEADER, *rows]):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(at, column, datetime(value.year, value.month, value.day, tzinfo=None), day)
                else:
                    sheet.write(at, column, value)
    return stream.getvalue()


@pytest.mark.django_db
def test_a_roster_makes_accounts_posts_and_slips(small_city: SmallCity) -> None:
    rows, findings = services.read_roster(
        workbook(
            ["赵 一", PRIMARY, "学籍管理员", "小教", date(2008, 3, 10), ""],
            ["钱二", PRIMARY, "校对员", "", "20080310", "兼"],
            ["钱二", PRIMARY, "分管校长", "", "2008年3月10日", ""],
            [],
            ["孙三", QINHUAI, "经办人", "中教", "", ""],
        )
    )
    assert findings == []
    assert [(row.row, row.name, row.role, row.stage, row.trained_on) for row in rows] == [
        (2, "赵一", Role.REGISTRAR, "primary", date(2008, 3, 10)),
        (3, "钱二", Role.PROOFREADER, "", date(2008, 3, 10)),
        (4, "钱二", Role.DEPUTY_HEAD, "", date(2008, 3, 10)),
        (6, "孙三", Role.CLERK, "junior", None),
    ]
    with acting(small_city.clerk("320100")) as actor:
        outcome = services.admit_roster(actor=actor, rows=rows)
        again = services.admit_roster(actor=actor, rows=rows)
    assert [slip.login for slip in outcome.slips] == [f"{PRIMARY}xj2", f"{PRIMARY}jd2", f"{QINHUAI}jb2"]
    assert {slip.organisation_name for slip in outcome.slips} == {"秦淮云锦小学", "秦淮区教育局"}
    assert again.slips == ()
    second = outcome.slips[1].account
    roles = {one.role for one in selectors.actors_of(second) if one.organisation == small_city.id(PRIMARY)}
    assert roles == {Role.PROOFREADER, Role.DEPUTY_HEAD}


@pytest.mark.django_db
def test_the_same_roster_with_a_later_training_brings_only_the_date_up(small_city: SmallCity) -> None:
    def row(trained: date) -> services.RosterRow:
        return services.RosterRow(2, "赵一", PRIMARY, Role.REGISTRAR, trained_on=trained)

    with acting(small_city.clerk()) as actor:
        (slip,) = services.admit_roster(actor=actor, rows=[row(date(2008, 3, 1))]).slips
        assert services.admit_roster(actor=actor, rows=[row(date(2008, 8, 1))]).slips == ()
        assert PostHolding.objects.get(account=slip.account).trained_on == date(2008, 8, 1)


@pytest.mark.django_db
def test_every_fault_is_found_at_its_cell_and_nothing_is_written(small_city: SmallCity) -> None:
    rows, findings = services.read_roster(
        workbook(
            ["", PRIMARY, "学籍管理员", "小教", "", ""],
            ["赵一", PRIMARY, "校长助理", "小教", "", ""],
            ["钱二", PRIMARY, "校对", "高中", "", ""],
            ["孙三", PRIMARY, "校对", "", "三月", ""],
        )
    )
    assert rows == []
    assert [(finding.code, finding.row, finding.fields) for finding in findings] == [
        ("roster.empty", 2, ("name",)),
        ("roster.role", 3, ("role",)),
        ("roster.stage", 4, ("stage",)),
        ("roster.date", 5, ("trained_on",)),
    ]
    rows, findings = services.read_roster(
        workbook(
            ["赵一", "32019999999", "学籍管理员", "", "", ""],
            ["钱二", PRIMARY, "负责人", "", "", ""],
            ["孙三", PRIMARY, "校对", "", "", ""],
            ["李四", QINHUAI, "经办人", "", "", ""],
        )
    )
    with acting(small_city.clerk()) as actor:
        before = Account.objects.count()
        outcome = services.admit_roster(actor=actor, rows=rows)
        assert Account.objects.count() == before
    assert [(finding.code, finding.row) for finding in outcome.findings] == [
        ("roster.code_unknown", 2),
        ("roster.role_level", 3),
        ("roster.not_below", 5),
    ]


def test_a_code_column_that_excel_made_numbers_is_still_read() -> None:
    rows, findings = services.read_roster(workbook(["赵一", 32010421001.0, "校对", "", "", ""]))
    assert findings == []
    assert rows[0].code == PRIMARY


def test_a_missing_column_is_one_finding_of_the_file() -> None:
    _, findings = services.read_roster(workbook(["赵一", "校对"], header=["姓名", "岗位"]))
    assert [(finding.code, finding.row, finding.fields) for finding in findings] == [
        ("roster.column_missing", None, ("code",))
    ]


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"\xd0\xcf\x11\xe0" + bytes(600)])
def test_what_is_no_workbook_gets_a_plain_answer(content: bytes) -> None:
    with pytest.raises(Refused, match="xlsx"):
        services.read_roster(content)


@pytest.mark.django_db
def test_a_bureau_admits_no_roster_of_another_bureaus_schools(small_city: SmallCity) -> None:
    row = services.RosterRow(2, "赵一", BAIXIA_PRIMARY, Role.REGISTRAR)
    with acting(small_city.clerk(QINHUAI)) as actor:
        outcome = services.admit_roster(actor=actor, rows=[row])
    assert [finding.code for finding in outcome.findings] == ["roster.not_yours"]
    with acting_system():
        assert not Account.objects.filter(name="赵一").exists()


@pytest.mark.django_db
def test_the_slips_print_with_every_name(small_city: SmallCity) -> None:
    rows = [services.RosterRow(at, f"𠮷䶮{at}", PRIMARY, Role.REGISTRAR, login=f"teacher{at}") for at in range(2, 20)]
    with acting(small_city.clerk()) as actor:
        slips = services.admit_roster(actor=actor, rows=rows).slips
    pdf = pypdf.PdfReader(io.BytesIO(services.slips_pdf(slips)))
    text = "".join(page.extract_text() for page in pdf.pages)
    assert len(pdf.pages) == 3
    assert all(slip.login in text and slip.code in text for slip in slips)
