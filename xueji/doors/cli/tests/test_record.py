"""``xueji record completeness`` as scripts call it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.small_city import PRIMARY, SmallCity
from xueji.config.home import Home
from xueji.doors.cli.tests.test_journal import _xueji
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db


def test_a_schools_records_are_counted_by_class_and_whoever_lacks_something_is_named_with_it(
    small_city: SmallCity, home: Home, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.XUEJI_DEMO = True
    lives = Lives(small_city)
    lives.open()
    lives.open(guardian_1_name=None, ethnic_group=None)
    asked = ("record", "completeness", "--school", PRIMARY)
    assert _xueji(home, *asked, "--json") == 0
    printed = capsys.readouterr().out
    said = json.loads(printed)
    assert printed.count("\n") == 1
    counts = {"pupils": 2, "established": 1}
    assert {key: said[key] for key in ("school", "date", *counts)} == {
        "school": PRIMARY,
        "date": "2008-09-01",
        **counts,
    }
    empty = {"成绩与综合素质": 2, "体质与健康": 2}  # sections without an item: told, not asked for
    assert said["classes"] == [{"class": "二（1）班", **counts, "empty": empty}]
    lacking = next(one for one in said["gaps"] if one["missing"])
    assert (lacking["registration_number"], lacking["class"]) == (f"{PRIMARY}20070102", "二（1）班")
    assert lacking["missing"] == ["民族", "监护人1·姓名"]
    assert _xueji(home, *asked) == 0
    assert "缺：民族、监护人1·姓名" in capsys.readouterr().out
    assert _xueji(home, "record", "completeness", "--school", "32010499999", "--json") == 2
    assert "没有代码为 32010499999 的学校" in capsys.readouterr().err
