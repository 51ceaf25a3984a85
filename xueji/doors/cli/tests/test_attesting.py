"""``xueji certificate issue`` of an attested kind, ``attest`` and ``void`` as scripts call them."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from tests.small_city import PRIMARY, SmallCity
from xueji.config.home import Home
from xueji.doors.cli.tests.test_journal import _xueji
from xueji.duties.certificates.tests.attested import DIPLOMA, leaver
from xueji.pure.kernel.operations import SetFields
from xueji.registry.register.tests.lives import Lives

NUMBER = f"{PRIMARY}20020101"


@pytest.fixture
def lives(fresh_database: str, environment: object, small_city: SmallCity, home: Home, settings: Any) -> Lives:
    """It is a demo home."""
    settings.XUEJI_DEMO = True
    return Lives(small_city)


def test_a_diploma_is_requested_attested_and_voided(
    lives: Lives, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    leaver(lives, name="欧阳𠮷")

    def said(*words: str, code: int = 0) -> Any:
        assert _xueji(home, "certificate", *words, "--json") == code
        printed = capsys.readouterr()
        return json.loads(printed.out) if code == 0 else printed.err

    assert "没有已验印的证书" in said("issue", "--kind", "graduate_roll", "--number", NUMBER, code=2)
    asked = said("issue", "--kind", DIPLOMA, "--number", NUMBER)
    assert (asked["state"], asked["lines"], asked["registration_number"]) == ("requested", 1, NUMBER)
    assert "已在另一件毕业证书的验印申请中" in said("issue", "--kind", DIPLOMA, "--number", NUMBER, code=2)
    done = said("attest", asked["order"])
    assert (done["state"], done["acts"]) == ("attested", ["decide", "examine", "approve"])
    assert done["certificates"] == [f"{PRIMARY}-毕-2008-00001"]
    assert "没有等待办理的环节" in said("attest", asked["order"], code=2)
    assert "请选择作废的情形" in said("void", done["certificates"][0], "--reason", "打偏", code=2)
    roll = said("issue", "--kind", "graduate_roll", "--number", NUMBER)
    assert roll["number"] == f"{PRIMARY}-册-2008-00001"
    assert said("issue", "--kind", "graduate_roll", "--number", NUMBER)["number"] == roll["number"]
    checked = said("verify", roll["statement"])
    assert (checked["result"], checked["kind"]) == ("valid", "graduate_roll")
    assert said("void", roll["number"], "--reason", "重印")["kind"] == "graduate_roll"
    assert _xueji(home, "certificate", "verify", roll["statement"]) == 2
    capsys.readouterr()
    voided = said("void", done["certificates"][0], "--reason", "打偏", "--ground", "misprint")
    assert (voided["number"], voided["ground"]) == (done["certificates"][0], "misprint")


def test_nobody_is_attested_whose_register_changed_since_the_request(
    lives: Lives, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    child = leaver(lives, name="王小明")
    assert _xueji(home, "certificate", "issue", "--kind", DIPLOMA, "--number", NUMBER) == 0
    lives.change(child, "correction", date(2008, 7, 2), SetFields({"name": "王晓明"}))
    assert _xueji(home, "certificate", "attest", "--number", NUMBER, "--json") == 2
    printed = capsys.readouterr()
    assert "与学籍库不一致：姓名" in printed.err
    assert "certificates" not in printed.out
