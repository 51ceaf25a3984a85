"""``xueji serve``: all parts start, and none outlives it (design §6.14)."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from xueji.config.home import Home
from xueji.config.postgres import EmbeddedServer


def wait_for(condition: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.2)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes_of(home: Path) -> set[int]:
    """Living processes whose environment or command names this home."""
    found = set()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
            state = (folder / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if str(home).encode() in words and state != "Z":
            found.add(int(folder.name))
    return found - {os.getpid()}


@pytest.fixture(scope="module")
def served_home() -> Iterator[Home]:
    """A home that stays for the tests of this file: only the first start makes its database."""
    folder = Path(tempfile.mkdtemp(prefix="xueji-serve-"))
    folder.chmod(0o711)
    yield Home(folder / "home")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def served(served_home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Home, int, subprocess.Popen[bytes]]]:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    home, port = served_home, free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "xueji", "--home", str(home.path), "serve", "--port", str(port)],
        env={**os.environ, "XUEJI_HOME": str(home.path), "XUEJI_PLAIN_HTTP": "1"},
    )

    def answers() -> bool:
        assert process.poll() is None
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/login/", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    wait_for(answers)
    yield home, port, process
    process.kill()
    process.wait()
    EmbeddedServer(home).enter().leave()


def test_it_answers_and_ends_cleanly_when_asked(served: tuple[Home, int, subprocess.Popen[bytes]]) -> None:
    home, port, process = served
    second = subprocess.run(
        [sys.executable, "-m", "xueji", "--home", str(home.path), "serve", "--port", str(port)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 2
    assert "--port" in second.stderr
    process.send_signal(signal.SIGTERM)
    assert process.wait(40) == 0
    wait_for(lambda: not processes_of(home.path))


def test_nothing_of_it_goes_on_when_it_is_killed(served: tuple[Home, int, subprocess.Popen[bytes]]) -> None:
    home, port, process = served
    process.kill()
    process.wait()

    def silent() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) != 0

    wait_for(silent)
    # What is left is the database, which the next start finds as it is; the last that leaves stops it.
    EmbeddedServer(home).enter().leave()
    wait_for(lambda: not processes_of(home.path))
