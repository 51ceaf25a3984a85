"""Asking the child about a file: it is started when first needed, kept for some files, ended when it takes too long."""

from __future__ import annotations

import atexit
import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Any, Final

FILES_PER_CHILD: Final = 200
_KEPT_ENVIRONMENT: Final = ("PATH", "PYTHONPATH", "LANG", "VIRTUAL_ENV")
_GRACE: Final = 5  # seconds of waiting beyond the processor time


class ChildEnded(Exception):
    """The child ended over a file: of its limits, or because it took too long (``late``)."""

    def __init__(self, *, late: bool) -> None:
        super().__init__("late" if late else "limits")
        self.late = late


class Child:
    """A child process of a room and the lock that lets one file at a time through."""

    def __init__(self, module: str) -> None:
        """``module``: what the child runs; it calls ``serving.serve``."""
        self._module = module
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._memory = self._served = self._owner = 0
        atexit.register(self.stop)

    def stop(self) -> None:
        """End the child."""
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()

    def _running(self, memory: int) -> subprocess.Popen[bytes]:
        stale = self._owner != os.getpid() or self._memory != memory or self._served >= FILES_PER_CHILD
        if self._process is not None and (stale or self._process.poll() is not None):
            self.stop()
        if self._process is None:
            keep = {name: value for name, value in os.environ.items() if name in _KEPT_ENVIRONMENT}
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module, str(memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=keep,
            )
            self._memory, self._served, self._owner = memory, 0, os.getpid()
        return self._process

    def ask(
        self, request: Mapping[str, Any], data: bytes, *, memory: int, seconds: int
    ) -> tuple[dict[str, Any], bytes]:
        """The child's answer about one file: JSON, and bytes that it made.

        ``memory`` bytes for the child, ``seconds`` of processor time for the file. Raises ``ChildEnded``.
        """
        asked = json.dumps({**request, "seconds": seconds}, ensure_ascii=False).encode()
        with self._lock:
            process = self._running(memory)
            self._served += 1
            assert process.stdin is not None
            assert process.stdout is not None
            late = threading.Event()

            def end_it() -> None:
                late.set()
                process.kill()

            watch = threading.Timer(seconds + _GRACE, end_it)
            watch.start()
            try:
                process.stdin.write(struct.pack(">QQ", len(asked), len(data)) + asked)
                process.stdin.write(data)
                process.stdin.flush()
                head = process.stdout.read(16)
                sizes = struct.unpack(">QQ", head) if len(head) == 16 else (0, 0)
                body, made = process.stdout.read(sizes[0]), process.stdout.read(sizes[1])
            except OSError:
                body, made, sizes = b"", b"", (0, 0)
            finally:
                watch.cancel()
            if not body or len(made) < sizes[1]:
                self.stop()
                raise ChildEnded(late=late.is_set())
            found: dict[str, Any] = json.loads(body)
            return found, made
