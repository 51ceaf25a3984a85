"""Asking the child process for a workbook's table, and what to tell the clerk when there is none."""

from __future__ import annotations

import atexit
import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from xueji.pure.kernel.types import Refused

BASIS = "建档模板填表说明"
FILES_PER_CHILD = 200
_KEPT_ENVIRONMENT = ("PATH", "PYTHONPATH", "LANG", "VIRTUAL_ENV")

ANSWERS = {
    "not_a_workbook": "这不是 Excel 工作簿（.xlsx）。请下载本校的模板填写，或用 Excel、WPS 另存为 .xlsx 再上传。",
    "old_format": "这是旧格式或二进制格式的工作簿。请在 Excel、WPS 中打开，另存为“Excel 工作簿（.xlsx）”后再上传。",
    "encrypted": "这份工作簿设了打开密码，无法读取。请去掉密码后另存，再上传。",
    "too_large": "这份工作簿太大，无法读取。请只留学生名册，删除图片、多余的行列和工作表，或把内容复制到新模板中。",
    "too_many_rows": "表里到第 {detail} 行还有内容，超过一次能读的 {rows} 行。请删除下方多余的行，或分成几份上传。",
    "too_many_columns": "表里有 {detail} 列，超过能读的 {columns} 列。请删除右侧多余的列，或改用本校的模板。",
    "no_header": "没有找到表头。请用本校下载的模板，第 1 行是列名，从第 2 行起每行一名学生。",
    "several_sheets": "有几张工作表都像是名册（{detail}）。请只留一张名册，其余的删去后再上传。",
    "damaged": "这份工作簿已损坏，无法读取。请在 Excel、WPS 中打开后另存为新的 .xlsx，再上传。",
    "took_too_long": "这份工作簿读了太久没有读完。请把内容复制到新下载的模板中再上传。",
    "empty_file": "文件是空的，请重新选择文件。",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a workbook may be (rulebook settings ``intake_*``); bytes, seconds."""

    file_bytes: int
    unpacked_bytes: int
    rows: int
    columns: int
    memory_bytes: int
    seconds: int


@dataclass(frozen=True)
class Sheet:
    """A table as read: ``columns[i]`` below ``headers[i]``, one text for each of ``rows`` (Excel rows).

    ``kinds[i]``: number, date, boolean, formula, error → positions in ``rows``.
    """

    name: str
    header_row: int
    headers: tuple[str, ...]
    rows: tuple[int, ...]
    columns: tuple[list[str], ...]
    kinds: tuple[dict[str, list[int]], ...]
    blank_rows: tuple[int, ...] = ()
    blank_count: int = 0
    empty_tail: int = 0
    other_sheets: tuple[str, ...] = ()
    school_code: str | None = None
    kind: str | None = None


def answer_of(code: str, limits: Limits, detail: str = "…") -> str:
    """The sentence of an answer (its code without ``workbook.``)."""
    return ANSWERS[code].format(detail=detail, rows=limits.rows, columns=limits.columns)


class UnreadableWorkbook(Refused):
    """A file that is not read as a roster; ``answer`` and ``detail`` make the sentence again (:func:`answer_of`)."""

    def __init__(self, answer: str, limits: Limits, detail: str = "") -> None:
        super().__init__(f"workbook.{answer}", answer_of(answer, limits, detail), BASIS)
        self.answer, self.detail = answer, detail


_refused = UnreadableWorkbook


def check_size(data: bytes, limits: Limits) -> None:
    """Refused for a file that is empty or too large to be looked at."""
    if not data:
        raise _refused("empty_file", limits)
    if len(data) > limits.file_bytes:
        raise _refused("too_large", limits)


class _Child:
    """The running child and the lock that lets one file at a time through."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._memory = 0
        self._served = 0
        self._owner = 0

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
            arguments = [sys.executable, "-m", "xueji.registry.intake.reading.child", str(limits.memory_bytes)]
            keep = {name: value for name, value in os.environ.items() if name in _KEPT_ENVIRONMENT}
            self._process = subprocess.Popen(
                arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=keep
            )
            self._memory, self._served, self._owner = limits.memory_bytes, 0, os.getpid()
        return self._process

    def ask(self, request: bytes, data: bytes, limits: Limits) -> dict[str, Any]:
        """The child's answer; Refused when it dies of its limits or takes too long."""
        with self._lock:
            process = self._running(limits)
            self._served += 1
            assert process.stdin is not None
            assert process.stdout is not None
            late = threading.Event()

            def end_it() -> None:
                late.set()
                process.kill()

            watch = threading.Timer(limits.seconds + 5, end_it)
            watch.start()
            try:
                process.stdin.write(struct.pack(">QQ", len(request), len(data)) + request)
                process.stdin.write(data)
                process.stdin.flush()
                head = process.stdout.read(8)
                body = process.stdout.read(struct.unpack(">Q", head)[0]) if len(head) == 8 else b""
            except (BrokenPipeError, OSError):
                body = b""
            finally:
                watch.cancel()
            if not body:
                self.stop()
                raise _refused("took_too_long" if late.is_set() else "too_large", limits)
            found: dict[str, Any] = json.loads(body)
            return found


_child = _Child()
atexit.register(_child.stop)


def read_sheet(data: bytes, known_headers: Iterable[str], limits: Limits) -> Sheet:
    """The roster's table in a workbook; Refused (``workbook.*``) with one clear answer where it can't be read.

    ``known_headers``: keys (:func:`.keys.header_key`) by which the right sheet and the header row are found.
    """
    check_size(data, limits)
    request = {
        "known": sorted(known_headers),
        "unpacked_bytes": limits.unpacked_bytes,
        "rows": limits.rows,
        "columns": limits.columns,
        "seconds": limits.seconds,
    }
    answer = _child.ask(json.dumps(request, ensure_ascii=False).encode(), data, limits)
    if "refused" in answer:
        raise _refused(answer["refused"], limits, answer["detail"])
    properties = answer["properties"]
    return Sheet(
        name=answer["sheet"],
        header_row=answer["header_row"],
        headers=tuple(answer["headers"]),
        rows=tuple(answer["rows"]),
        columns=tuple(answer["columns"]),
        kinds=tuple(answer["kinds"]),
        blank_rows=tuple(answer["blank"]),
        blank_count=answer["blanks"],
        empty_tail=answer["empty_tail"],
        other_sheets=tuple(answer["other_sheets"]),
        school_code=properties.get("xueji_school"),
        kind=properties.get("xueji_kind"),
    )
