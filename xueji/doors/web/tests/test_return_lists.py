"""What a return is of, taken away: its pupils and all changes of its window, with a ground, logged."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

import openpyxl
import pytest

from tests.small_city import BAIXIA, BAIXIA_PRIMARY, PRIMARY, SmallCity
from xueji.doors.web.tests.support import signed_in
from xueji.duties.returns.tests.support import ROUND, on, promote, send_up
from xueji.ground.accounts.context import acting_system
from xueji.ground.disclosure.models import Disclosure
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.operations import SetFields
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.usefixtures("fresh_database")


def test_the_pupils_and_all_changes_of_a_return_are_listed_and_taken_away_with_a_ground(
    small_city: SmallCity, environment: SeededEnvironment, run_jobs: Callable[[], None]
) -> None:
    city, lives = small_city, Lives(small_city)
    child = lives.open(name="钱一鸣")
    lives.transfer(lives.open(BAIXIA_PRIMARY, name="李三思"), PRIMARY, date(2008, 9, 10))
    promote(city, [PRIMARY, BAIXIA_PRIMARY], 2007)
    on(environment, 9, 16)
    send_up(city)
    head, address = signed_in(city.head()), f"/returns/{ROUND}/{city.id(PRIMARY)}/"
    page = head.get(f"{address}changes/").content.decode()
    assert "李三思" in page
    assert "转入" in page
    # Names are those that were counted: what was corrected on an earlier day, but later than the return, is not.
    lives.change(child, "correction", date(2008, 9, 1), SetFields({"name": "钱又鸣"}))
    lives.open(name="周四方")
    names = head.get(f"{address}pupils/").content.decode()
    assert "钱一鸣" in names
    assert "钱又鸣" not in names
    assert "周四方" not in names
    answer = head.post(f"{address}changes/", {"ground": "集中上报归档", "full": "1"})
    run_jobs()
    sheets = openpyxl.load_workbook(io.BytesIO(head.get(f"{answer['Location']}file/").content))
    assert sheets.sheetnames == ["学生", "统计时段内的变动"]
    pupils = list(sheets.worksheets[0].values)
    assert {row[0] for row in pupils[3:]} == {"钱一鸣", "李三思"}
    assert "身份证件号（现登记）" in pupils[2]
    assert any("李三思" in row and "转入" in row for row in sheets.worksheets[1].values)
    with acting_system():
        assert Disclosure.objects.filter(kind="export", count=2, ground="集中上报归档").exists()
    assert head.post(f"{address}changes/", {"ground": ""}).status_code == 403
    assert signed_in(city.head(BAIXIA)).post(f"{address}changes/", {"ground": "集中上报归档"}).status_code == 404
