"""The locked key file of a backup and its recovery sheet."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pypdf
import pytest

from xueji.config.keyfile import DATA_KEYS, Halves, lock_keys, read_keyfile, unlock_keys
from xueji.config.sheet import write_sheet
from xueji.ground.keys.files import create_missing
from xueji.pure.kernel.types import Refused

PASSPHRASE = "紫金山下的口令"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    create_missing(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture
def locked(keys: Path, tmp_path: Path) -> tuple[Path, Halves]:
    target = tmp_path / "keys.locked"
    return target, lock_keys(keys, target, PASSPHRASE + "1")


def test_the_key_file_opens_with_its_passphrase_alone(keys: Path, locked: tuple[Path, Halves]) -> None:
    values = read_keyfile(locked[0])
    assert unlock_keys(values, passphrase=PASSPHRASE + "1") == {n: (keys / n).read_text() for n in DATA_KEYS}
    with pytest.raises(Refused, match="口令不对"):
        unlock_keys(values, passphrase=PASSPHRASE)


def test_both_halves_of_the_sheet_open_it_and_one_half_does_not(keys: Path, locked: tuple[Path, Halves]) -> None:
    target, halves = locked
    values = read_keyfile(target)
    assert set(unlock_keys(values, halves=Halves(halves.second, halves.first.lower()))) == set(DATA_KEYS)
    with pytest.raises(Refused, match="不符"):
        unlock_keys(values, halves=Halves(halves.first, halves.first))


def test_a_slip_of_the_pen_in_a_half_is_noticed(locked: tuple[Path, Halves]) -> None:
    target, halves = locked
    slip = ("B" if halves.first[0] == "A" else "A") + halves.first[1:]
    with pytest.raises(Refused, match="逐组"):
        unlock_keys(read_keyfile(target), halves=Halves(slip, halves.second))


def test_the_key_file_shows_no_key_and_belongs_to_its_owner(keys: Path, locked: tuple[Path, Halves]) -> None:
    target = locked[0]
    assert target.stat().st_mode & 0o777 == 0o600
    text = target.read_text()
    for name in DATA_KEYS:
        for value in json.loads((keys / name).read_text()).values():
            assert not (isinstance(value, str) and len(value) > 20 and value in text)


def test_a_changed_key_file_is_refused(locked: tuple[Path, Halves]) -> None:
    values = read_keyfile(locked[0])
    values["keys"]["data"] = values["keys"]["data"][:-8] + "AAAAAAA="
    with pytest.raises(Refused, match="损坏"):
        unlock_keys(values, passphrase=PASSPHRASE + "1")


def test_a_short_passphrase_is_refused_with_the_remedy(keys: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="更长"):
        lock_keys(keys, tmp_path / "x", "短")


def test_another_file_in_place_of_the_key_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("hello")
    with pytest.raises(Refused, match="不是学籍系统的密钥备份文件"):
        read_keyfile(tmp_path / "letter.txt")
    with pytest.raises(Refused, match="找不到"):
        read_keyfile(tmp_path / "absent")


def test_the_sheet_has_one_half_on_each_of_two_pages(locked: tuple[Path, Halves]) -> None:
    target, halves = locked
    sheet = write_sheet(target, halves, "0" * 32, datetime(2008, 9, 1, tzinfo=UTC))
    assert sheet.suffix == ".pdf"
    assert sheet.stat().st_mode & 0o777 == 0o600
    pages = ["".join(page.extract_text().split()) for page in pypdf.PdfReader(sheet).pages]
    assert len(pages) == 2
    assert halves.first in pages[0]
    assert halves.second in pages[1]
    assert halves.second not in pages[0]
