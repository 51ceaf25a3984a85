"""``xueji serve`` of the measured home, as a child process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.client import HOST
from benchmarks.processes import children_of


@dataclass
class Served:
    """The running server: where it listens, its supervisor's process."""

    port: int
    pid: int

    def part(self, words: str) -> int | None:
        """The process id of a part by what stands in its command line."""
        for pid in children_of(self.pid):
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if words in command and "-m xueji --home" not in command:
                return pid
        return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(home: Path, log: Path) -> Iterator[Served]:
    """Serve a home until the block ends."""
    port = _free_port()
    command = [sys.executable, "-m", "xueji", "--home", str(home), "serve", "--host", HOST, "--port", str(port)]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, env={**os.environ, "XUEJI_HOME": str(home)}
        )
    try:
        _await(port, process, log)
        yield Served(port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended: {log.read_text(encoding='utf-8')[-2000:]}")
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server does not answer")
