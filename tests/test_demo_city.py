"""The whole main job, as a user's machine runs it: the demo city by its command, then everything that is said of it.

One city of 500 pupils is made once for this file, in a home and a database of its own, by the real command in a
process of its own; each test asks it something (issue 2 "Commands", "Shows" 2 and 4; invariants 5, 8, 13, 14).
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from tests.installations import Installation

PUPILS = 500
#: A city of five districts; all thirteen are in the soak (``test_restored_city``).
FEW = ("--districts", "5")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, databases: Any) -> Installation:
    made = Installation(tmp_path_factory.mktemp("city") / "home", databases("first"), {})
    made.outcome = made.answer("demo", "--pupils", str(PUPILS), *FEW, "--no-serve")
    return made


def test_the_demo_registers_exactly_the_wanted_pupils_and_all_levels_agree(city: Installation) -> None:
    outcome = city.outcome
    assert outcome["pupils"] == PUPILS
    assert outcome["districts"] == 5
    assert outcome["totals"] == {"city": PUPILS, "districts_sum": PUPILS, "schools_sum": PUPILS}
    assert outcome["totals_agree"] is True
    assert outcome["journal_verified"] is True
    assert outcome["return_2008"] == "accepted"
    assert outcome["certificates"] >= 1
    assert outcome["business_date"] == "2008-11-03"
    assert {"login", "password", "post", "org"} <= set(outcome["logins"][0])
    (photos,) = [one for one in outcome["stories"] if one["key"] == "photos"]
    assert (city.home / "demo-files" / f"{photos['school']}-照片.zip").stat().st_size > 100_000


def test_a_second_demo_in_the_same_home_is_refused(city: Installation) -> None:
    assert city.run("demo", "--pupils", str(PUPILS), "--no-serve", "--json", expect=2) == ""


def test_the_commands_say_the_same_of_the_register(city: Installation) -> None:
    verification = city.answer("journal", "verify")
    rebuilt = city.answer("journal", "rebuild")
    assert verification["verified"] is True
    assert verification["faults"] == []
    assert verification["digest"] == rebuilt["digest"] == city.outcome["digest"]
    assert verification["entries"] == city.outcome["journal_entries"]
    state = city.answer("as-of", "2008-09-15")
    assert state["pupils"] == PUPILS
    assert state["attending"] <= state["pupils"]
    status = city.answer("return", "status", "--round", "2008")
    assert status["city"] == "accepted"
    schools = [one for one in status["organisations"] if len(one["code"]) == 11]
    assert sum(one["registered"] for one in schools) == PUPILS
    assert len(city.answer("school", "list")) == city.outcome["schools"]


def test_before_the_base_date_there_is_no_register(city: Installation) -> None:
    assert city.run("as-of", "2007-09-14", "--json", expect=2) == ""


def test_a_restored_backup_verifies_and_has_the_same_digest(
    city: Installation, tmp_path_factory: pytest.TempPathFactory, databases: Any
) -> None:
    folder = tmp_path_factory.mktemp("backup")
    city.run("backup", str(folder / "city.backup"), "--keys", str(folder / "city.keys"))
    restored = Installation(folder / "home", databases("restored"), {})
    restored.run("restore", str(folder / "city.backup"), "--keys", str(folder / "city.keys"))
    verification = restored.answer("journal", "verify")
    assert verification["verified"] is True
    assert verification["digest"] == city.outcome["digest"]
    assert return_again(restored, folder / "restored.json") == return_again(city, folder / "first.json")


def return_again(city: Installation, target: Path, code: str = "320100") -> bytes:
    """The return of 2008, the city's own or another, made again from the journals in a process of its own, without
    stored snapshots: its canonical bytes (invariant 6)."""
    shutil.rmtree(city.home / "snapshots", ignore_errors=True)
    said = city.answer("return", "remake", "--round", "2008", "--org", code, "-o", str(target))
    assert said == {**said, "same": True, "again": said["digest"]}
    assert hashlib.sha256(target.read_bytes()).hexdigest() == said["digest"]
    return target.read_bytes()


SECRETS = ("身份证件号", "联系电话", "现住址", "家庭地址", "通信地址")


def _secrets(city: Installation) -> set[bytes]:
    """Every ID number, phone and address in the demo's own workbooks."""
    found: set[bytes] = set()
    for path in (city.home / "demo-files").glob("*花名册*.xlsx"):
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
        wanted = [i for i, header in enumerate(rows[0]) if any(str(header).endswith(word) for word in SECRETS)]
        found.update(str(row[i]).encode() for row in rows[1:] for i in wanted if len(str(row[i])) >= 8)
    assert len(found) > PUPILS
    return found


def _contains(secrets: set[bytes], content: bytes) -> list[bytes]:
    return [secret for secret in secrets if secret in content]


