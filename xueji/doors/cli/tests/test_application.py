"""``xueji application``: one line of JSON, the acts of the regulation, ``--as`` outside a demo home."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import pytest

from tests.small_city import PRIMARY, SmallCity
from xueji.doors.cli.frame import Frame
from xueji.doors.cli.main import build, run
from xueji.ground.accounts.context import acting_system
from xueji.ground.accounts.models import Account
from xueji.pure.kernel.types import Actor
from xueji.registry.applications.tests.support import child, lodge

pytestmark = pytest.mark.usefixtures("fresh_database")


def xueji(capsys: pytest.CaptureFixture[str], login: str | None, *arguments: str) -> tuple[int, str, str]:
    frame = Frame(lambda path: path or Path("somewhere"), lambda path: 0, lambda path, day, reset: None)
    words = ["application", *arguments] if login is None else ["--as", login, "application", *arguments]
    code = run(build({}), frame, words)
    said = capsys.readouterr()
    return code, said.out, said.err


def login_of(actor: Actor) -> str:
    with acting_system():
        return Account.objects.get(id=actor.person).login


def act(
    capsys: pytest.CaptureFixture[str], actor: Actor, application: UUID, name: str, *more: str
) -> tuple[int, dict[str, object]]:
    code, out, _ = xueji(capsys, login_of(actor), "act", str(application), "--act", name, "--json", *more)
    return code, json.loads(out)


def test_a_roster_goes_through_its_acts_one_line_each(
    small_city: SmallCity, capsys: pytest.CaptureFixture[str]
) -> None:
    application = lodge(small_city, [child(1), child(2)]).application
    steps = (
        (small_city.proofreader(), "proofread", "proofread", 0),
        (small_city.deputy_head(), "decide", "decided", 0),
        (small_city.head(), "approve", "approved", 2),
    )
    for actor, name, state, registrations in steps:
        assert act(capsys, actor, application, name) == (
            0,
            {"application": str(application), "state": state, "registrations": registrations},
        )


def test_what_is_refused_is_a_sentence_on_stderr_and_exit_two(
    small_city: SmallCity, capsys: pytest.CaptureFixture[str]
) -> None:
    application = lodge(small_city, [child(1)]).application
    code, out, err = xueji(capsys, login_of(small_city.proofreader()), "act", str(application), "--act", "approve")
    assert (code, out) == (2, "")
    assert "按顺序" in err
    code, _, err = xueji(capsys, login_of(small_city.head()), "act", str(application), "--act", "proofread")
    assert code == 2
    assert "不能办理" in err


def test_a_send_back_needs_its_reason(small_city: SmallCity, capsys: pytest.CaptureFixture[str]) -> None:
    application = lodge(small_city, [child(1)]).application
    login = login_of(small_city.proofreader())
    code, _, err = xueji(capsys, login, "act", str(application), "--act", "send-back")
    assert code == 2
    assert "原因" in err
    code, answer = act(capsys, small_city.proofreader(), application, "send-back", "--reason", "班级填错")
    assert (code, answer["state"]) == (0, "sent_back")


def test_the_list_shows_what_an_account_may_see(small_city: SmallCity, capsys: pytest.CaptureFixture[str]) -> None:
    application = lodge(small_city, [child(1)]).application
    _, out, _ = xueji(capsys, login_of(small_city.head()), "list", "--json")
    (row,) = json.loads(out)
    assert (row["application"], row["school"], row["waits_for"]["act"]) == (str(application), PRIMARY, "proofread")
    _, out, _ = xueji(capsys, login_of(small_city.head("320103")), "list", "--json")
    assert json.loads(out) == []


def test_an_unknown_application_and_a_missing_account_are_told(
    small_city: SmallCity, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = xueji(capsys, None, "act", str(UUID(int=5)), "--act", "approve")
    assert code == 2
    assert "没有编号" in err
    application = lodge(small_city, [child(1)]).application
    code, _, err = xueji(capsys, None, "act", str(application), "--act", "proofread")
    assert code == 2
    assert "--as" in err
