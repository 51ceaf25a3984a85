"""``xueji record dossier`` as scripts call it: out into a file, and held against its signature."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.small_city import PRIMARY, SmallCity
from xueji.config.home import Home
from xueji.doors.cli.tests.test_journal import _xueji
from xueji.duties.dossiers.tests.support import files_of, zipped
from xueji.ground.keys.services import public_key
from xueji.pure.kernel.dossier import TEXT
from xueji.registry.register.tests.lives import Lives

NUMBER = f"{PRIMARY}20070101"


@pytest.fixture
def pupil(fresh_database: str, environment: object, small_city: SmallCity, home: Home, settings: Any) -> Lives:
    settings.XUEJI_DEMO = True
    made = Lives(small_city)
    made.open(name="欧阳𠮷")
    return made


def test_a_dossier_goes_out_into_a_file_and_a_changed_one_is_told_with_its_place(
    pupil: Lives, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*words: str, code: int = 0) -> Any:
        assert _xueji(home, "record", "dossier", *words, "--json") == code
        return json.loads(capsys.readouterr().out)

    file, changed, key = tmp_path / "a.zip", tmp_path / "b.zip", tmp_path / "key"
    made = said("--number", NUMBER, "-o", str(file))
    assert (made["registration_number"], made["file"], made["pages"] >= 1) == (NUMBER, str(file), True)
    key.write_bytes(public_key())
    for more in ((), ("--public-key", str(key))):
        answer = said("--verify", str(file), *more)
        assert (answer["result"], answer["name"], answer["registration_number"]) == ("valid", "欧阳𠮷", NUMBER)
    files = files_of(file.read_bytes())
    changed.write_bytes(zipped({**files, TEXT: files[TEXT].replace("欧阳".encode(), "欧杨".encode(), 1)}))
    answer = said("--verify", str(changed), code=1)
    assert (answer["result"], answer["places"][0]) == ("changed", "dossier.txt：第 3 行")
    assert _xueji(home, "record", "dossier", "--number", "1" * 19, "-o", str(tmp_path / "c.pdf")) == 2
    assert "没有学籍号" in capsys.readouterr().err
    assert not (tmp_path / "c.pdf").exists()