def test_a_copy_without_keys_shows_no_id_number_phone_or_address(city: Installation, tmp_path: Path) -> None:
    """Invariant 13: the dump, and all of the home but demo-files and keys, hold none of the demo's secrets."""
    secrets = _secrets(city)
    broken = tmp_path / "不是名册.xlsx"
    first = next((city.home / "demo-files").glob("*建档花名册*.xlsx"))
    broken.write_bytes(first.read_bytes()[:-200])
    code = first.name[:11]
    city.run("intake", "check", str(broken), "--kind", "opening", "--school", code, "--json", expect=2)
    dump = _dump(city)
    assert len(dump) > 1_000_000
    assert _contains(secrets, dump) == []
    for path in sorted(city.home.rglob("*")):
        inside = path.relative_to(city.home).parts[0]
        if path.is_file() and inside not in ("demo-files", "keys"):
            assert _contains(secrets, path.read_bytes()) == [], path


def _dump(city: Installation) -> bytes:
    """All rows of all tables, as the owner of the database would copy them out."""
    script = (
        "from xueji.config.startup import open_home\n"
        "from xueji.config.home import Home\n"
        "from xueji.config.databases import owner_conninfo\n"
        "import psycopg, sys\n"
        "home = Home.current(); open_home(home)\n"
        "with psycopg.connect(owner_conninfo(home)) as c:\n"
        "    names = [r[0] for r in c.execute(\"SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
        "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')\")]\n"
        "    for name in names:\n"
        "        with c.cursor().copy(f'COPY {name} TO STDOUT (FORMAT binary)') as copy:\n"
        "            for block in copy: sys.stdout.buffer.write(bytes(block))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**city.environment, "XUEJI_HOME": str(city.home)},
        capture_output=True,
        check=True,
        timeout=300,
    )
    return done.stdout


def _school_with_a_proof(city: Installation) -> str:
    """A school of the demo at which a proof was issued: it has a thing of almost every kind."""
    return sorted(path.name for path in (city.home / "demo-files").glob("学籍证明-*.pdf"))[0].split("-")[1]


def test_no_page_shows_a_thing_of_a_school_to_a_post_without_business_there(city: Installation) -> None:
    """Invariant 10 through the doors, with real things: the school itself sees them, no stranger gets anything."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.city_walk", _school_with_a_proof(city)],
        env={**city.environment, "XUEJI_HOME": str(city.home), "DJANGO_SETTINGS_MODULE": "xueji.config.settings"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        cwd=Path(__file__).parents[1],
    )
    assert done.returncode == 0, done.stderr[-3000:]
    walked = json.loads(done.stdout)
    assert {"web:pupil", "web:application", "web:intake-page", "web:return", "web:certificate-print"} <= set(
        walked["asked"]
    )
    # A school never sees a suspected duplicate: both bureaus do; the city's pupils have no photos; a unit's documents
    # of the regime are opened by its bureau, its own stand on its own page.
    not_the_schools = ("web:duplicate", "web:pupil-photo-file", "web:regime-of")
    own = {name: code for name, code in walked["own"].items() if name not in not_the_schools}
    assert {name: code for name, code in own.items() if code not in (200, 302, 405)} == {}
    # Asked for with GET, the page that reveals sends everyone to the pupil's page, which strangers do not get.
    harmless = {("web:pupil-reveal", 302)}
    shown = [
        one
        for one in walked["foreign"]
        if one[3] or (one[2] not in (403, 404, 405) and (one[1], one[2]) not in harmless)
    ]
    assert shown == []


def test_no_command_acts_for_a_post_without_business_there(city: Installation) -> None:
    """Invariant 10 by command: with the log-in of another school every command about a school is refused."""
    code = _school_with_a_proof(city)
    stranger = next(one for one in city.outcome["logins"] if one["post"] == "registrar" and one["org"][:6] != code[:6])
    workbook = next((city.home / "demo-files").glob(f"{code}-新生花名册-*.xlsx"))
    number = _a_number(city, code)
    login = ("--as", stranger["login"])
    for asked in (
        ("intake", "check", str(workbook), "--kind", "entrants", "--school", code),
        ("intake", "lodge", str(workbook), "--kind", "entrants", "--school", code),
        ("return", "make", "--round", "2008", "--org", code),
        ("certificate", "issue", "--kind", "proof_of_registration", "--number", number),
    ):
        assert city.run(*login, *asked, "--json", expect=2) == "", asked


def _a_number(city: Installation, code: str) -> str:
    rows = CalamineWorkbook.from_path(str(next((city.home / "demo-files").glob(f"{code}-建档花名册-*.xlsx"))))
    table = rows.get_sheet_by_index(0).to_python()
    column = table[0].index("学籍号")
    return next(str(row[column]) for row in table[1:] if row[column])
