"""(b) Rebuilding the register from the journals, by the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from benchmarks.processes import resident_mb
from benchmarks.report import Figure, Report

PART = "rebuild"


def measure(home: Path, report: Report, *, full_size: bool) -> None:
    """``xueji journal rebuild --json``; the goal is for 200,000 pupils."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "xueji", "--home", str(home), "journal", "rebuild", "--json"],
        stdout=subprocess.PIPE,
        env={**os.environ, "XUEJI_HOME": str(home)},
    )
    peak = [0.0]

    def watch() -> None:
        while process.poll() is None:
            peak[0] = max(peak[0], resident_mb(process.pid))
            time.sleep(0.2)

    watcher = threading.Thread(target=watch)
    watcher.start()
    output = process.communicate()[0]
    watcher.join()
    if process.returncode != 0:
        raise RuntimeError(f"journal rebuild ended with {process.returncode}")
    found = json.loads(output)
    whole, goal = time.perf_counter() - begun, 60.0 if full_size else None
    report.add(
        Figure(PART, "rebuild of the register", found["seconds"], "s", goal, "low", f"{found['pupils']} pupils"),
        Figure(PART, "the command as a whole", whole, "s"),
        Figure(PART, "pupils rebuilt", found["pupils"] / found["seconds"], "pupils/s"),
        Figure(PART, "its memory, at most", peak[0], "MB"),
    )
