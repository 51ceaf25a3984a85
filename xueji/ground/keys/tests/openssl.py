"""Programs that stand in for ``openssl`` in tests of machines without it, with an old one, or with one that fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from xueji.ground.keys import sm2


@contextmanager
def openssl_is(folder: Path, script: str = "") -> Iterator[None]:
    """What ``openssl`` is on this machine for a while: a shell script, or nothing at all."""
    folder.mkdir(exist_ok=True)
    if script:
        program = folder / "openssl"
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(folder))
        sm2._openssl.cache_clear()
        yield
    sm2._openssl.cache_clear()
