"""Upkeep of a home, its logs, and problems on their way upwards (clauses A5, D1)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.small_city import BAIXIA, CITY, QINHUAI, SmallCity
from xueji.duties.maintenance import services, upkeep
from xueji.duties.maintenance.log_files import log_files, rotate
from xueji.duties.maintenance.models import NoteKind, Problem, ProblemState
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.types import Refused


def test_the_last_backup_and_the_last_test_of_it_are_known_and_a_torn_line_is_passed_over(tmp_path: Path) -> None:
    assert upkeep.last(tmp_path) == {}
    upkeep.note(tmp_path, upkeep.BACKUP, datetime(2008, 9, 1, tzinfo=UTC), entries=5)
    upkeep.note(tmp_path, upkeep.BACKUP, datetime(2008, 9, 2, tzinfo=UTC), entries=7)
    with (tmp_path / upkeep.FILE).open("a") as stream:
        stream.write('{"what": "backup", "at"')
    found = upkeep.last(tmp_path)
    assert found[upkeep.BACKUP].values == {"entries": 7}
    assert (tmp_path / upkeep.FILE).stat().st_mode & 0o777 == 0o600


def test_logs_are_put_aside_each_day_and_kept_for_their_days(tmp_path: Path) -> None:
    (tmp_path / "xueji.log").write_text("warning\n")
    (tmp_path / "xueji-2008-01-01.log").write_text("old\n")
    (tmp_path / "xueji-2008-08-01.log").write_text("young\n")
    assert rotate(tmp_path, date(2008, 9, 1), kept_days=200) == ["xueji-2008-01-01.log"]
    assert [one.name for one in log_files(tmp_path)] == ["xueji-2008-09-01.log", "xueji-2008-08-01.log"]
    (tmp_path / "xueji.log").write_text("more\n")
    assert rotate(tmp_path, date(2008, 9, 1), kept_days=200) == []
    assert (tmp_path / "xueji-2008-09-01.log").read_text() == "warning\n", "a second run loses nothing"


@pytest.mark.django_db
def test_a_problem_goes_from_school_to_district_to_city_and_is_closed_by_who_reported_it(
    small_city: SmallCity, environment: object
) -> None:
    city = small_city
    with acting(city.registrar()) as registrar:
        made = services.report(actor=registrar, title="打印不出台账", text="台账页，点打印后空白")
        assert made.handler == city.id(QINHUAI)
        with pytest.raises(Refused, match="不能办理“答复”"):
            services.answer(actor=registrar, problem=made.pk, text="自己答")
    with acting(city.clerk(BAIXIA)):
        assert not Problem.objects.exists(), "another district's"
    with acting(city.clerk(QINHUAI)) as clerk:
        assert services.acts_of(clerk, made) == (NoteKind.ANSWER, NoteKind.PASS_ON)
        assert services.pass_on(actor=clerk, problem=made.pk, text="区里也打不出").handler == city.id(CITY)
    with acting(city.clerk(CITY)) as above:
        services.answer(actor=above, problem=made.pk, text="装上字库后可以打印")
    with acting(city.registrar()) as registrar:
        services.reopen(actor=registrar, problem=made.pk, text="还是空白")
    with acting(city.clerk(CITY)) as above:
        services.answer(actor=above, problem=made.pk, text="请重启浏览器")
    with acting(city.deputy_head()) as deputy:
        assert services.close(actor=deputy, problem=made.pk).state == ProblemState.CLOSED
        assert services.acts_of(deputy, Problem.objects.get()) == ()
        assert Problem.objects.get().notes.count() == 6
    with acting(city.clerk(CITY)) as above, pytest.raises(Refused, match="最上一级"):
        services.report(actor=above, title="x", text="y")
