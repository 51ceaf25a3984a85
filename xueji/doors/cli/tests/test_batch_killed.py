"""A batch of cards, or of diplomas, whose process is killed in the middle: nothing is doubled or half done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.database import START, in_force, point_at
from tests.small_city import JUNIOR, PRIMARY, QINHUAI, SmallCity
from xueji.config.home import Home
from xueji.doors.cli.tests.test_journal import _xueji
from xueji.duties.certificates.models import BatchPart, Blank, Certificate
from xueji.duties.certificates.tests.attested import DIPLOMA, attest, attest_at, junior_leaver, leaver, stock
from xueji.ground.accounts.context import acting_system
from xueji.ground.journals import selectors as journals
from xueji.registry.photos.tests.pictures import give_photo
from xueji.registry.register.tests.lives import Lives

CARDS, DONE = 'INSERT INTO "certificates_certificate"', 'UPDATE "certificates_batchpart"'


def run_and_die(home: Home, command: tuple[str, ...], at: str, times: int) -> None:
    """Run the command in a process of its own that is killed when it is about to make this statement the nth time."""
    given = json.dumps([in_force(), str(home.path), command, at, times])
    environment = {**os.environ, "XUEJI_HOME": str(home.path), "DJANGO_SETTINGS_MODULE": "xueji.config.settings"}
    child = f"import django; django.setup(); from {__name__} import be_killed; be_killed()"
    done = subprocess.run([sys.executable, "-c", child], input=given, env=environment, text=True, check=False)
    assert done.returncode == -signal.SIGKILL


def be_killed() -> None:
    """The child's part."""
    from django.conf import settings
    from django.db import connection

    from xueji.ground.accounts.context import permit_system
    from xueji.pure.kernel.environment import SeededEnvironment, set_default_environment

    database, home, command, at, times = json.loads(sys.stdin.read())
    point_at(database)
    permit_system()
    settings.XUEJI_DEMO = True
    set_default_environment(SeededEnvironment(START, seed=1000 + times))
    seen = 0

    def kill(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal seen
        seen += sql.startswith(at)
        if seen >= times:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(kill):
        _xueji(Home(Path(home)), *command)


@pytest.mark.slow
def test_a_batch_whose_process_is_killed_is_taken_up_again_with_nothing_doubled_and_nothing_half_done(
    fresh_database: str, small_city: SmallCity, home: Home, settings: Any, tmp_path: Path, capfd: Any
) -> None:
    settings.XUEJI_DEMO = True
    lives = Lives(small_city)
    children = [lives.open(name=name, intake_year=2007 - place) for place, name in enumerate(("甲一", "乙二", "丙三"))]
    for seed, child in enumerate(children):
        give_photo(small_city, child.student, seed)
    folder = tmp_path / "cards"
    command = ("certificate", "batch", "--kind", "student_card", "--school", PRIMARY, "-o", str(folder), "--json")

    def stands() -> tuple[list[str], int]:
        with acting_system():
            states = list(BatchPart.objects.order_by("row_no").values_list("state", flat=True))
            return states, Certificate.objects.count()

    run_and_die(home, command, CARDS, 1)  # before the first class has anything
    assert stands() == (["waiting"] * 3, 0)
    run_and_die(home, command, DONE, 2)  # when the second class is typeset, and not yet written down
    assert stands() == (["done", "waiting", "waiting"], 1)
    capfd.readouterr()
    assert _xueji(home, *command) == 0
    made = json.loads(capfd.readouterr().out)
    assert (made["pupils"], made["cards"], made["failed"]) == (3, 3, 0)
    assert stands() == (["done"] * 3, 3)
    with acting_system():
        cards = list(Certificate.objects.order_by("number"))
        assert BatchPart.objects.values("batch").distinct().count() == 1
    assert {one.student for one in cards} == {one.student for one in children}
    assert [one.number[-5:] for one in cards] == ["00001", "00002", "00003"]
    assert sorted(path.suffix for path in folder.iterdir()) == [".json"] + [".pdf"] * 6
    assert journals.verify().verified


@pytest.mark.slow
def test_a_bureaus_diplomas_whose_process_is_killed_go_on_with_the_school_that_was_under_way(
    fresh_database: str, small_city: SmallCity, home: Home, settings: Any, tmp_path: Path, capfd: Any
) -> None:
    settings.XUEJI_DEMO = True
    lives = Lives(small_city)
    attest(small_city, [leaver(lives).student])
    attest_at(small_city, JUNIOR, [junior_leaver(lives).student])
    stock(small_city, "JS001", "JS002")
    stock(small_city, "JS101", "JS102", JUNIOR)
    folder = tmp_path / "diplomas"
    command = (
        "certificate", "batch", "--kind", DIPLOMA, "--bureau", QINHUAI, "--year", "2008", "-o", str(folder), "--json",
    )  # fmt: skip
    run_and_die(home, command, DONE, 2)  # when the second school is typeset, and not yet written down
    with acting_system():
        assert list(BatchPart.objects.order_by("row_no").values_list("state", flat=True)) == ["done", "waiting"]
        assert list(Blank.objects.filter(state="used").values_list("serial", flat=True)) == ["JS001"]
    capfd.readouterr()
    assert _xueji(home, *command) == 0
    made = json.loads(capfd.readouterr().out)
    assert (made["bureau"], made["year"], made["cards"], made["failed"]) == (QINHUAI, 2008, 2, 0)
    assert [one["school"] for one in made["schools"]] == ["秦淮云锦小学", "秦淮致远中学"]
    assert sorted(path.name[3:] for path in folder.iterdir() if path.suffix == ".pdf") == [
        "秦淮云锦小学-花名册.pdf", "秦淮云锦小学-证书.pdf", "秦淮致远中学-花名册.pdf", "秦淮致远中学-证书.pdf",
    ]  # fmt: skip
    with acting_system():
        assert list(Blank.objects.filter(state="used").order_by("serial").values_list("serial", flat=True)) == [
            "JS001", "JS101",
        ]  # fmt: skip
