"""What runs inside the child: one file after another, within limits of memory and processor time.

Requests come on standard input, answers go to standard output: 16 bytes with the lengths of JSON and of bytes, then
both. Nothing here imports Django: the child starts quickly and holds nothing of the program.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

Answer = tuple[dict[str, Any], bytes]


def serve(answer: Callable[[bytes, dict[str, Any]], Answer]) -> None:
    """Answer files until standard input ends; ``sys.argv[1]`` is the memory in bytes.

    ``answer`` takes a file and what is asked of it; it turns every fault of the file into an answer of its own.
    """
    limit(int(sys.argv[1]))
    while True:
        try:
            answer_one(sys.stdin.buffer, sys.stdout.buffer, answer)
        except EOFError:
            return


def answer_one(source: BinaryIO, target: BinaryIO, answer: Callable[[bytes, dict[str, Any]], Answer]) -> None:
    """Read one request, write one answer; EOFError when there is no other."""
    size, file_size = struct.unpack(">QQ", _exactly(source, 16))
    request = json.loads(_exactly(source, size))
    data = _exactly(source, file_size)
    limit_time(int(request["seconds"]))
    found, made = answer(data, request)
    body = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    target.write(struct.pack(">QQ", len(body), len(made)) + body + made)
    target.flush()


def limit(memory: int) -> None:
    """Memory for good; no file may be written, no core kept."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_time(seconds: int) -> None:
    """Processor time for the file at hand."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + seconds + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (until if hard == resource.RLIM_INFINITY else min(until, hard), hard))


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data
