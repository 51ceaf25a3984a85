"""Days that an office sets are the rulebook's: another value there, another page here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.small_city import SmallCity
from xueji.doors.web import due
from xueji.duties.certificates.selectors import candidates
from xueji.duties.certificates.tests.attested import DIPLOMA, LEFT_ON, leaver
from xueji.duties.maintenance import health, tasks, upkeep
from xueji.ground.accounts.context import acting
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import SeededEnvironment, today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.registry.register.services import exporting
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db
Say = Callable[[str, int], None]


@pytest.fixture
def say(small_city: SmallCity, environment: SeededEnvironment, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Has the rulebook say another value of a setting."""
    real = parameters.rulebook
    said: dict[str, int] = {}

    def other(on: date, district: str | None = None, *, using: str = "default") -> Rulebook:
        book = real(on, district, using=using)
        return replace(book, settings={**book.settings, **said})

    monkeypatch.setattr(parameters, "rulebook", other)
    monkeypatch.setattr(due, "rulebook", other)
    return said.__setitem__


def test_when_backups_are_overdue_and_how_long_logs_stay_is_the_rulebooks(
    say: Say, environment: SeededEnvironment, tmp_path: Path, settings: object
) -> None:
    settings.XUEJI_HOME = str(tmp_path)  # type: ignore[attr-defined]
    logs = tmp_path / "logs"
    logs.mkdir()
    old = logs / f"xueji-{(today() - timedelta(days=20)).isoformat()}.log"
    old.write_text("warning\n", encoding="utf-8")
    for what in (upkeep.BACKUP, upkeep.RESTORE_TEST):
        upkeep.note(tmp_path, what, environment.now() - timedelta(days=3))

    def states() -> dict[str, str]:
        return {one.key: one.state for one in health.look().checks}

    assert (states()["backup"], states()["restore_test"]) == ("done", "done")
    say("backup_days", 2)
    assert (states()["backup"], states()["restore_test"]) == ("soon", "done")
    say("restore_test_days", 2)
    assert states()["restore_test"] == "soon"
    tasks.rotate_logs(timestamp=0)
    assert old.exists(), "200 days"
    say("log_kept_days", 10)
    assert "保留 10 天" in next(one.text for one in health.look().checks if one.key == "logs")
    tasks.rotate_logs(timestamp=0)
    assert not old.exists()


def test_for_how_long_leavers_are_offered_and_files_kept_and_when_a_day_is_near_is_the_rulebooks(
    say: Say, small_city: SmallCity
) -> None:
    leaver(Lives(small_city))
    kind, on = parameters.rulebook(today()).certificates[DIPLOMA], LEFT_ON + timedelta(days=30)
    with acting(small_city.registrar()) as actor:
        assert len(candidates(actor.organisation, kind, on)) == 1
        say("leavers_asked_days", 20)
        assert candidates(actor.organisation, kind, on) == []
        in_five = today() + timedelta(days=5)
        assert due.due_state(in_five) == "progress"
        say("due_soon_days", 6)
        assert due.due_state(in_five) == "soon"
        say("export_kept_hours", 48)
        assert exporting.kept_hours() == 48
