"""Backup and restore of a whole installation, by the commands (design §6.14)."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdf
import pytest

PASSPHRASE = "玄武湖边的长口令"
SECRET = "320102199901011234"

# Entries as services make them, with a sensitive part, in two journals.
SEED = f"""
from datetime import date
from pathlib import Path
from uuid import UUID
from xueji.config.startup import start
home = start()
from xueji.ground.accounts.context import acting_system, permit_system
from xueji.ground.journals.services import append, lock
from xueji.ground.journals.types import NewEntry
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.operations import SetFields
permit_system()
schools = [UUID(int=1), UUID(int=2)]
for round in range(3):
    with acting_system() as actor:
        lock(schools)
        append(
            actor=actor,
            transaction_id=environment().new_id(),
            rulebook_version="test",
            entries=[
                NewEntry(
                    organisation=school,
                    kind="correction",
                    effective_on=date(2008, 9, 1),
                    operations=(SetFields(fields={{}}, sensitive=("id_number",)),),
                    student=UUID(int=100 + school.int),
                    sensitive={{"id_number": "{SECRET}"}},
                )
                for school in schools
            ],
        )
(home.files / "ab").mkdir()
(home.files / "ab" / "abcd").write_bytes(b"sealed")
"""

HEADS = """
import json
from xueji.config.startup import start
start()
from xueji.ground.accounts.context import acting_system, permit_system
from xueji.ground.journals.selectors import entries_of_students, heads, verify
from uuid import UUID
from django.db import connection
permit_system()
with acting_system():
    found = entries_of_students([UUID(int=101)])
    entries = [(str(e.entry_id), e.sensitive) for e in found[UUID(int=101)]]
    known = sorted((str(organisation), sequence) for organisation, sequence in heads().items())
    result = {"heads": known, "entries": entries, "verified": verify().verified}
with connection.cursor() as cursor:
    cursor.execute("SELECT current_user, has_table_privilege('journals_entry', 'UPDATE, DELETE, TRUNCATE')")
    result["role"] = cursor.fetchone()
print(json.dumps(result))
"""


@dataclass
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def run(home: Path, *arguments: str, passphrase: str = PASSPHRASE, **env: str) -> Done:
    """A command on an embedded server of its own, whatever server the tests use."""
    clean = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "XUEJI_RECOVERY"}}
    clean |= {"XUEJI_HOME": str(home), "XUEJI_PASSPHRASE": passphrase, **env}
    done = subprocess.run(
        [sys.executable, *arguments], env=clean, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    return Done(done.returncode, done.stdout, done.stderr)


def xueji(home: Path, *arguments: str, **more: str) -> Done:
    return run(home, "-m", "xueji", *arguments, **more)


@dataclass
class Backup:
    home: Path
    file: Path
    keys: Path
    sheet: Path


@pytest.fixture(scope="module")
def backup() -> Iterator[Backup]:
    """An installation with six entries, backed up."""
    place = Path(tempfile.mkdtemp(prefix="xueji-backup-"))
    place.chmod(0o711)
    home = place / "first"
    seeded = run(home, "-c", SEED)
    assert seeded.code == 0, seeded.err
    done = xueji(home, "backup", str(place / "data.tar"), "--keys", str(place / "data.keys"), "--json")
    assert done.code == 0, done.err
    assert done.json["entries"] == 6
    yield Backup(home, place / "data.tar", place / "data.keys", Path(done.json["recovery_sheet"]))
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def elsewhere(backup: Backup) -> Iterator[Path]:
    home = backup.home.parent / "second"
    yield home
    shutil.rmtree(home, ignore_errors=True)


def test_a_restored_home_verifies_and_holds_the_same(backup: Backup, elsewhere: Path) -> None:
    done = xueji(elsewhere, "restore", str(backup.file), "--keys", str(backup.keys), "--json")
    assert done.code == 0, done.err
    assert (done.json["restored"], done.json["verified"], done.json["entries"]) == (True, True, 6)
    first, second = run(backup.home, "-c", HEADS), run(elsewhere, "-c", HEADS)
    assert first.code == second.code == 0, first.err + second.err
    assert first.json == second.json
    assert second.json["entries"][0][1] == {"id_number": SECRET}
    assert second.json["role"] == ["xueji_app_xueji", False]
    assert (elsewhere / "files" / "ab" / "abcd").read_bytes() == b"sealed"
    assert (elsewhere / "anchor" / "heads.jsonl").read_bytes() == (backup.home / "anchor" / "heads.jsonl").read_bytes()
    again = xueji(elsewhere, "restore", str(backup.file), "--keys", str(backup.keys))
    assert again.code == 2
    assert "已有数据" in again.err


def test_the_two_halves_of_the_sheet_restore_without_the_passphrase(backup: Backup, elsewhere: Path) -> None:
    pages = [page.extract_text() for page in pypdf.PdfReader(backup.sheet).pages]
    halves = [re.findall(r"(?:[A-Z2-7]{4}-){13}[A-Z2-7]{3}", "".join(page.split()))[0] for page in pages]
    keys, file = str(backup.keys), str(backup.file)
    done = xueji(elsewhere, "restore", file, "--keys", keys, "--recovery", "--json", XUEJI_RECOVERY=" ".join(halves))
    assert done.code == 0, done.err
    assert done.json["verified"] is True


def test_a_wrong_passphrase_restores_nothing(backup: Backup, elsewhere: Path) -> None:
    done = xueji(elsewhere, "restore", str(backup.file), "--keys", str(backup.keys), passphrase="不是这个口令")
    assert (done.code, done.out) == (2, "")
    assert "口令不对" in done.err
    assert not (elsewhere / "keys" / "master.json").exists()


def test_a_damaged_backup_restores_nothing(backup: Backup, elsewhere: Path) -> None:
    damaged = backup.file.with_name("damaged.tar")
    content = bytearray(backup.file.read_bytes())
    place = content.index(b"database.dump") + 4096
    content[place] ^= 1
    damaged.write_bytes(content)
    done = xueji(elsewhere, "restore", str(damaged), "--keys", str(backup.keys))
    assert done.code == 2
    assert "损坏" in done.err


def test_files_that_are_no_backup_are_named(backup: Backup, elsewhere: Path) -> None:
    letter = backup.file.with_name("letter.txt")
    letter.write_text("hello")
    assert "不是学籍系统的备份文件" in xueji(elsewhere, "restore", str(letter), "--keys", str(backup.keys)).err
    missing = xueji(elsewhere, "restore", str(letter.with_name("none")), "--keys", str(backup.keys))
    assert missing.code == 2
    assert "找不到" in missing.err


def test_the_archive_holds_no_key_and_no_sensitive_value(backup: Backup) -> None:
    content = backup.file.read_bytes()
    assert SECRET.encode() not in content
    for name in ("master.json", "blind.json", "signing.json", "app_role.json"):
        for value in json.loads((backup.home / "keys" / name).read_text()).values():
            assert not (isinstance(value, str) and len(value) > 20 and value.encode() in content)
    assert backup.file.stat().st_mode & 0o777 == 0o600
