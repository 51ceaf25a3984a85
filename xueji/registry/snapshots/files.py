"""Snapshots as files: Parquet, a file a school under its bureau, and a manifest.

They hold UUIDs, coded attributes and digests: no name, number, address or blind index. The
digest is over the rows, not over the files: Parquet is the carrier.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from django.conf import settings

from xueji.pure.kernel.types import Refused
from xueji.registry.register.canonical import FORMAT
from xueji.registry.snapshots.canonical import digest_of
from xueji.registry.snapshots.layout import MANIFEST, bureau_folder, paths_of, school_file


def root() -> Path:
    """The home's folder of snapshots."""
    return Path(settings.XUEJI_SNAPSHOTS)


def write(folder: str, frame: pl.DataFrame, manifest: Mapping[str, Any]) -> None:
    """Write the files of a snapshot, whole or not at all; files that stood there are replaced."""
    target = root() / folder
    part = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True, mode=0o700)
    schools = {}
    for (bureau, school), rows in frame.group_by(["bureau", "school"], maintain_order=True):
        place = part / bureau_folder(str(bureau) if bureau else None)
        place.mkdir(exist_ok=True, mode=0o700)
        rows.write_parquet(place / school_file(school), compression="zstd")
        schools[str(school)] = {"pupils": rows.height, "digest": digest_of(rows)}
    text = json.dumps({"format": FORMAT, **manifest, "schools": schools}, ensure_ascii=False, sort_keys=True, indent=1)
    (part / MANIFEST).write_text(text, encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    part.replace(target)


def read(folder: str, *, check: bool = True) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The rows and the manifest of a snapshot. Raises ``Refused`` ``snapshots.missing`` and, with ``check``,
    ``snapshots.changed`` where the rows are not what the manifest says."""
    place = root() / folder
    if not (place / MANIFEST).exists():
        raise Refused("snapshots.missing", "这份快照的文件不在了，请重新生成（内容会与原来完全一致）。")
    manifest: dict[str, Any] = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
    parts = [pl.read_parquet(path) for path in paths_of(place)]
    frame = (
        pl.concat(parts).sort("student")
        if parts
        else pl.DataFrame(schema=dict.fromkeys(manifest["columns"], pl.String))
    )
    if check and digest_of(frame) != manifest["digest"]:
        raise Refused("snapshots.changed", "这份快照的文件被改动过，请删除后重新生成。")
    return frame, manifest


def folder_name(on: date, cut: str, scope: str) -> str:
    """Where a snapshot lies: the date, then the cut and the schools it is of."""
    return f"{on.isoformat()}/{cut[:16]}-{scope[:16] or 'all'}"
