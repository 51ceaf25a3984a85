"""Frames as sealed blobs: the rows of an upload as read, and what the check made of them."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import polars as pl

from xueji.ground.keys import data_keys
from xueji.ground.keys.sealing import open_, seal
from xueji.registry.intake.checking import CheckResult
from xueji.registry.intake.sources import Source

_PLACE = b"intake"


@dataclass(frozen=True)
class Stored:
    """A stored check: canonical values (row and one column a field), findings."""

    values: pl.DataFrame
    findings: pl.DataFrame


def _ipc(frame: pl.DataFrame) -> bytes:
    target = io.BytesIO()
    frame.write_ipc(target, compression="lz4")
    return target.getvalue()


def _packed(head: Mapping[str, Any], *frames: pl.DataFrame) -> bytes:
    parts = [json.dumps(head, ensure_ascii=False).encode(), *map(_ipc, frames)]
    return b"".join(struct.pack(">Q", len(part)) + part for part in parts)


def _unpacked(data: bytes) -> tuple[dict[str, Any], list[pl.DataFrame]]:
    parts, at = [], 0
    while at < len(data):
        (size,) = struct.unpack_from(">Q", data, at)
        parts.append(data[at + 8 : at + 8 + size])
        at += 8 + size
    return json.loads(parts[0]), [pl.read_ipc(io.BytesIO(part)) for part in parts[1:]]


def _place(upload: UUID, what: str) -> bytes:
    return _PLACE + upload.bytes + what.encode()


def seal_bytes(upload: UUID, what: str, data: bytes) -> bytes:
    """Seal under the upload's data key; ``what`` names the place of the blob."""
    return seal(data_keys.ensure([upload])[upload], data, _place(upload, what))


def open_bytes(upload: UUID, what: str, blob: bytes | memoryview) -> bytes:
    """The bytes of a blob sealed by :func:`seal_bytes`."""
    return open_(data_keys.get([upload])[upload], bytes(blob), _place(upload, what))


def seal_source(upload: UUID, source: Source) -> bytes:
    """The rows as read."""
    head = {
        "headers": dict(source.headers),
        "structure": [list(one) for one in source.structure],
        "sheet": source.sheet,
        "header_row": source.header_row,
    }
    return seal_bytes(upload, "source", _packed(head, source.raw, source.cells))


def open_source(upload: UUID, blob: bytes | memoryview) -> Source:
    """The rows as read, again."""
    head, (raw, cells) = _unpacked(open_bytes(upload, "source", blob))
    structure = tuple(
        (row, code, severity, fields, detail) for row, code, severity, fields, detail in head["structure"]
    )
    return Source(raw, cells, head["headers"], structure, head["sheet"], head["header_row"])


def seal_result(upload: UUID, result: CheckResult) -> bytes:
    """Canonical values and findings of a check."""
    codes = [code for code in result.headers if code in result.frame.columns]
    return seal_bytes(upload, "result", _packed({}, result.frame.select("row", *codes), result.findings))


def open_result(upload: UUID, blob: bytes | memoryview) -> Stored:
    """A stored check."""
    _, (values, findings) = _unpacked(open_bytes(upload, "result", blob))
    return Stored(values, findings)
