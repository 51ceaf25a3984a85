"""The launcher of the embedded server (ADR 0001)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from xueji.config import binaries, postgres
from xueji.config.databases import APPLICATION_GROUP
from xueji.config.home import Home, write_private
from xueji.config.postgres import SOCKET_LIMIT, EmbeddedServer
from xueji.config.roles import prepare_roles

ENTER = """
import sys
from pathlib import Path
from xueji.config.home import Home, write_private
from xueji.config.postgres import EmbeddedServer
EmbeddedServer(Home(Path(sys.argv[1])), durable=False).enter()
print("ready", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the server's user may pass through (pytest's own is closed to it)."""
    folder = Path(tempfile.mkdtemp(prefix="xueji-pg-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(place: Path) -> Iterator[EmbeddedServer]:
    started = EmbeddedServer(Home(place / "home"), durable=False).enter()
    yield started
    started.leave()


def answers(server: EmbeddedServer) -> bool:
    try:
        psycopg.connect(server.conninfo()).close()
    except psycopg.OperationalError:
        return False
    return True


def postmaster(server: EmbeddedServer) -> int:
    return int((server.location.data / "postmaster.pid").read_text().splitlines()[0])


def another_process(home: Home) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", ENTER, str(home.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.db
def test_tests_run_as_the_application_role_and_not_as_the_owner() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("xueji_app_test", False, False)


def test_the_server_trusts_nobody_and_listens_to_no_network(server: EmbeddedServer) -> None:
    with psycopg.connect(server.conninfo()) as owner:
        row = owner.execute(
            "SELECT current_setting('listen_addresses'), current_setting('password_encryption'), "
            "(SELECT array_agg(DISTINCT auth_method) FROM pg_hba_file_rules)"
        ).fetchone()
    assert row == ("", "scram-sha-256", ["scram-sha-256"])
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(psycopg.conninfo.make_conninfo(server.conninfo(), password="wrong"))


def test_the_data_belong_to_an_unprivileged_user_alone(server: EmbeddedServer) -> None:
    stat = server.location.data.stat()
    assert stat.st_mode & 0o777 == 0o700
    assert stat.st_uid != 0


def test_the_server_is_shared_and_stopped_by_the_last_that_leaves(server: EmbeddedServer) -> None:
    other = another_process(server.home)
    server.leave()
    assert answers(server)
    other.communicate("\n", timeout=20)
    assert not answers(server)


def test_a_killed_user_does_not_keep_the_server_from_being_stopped_later(server: EmbeddedServer) -> None:
    other = another_process(server.home)
    other.kill()
    other.wait()
    assert answers(server)
    server.leave()
    assert not answers(server)


def test_installations_that_begin_on_one_new_server_at_the_same_moment_share_the_group(server: EmbeddedServer) -> None:
    names, together = [f"city_{number}" for number in range(4)], threading.Barrier(4)
    with psycopg.connect(server.conninfo("postgres"), autocommit=True) as owner:
        for name in names:
            owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def begin(name: str) -> None:
        with psycopg.connect(server.conninfo(name), autocommit=True) as own:
            together.wait(timeout=60)
            prepare_roles(own, name, "a secret")

    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(begin, names))
    with psycopg.connect(server.conninfo("postgres")) as owner:
        found = owner.execute(
            "SELECT count(*) FROM pg_auth_members WHERE roleid = %s::regrole", [APPLICATION_GROUP]
        ).fetchone()
    assert found == (4,)


def test_what_was_committed_is_there_after_the_server_was_killed(place: Path) -> None:
    server = EmbeddedServer(Home(place / "home")).enter()
    with psycopg.connect(server.conninfo()) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 42 AS value")
    os.kill(postmaster(server), signal.SIGKILL)
    deadline = time.monotonic() + 10
    while answers(server) and time.monotonic() < deadline:
        time.sleep(0.05)
    again = EmbeddedServer(server.home).enter()
    with psycopg.connect(again.conninfo()) as owner:
        assert owner.execute("SELECT value FROM kept").fetchone() == (42,)
    server.leave()
    again.leave()
    assert not answers(again)


def test_a_home_of_any_depth_gets_a_socket_that_fits(place: Path) -> None:
    deep = place.joinpath(*["a" * 40] * 4)
    deep.mkdir(parents=True)
    server = EmbeddedServer(Home(deep), durable=False).enter()
    assert len(str(server.location.socket)) <= SOCKET_LIMIT
    assert answers(server)
    server.leave()
    shutil.rmtree(server.location.socket, ignore_errors=True)


def test_a_closed_folder_above_the_home_stays_closed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = place / "state"
    monkeypatch.setattr(postgres, "STATE_ROOT", state)
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedServer(Home(closed / "home"), durable=False).enter()
    assert closed.stat().st_mode & 0o777 == 0o700
    assert answers(server)
    # As root another user runs the server and cannot come in here; anyone else runs it as oneself.
    expected = state if os.geteuid() == 0 else closed
    assert server.location.data.is_relative_to(expected)
    assert EmbeddedServer(server.home).location == server.location
    server.leave()


def test_a_moved_home_finds_its_data_and_a_copied_one_is_refused(place: Path) -> None:
    first, state = Home(place / "first").prepare(), place / "state" / "pg"
    write_private(
        first.run / "location.json",
        {"home": str(first.path), "data": str(state), "socket": str(first.run / "pg")},
    )
    server = EmbeddedServer(first, durable=False).enter()
    with psycopg.connect(server.conninfo()) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 42 AS value")
    server.leave()
    shutil.copytree(first.path, place / "copy")
    with pytest.raises(binaries.ServerUnavailable, match="副本"):
        EmbeddedServer(Home(place / "copy"))
    first.path.rename(place / "moved")
    moved = EmbeddedServer(Home(place / "moved"), durable=False).enter()
    with psycopg.connect(moved.conninfo()) as owner:
        assert owner.execute("SELECT value FROM kept").fetchone() == (42,)
    moved.leave()


@pytest.mark.parametrize("folder", binaries.candidates(), ids=str)
def test_every_server_on_this_machine_can_stand_in(folder: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "candidates", lambda: [folder])
    server = EmbeddedServer(Home(place / "home"), durable=False).enter()
    with psycopg.connect(server.conninfo()) as owner:
        assert owner.info.server_version // 10000 == binaries.major_of(folder)
        owner.execute("CREATE EXTENSION btree_gist")
        owner.execute("CREATE EXTENSION pg_trgm")
    server.leave()


def test_a_machine_without_a_server_gets_a_sentence(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "candidates", list)
    with pytest.raises(binaries.ServerUnavailable, match="make setup"):
        EmbeddedServer(Home(place / "home")).enter()
