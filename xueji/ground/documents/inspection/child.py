"""The child process that opens files from outside with their libraries.

Requests come on standard input, answers go to standard output: 16 bytes with the lengths of JSON and of bytes,
then both. It serves until its input ends. Memory is limited for good, processor time anew for each file; it
can write no file. Nothing here imports Django.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
from typing import Any, BinaryIO

from xueji.ground.documents.inspection import pdfs, pictures
from xueji.ground.documents.inspection.faults import Faulty

PDF = "application/pdf"


def look(data: bytes, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """What is asked of one file: ``inspect``, ``render`` or ``codes``."""
    way = pdfs if request["media_type"] == PDF else pictures
    if request["ask"] == "inspect":
        return {"pages": way.inspect(data, request)}, b""
    if request["ask"] == "render":
        found, pages = way.render(data, int(request["page"]), int(request["width"]), request)
        return {"pages": pages}, found
    return {"codes": way.codes(data, request)}, b""


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


def answer_one(source: BinaryIO, target: BinaryIO) -> None:
    """Reads one request, writes one answer; EOFError when there is no other."""
    size, file_size = struct.unpack(">QQ", _exactly(source, 16))
    request = json.loads(_exactly(source, size))
    data = _exactly(source, file_size)
    limit_time(int(request["seconds"]))
    made = b""
    try:
        answer, made = look(data, request)
    except Faulty as fault:
        answer = {"fault": fault.code, "detail": fault.detail}
    except MemoryError:
        answer = {"fault": "too_heavy", "detail": ""}
    except Exception:  # whatever a broken file does to a parser, the clerk gets one clear answer
        answer = {"fault": "broken", "detail": "内部结构有错"}
    body = json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace")
    target.write(struct.pack(">QQ", len(body), len(made)) + body + made)
    target.flush()


def main() -> None:
    """Serves until standard input ends."""
    limit(int(sys.argv[1]))
    while True:
        try:
            answer_one(sys.stdin.buffer, sys.stdout.buffer)
        except EOFError:
            return


if __name__ == "__main__":
    main()
