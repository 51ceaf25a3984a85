"""``xueji serve``: the web server and the worker of one home, started and stopped together.

The supervisor itself stays small: it loads neither Django nor the rooms. It
holds the database server for all (``EmbeddedServer``), starts granian (two processes) and the worker,
starts the worker again if it dies, and stops all on SIGTERM or Ctrl-C. If it is killed outright, the kernel
ends its children, and the next start finds the database as it is.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import click

from xueji.config.home import Home, default_home
from xueji.doors.cli.frame import frame, say, unreadable

PATIENCE = 25.0  # seconds that a part gets to end
_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    """Runs in the child before the program: the kernel sends SIGTERM when the supervisor is gone."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """Runs the parts of an installation. ``run`` returns the exit code."""

    def __init__(self, home: Home, host: str, port: int, workers: int, threads: int) -> None:
        self.env = {**os.environ, "XUEJI_HOME": str(home.path), "DJANGO_SETTINGS_MODULE": "xueji.config.settings"}
        self.url = f"http://{host}:{port}"
        self.host, self.port = host, port
        options = {"host": host, "port": port, "workers": workers, "threads": threads}
        self.web_command = [sys.executable, "-m", "xueji.config.commands.web"]
        self.web_command += [f"--{name}={value}" for name, value in options.items()]
        self.parts: dict[str, subprocess.Popen[bytes]] = {}
        self.stopping = False

    def _spawn(self, name: str, command: list[str]) -> None:
        self.parts[name] = subprocess.Popen(
            command,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            preexec_fn=_die_with_parent,  # noqa: PLW1509
        )

    def _start_worker(self) -> None:
        self._spawn("worker", [sys.executable, "-m", "xueji.config.commands.worker"])

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _answers(self) -> bool:
        try:
            socket.create_connection((self.host, self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def run(self, on_ready: Callable[[], None]) -> int:
        """Run until a signal, or until the web server ends by itself (exit code 1)."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        self._spawn("web", self.web_command)
        self._start_worker()
        announced, restarted = False, 0.0
        code = 0
        while not self.stopping:
            if not announced and self._answers():
                announced = True
                on_ready()
            if self.parts["web"].poll() is not None:
                say("网页服务意外停止，请查看上面的信息。")
                code = 1
                break
            if self.parts["worker"].poll() is not None and time.monotonic() - restarted > 5:
                say("后台任务意外停止，正在重新启动。")
                restarted = time.monotonic()
                self._start_worker()
            time.sleep(0.2)
        self._stop()
        return code

    def _stop(self) -> None:
        for part in self.parts.values():
            if part.poll() is None:
                part.terminate()
        deadline = time.monotonic() + PATIENCE
        for part in self.parts.values():
            try:
                part.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                part.kill()
                part.wait()


def serve(home: Home, *, host: str = "127.0.0.1", port: int = 8000, workers: int = 2, threads: int = 4) -> int:
    """Serve ``home`` until stopped; the exit code. The database is migrated first, in a process of its own."""
    from xueji.config.databases import database_url
    from xueji.config.postgres import EmbeddedServer

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            unreadable(f"{host}:{port} 已被占用：请先停止占用它的程序，或用 --port 换一个端口。")
    home.prepare()
    server = None if database_url() else EmbeddedServer(home).enter()
    try:
        migrated = subprocess.run(
            [sys.executable, "-m", "xueji", "--home", str(home.path), "migrate"], stdout=subprocess.DEVNULL, check=False
        )
        if migrated.returncode != 0:
            return migrated.returncode
        supervisor = Supervisor(home, host, port, workers, threads)
        return supervisor.run(lambda: say(f"学籍系统已启动：{supervisor.url} （按 Ctrl-C 停止）"))
    finally:
        if server is not None:
            server.leave()


@click.command("serve", help="启动网页（默认 http://127.0.0.1:8000）与后台任务")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="端口")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="网页进程数")
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64), help="每个进程的线程数")
def command(host: str, port: int, workers: int, threads: int) -> None:
    path: Path | None = frame().home
    home = Home(path.expanduser().absolute() if path else default_home())
    sys.exit(serve(home, host=host, port=port, workers=workers, threads=threads))
