"""Asking the child process about a file, and what to tell the clerk when it is not taken."""

from __future__ import annotations

import atexit
import json
import os
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import Any, Final

from xueji.pure.kernel.types import Refused

FILES_PER_CHILD: Final = 200
_KEPT_ENVIRONMENT: Final = ("PATH", "PYTHONPATH", "LANG", "VIRTUAL_ENV")
_GRACE: Final = 5  # seconds of waiting beyond the processor time
_ANSWERS: Final = {
    "locked": "文件“{name}”设有密码保护，请去掉密码后再上传。",
    "broken": "文件“{name}”不完整或已损坏（{detail}），请重新扫描或重新导出后再上传。",
    "active": "文件“{name}”里含有{detail}，系统不接收。请把它打印或另存为只有页面的 PDF，或重新扫描后再上传。",
    "too_many_pages": "文件“{name}”有 {detail} 页，超过每个文件 {pages} 页的上限，请分成几份上传。",
    "too_many_pixels": "图片“{name}”有 {detail} 像素，超过上限（{pixels} 万像素），请降低扫描分辨率后再上传。",
    "too_heavy": "文件“{name}”太大太复杂，无法打开。请降低扫描分辨率或重新扫描后再上传。",
    "took_too_long": "文件“{name}”读了太久没有读完。请重新扫描，或分成几份后再上传。",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file of evidence may be: bytes, pages, pixels of a picture; memory (bytes), time (seconds) to open it."""

    file_bytes: int
    pages: int
    pixels: int
    memory_bytes: int
    seconds: int


#: Where no rulebook is at hand (the room stands below it); the rulebook's own are its settings ``evidence_*``.
DEFAULT: Final = Limits(20 * 1024**2, 100, 60_000_000, 1024**3, 20)


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as JPEG, and how many pages its file has."""

    content: bytes
    pages: int


class _Child:
    """The running child and the lock that lets one file at a time through."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._memory = self._served = self._owner = 0

    def stop(self) -> None:
        """Ends the child."""
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()

    def _running(self, limits: Limits) -> subprocess.Popen[bytes]:
        stale = self._owner != os.getpid() or self._memory != limits.memory_bytes or self._served >= FILES_PER_CHILD
        if self._process is not None and (stale or self._process.poll() is not None):
            self.stop()
        if self._process is None:
            keep = {name: value for name, value in os.environ.items() if name in _KEPT_ENVIRONMENT}
            self._process = subprocess.Popen(
                [sys.executable, "-m", "xueji.ground.documents.inspection.child", str(limits.memory_bytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=keep,
            )
            self._memory, self._served, self._owner = limits.memory_bytes, 0, os.getpid()
        return self._process

    def ask(self, request: bytes, data: bytes, limits: Limits) -> tuple[dict[str, Any], bytes]:
        """The child's answer; a fault where it dies of its limits or takes too long."""
        with self._lock:
            process = self._running(limits)
            self._served += 1
            assert process.stdin is not None
            assert process.stdout is not None
            late = threading.Event()

            def end_it() -> None:
                late.set()
                process.kill()

            watch = threading.Timer(limits.seconds + _GRACE, end_it)
            watch.start()
            try:
                process.stdin.write(struct.pack(">QQ", len(request), len(data)) + request + data)
                process.stdin.flush()
                head = process.stdout.read(16)
                sizes = struct.unpack(">QQ", head) if len(head) == 16 else (0, 0)
                body, made = process.stdout.read(sizes[0]), process.stdout.read(sizes[1])
            except OSError:
                body = made = b""
            finally:
                watch.cancel()
            if not body or len(made) < sizes[1]:
                self.stop()
                return {"fault": "took_too_long" if late.is_set() else "too_heavy", "detail": ""}, b""
            found: dict[str, Any] = json.loads(body)
            return found, made


_child = _Child()
atexit.register(_child.stop)


def _ask(what: str, content: bytes, media_type: str, name: str, limits: Limits, **more: int) -> tuple[Any, bytes]:
    request = {
        "ask": what,
        "media_type": media_type,
        "pages": limits.pages,
        "pixels": limits.pixels,
        "seconds": limits.seconds,
        **more,
    }
    answer, made = _child.ask(json.dumps(request).encode(), content, limits)
    if "fault" in answer:
        code = str(answer["fault"])
        words = _ANSWERS[code].format(
            name=name, detail=answer["detail"], pages=limits.pages, pixels=limits.pixels // 10_000
        )
        raise Refused(f"documents.{code}", words)
    return answer, made


def inspect(content: bytes, media_type: str, name: str, limits: Limits = DEFAULT) -> int:
    """Open a file of a known media type wholly; how many pages it has.

    Raises ``Refused``: ``documents.locked``, ``broken``, ``active`` (script, launch action, embedded file …),
    ``too_many_pages``, ``too_many_pixels``, ``too_heavy``, ``took_too_long``.
    """
    return int(_ask("inspect", content, media_type, name, limits)[0]["pages"])


def render(content: bytes, media_type: str, name: str, *, page: int, width: int, limits: Limits = DEFAULT) -> Picture:
    """A page (from 1) as a picture at most ``width`` pixels wide. Raises ``Refused`` as ``inspect`` does."""
    answer, made = _ask("render", content, media_type, name, limits, page=page, width=width)
    return Picture(made, int(answer["pages"]))


def read_codes(content: bytes, media_type: str, name: str, limits: Limits = DEFAULT) -> list[tuple[str, int]]:
    """The QR codes of a scan: (text, page). Raises ``Refused`` as ``inspect`` does."""
    answer, _ = _ask("codes", content, media_type, name, limits)
    return [(str(one["text"]), int(one["page"])) for one in answer["codes"]]
