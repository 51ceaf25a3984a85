"""Sealed files by digest in ``files/`` of the home. Nothing in clear ever reaches the disk."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path

from django.conf import settings

from xueji.ground.keys.files import current_home


def files_path() -> Path:
    """Where the sealed files lie."""
    configured = getattr(settings, "XUEJI_FILES", None)
    return Path(configured) if configured else current_home() / "files"


def place(digest: str, folder: Path | None = None) -> Path:
    """The path of a sealed file, in one of 256 folders of this home, or of another home's ``folder``."""
    return (folder or files_path()) / digest[:2] / digest


def put(blob: bytes) -> str:
    """Write sealed bytes, whole or not at all; their SHA-256 (hex), which is their name."""
    digest = hashlib.sha256(blob).hexdigest()
    target = place(digest)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(blob)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return digest


def take(digest: str, folder: Path | None = None) -> bytes | None:
    """The sealed bytes of a digest; None where the file is missing or holds something else."""
    try:
        blob = place(digest, folder).read_bytes()
    except OSError:
        return None
    return blob if hashlib.sha256(blob).hexdigest() == digest else None


def older_than(seconds: float) -> dict[str, Path]:
    """Every file that lies there for longer, by name: sealed ones by digest, and left-overs of killed writers."""
    before = time.time() - seconds
    return {path.name: path for path in files_path().glob("??/*") if path.stat().st_mtime < before}
