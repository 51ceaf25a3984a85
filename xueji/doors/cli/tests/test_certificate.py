"""``xueji certificate``: issue and verify as scripts call them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.small_city import PRIMARY, SmallCity
from xueji.config.home import Home
from xueji.doors.cli.tests.test_journal import _xueji
from xueji.ground.accounts.context import acting
from xueji.ground.keys.services import public_key
from xueji.registry.register.tests.lives import Lives

NUMBER = f"{PRIMARY}20070101"


@pytest.fixture
def pupil(fresh_database: str, environment: object, small_city: SmallCity, home: Home, settings: Any) -> Lives:
    """A clean pupil with the number ``NUMBER``; it is a demo home."""
    settings.XUEJI_DEMO = True
    lives = Lives(small_city)
    lives.open(name="欧阳𠮷")
    return lives


def _issue(home: Home, file: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    done = _xueji(
        home, "certificate", "issue", "--kind", "proof_of_registration", "--number", NUMBER, "-o", str(file), "--json"
    )
    assert done == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    value: dict[str, Any] = json.loads(out)
    return value


def _verify(home: Home, what: str, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any]]:
    code = _xueji(home, "certificate", "verify", what, "--json", *more)
    return code, json.loads(capsys.readouterr().out)


def test_a_paper_is_issued_into_a_file_and_verified_from_text_text_file_and_pdf(
    pupil: Lives, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "proof.pdf"
    made = _issue(home, file, capsys)
    assert (made["number"], made["registration_number"]) == (f"{PRIMARY}-证-2008-00001", NUMBER)
    (tmp_path / "code.txt").write_text(made["statement"] + "\n")
    for what in (made["statement"], str(tmp_path / "code.txt"), str(file)):
        code, answer = _verify(home, what, capsys)
        assert (code, answer["result"], answer["reason"]) == (0, "valid", "")
        assert (answer["name"], answer["school"], answer["registration_number"]) == ("欧＊＊", "秦淮云锦小学", NUMBER)
    key = tmp_path / "key"
    key.write_text(public_key().hex())
    assert _verify(home, made["statement"], capsys, "--public-key", str(key))[0] == 0


def test_a_changed_code_ends_with_1_and_a_voided_paper_with_2(
    pupil: Lives, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from uuid import UUID

    from xueji.duties.certificates import services

    made = _issue(home, tmp_path / "proof.pdf", capsys)
    code, answer = _verify(home, made["statement"][:-8] + made["statement"][-8:][::-1], capsys)
    assert (code, answer["result"]) == (1, "invalid")
    assert answer["reason"]
    code, answer = _verify(home, str(tmp_path), capsys)
    assert (code, answer["number"]) == (1, None)
    with acting(pupil.city.deputy_head()) as actor:
        services.void(actor=actor, certificate=UUID(made["certificate"]), reason="印错")
    code, answer = _verify(home, made["statement"], capsys)
    assert (code, answer["result"]) == (2, "voided")


def test_what_is_refused_ends_with_2_and_writes_no_file(
    pupil: Lives, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "proof.pdf"
    for kind, number, words in (
        ("diploma", NUMBER, "没有“diploma”这种证明"),
        ("proof_of_registration", "1" * 19, "没有学籍号"),
    ):
        assert _xueji(home, "certificate", "issue", "--kind", kind, "--number", number, "-o", str(file)) == 2
        assert words in capsys.readouterr().err
    pupil.open(guardian_1_name=None)
    again = ["certificate", "issue", "--kind", "proof_of_registration", "--number", f"{PRIMARY}20070102"]
    assert _xueji(home, *again, "-o", str(file), "--json") == 2
    printed = capsys.readouterr()
    assert "尚未建全" in printed.err
    assert printed.out == ""
    assert not file.exists()
