"""(f) The turn of the school year in bulk: promotion of all pupils, graduation of the final grades, by the commands.

Beside them a plain baseline: the same journal entries by COPY into a bare table of the same columns, in one
transaction, without digests, folding or row-level security. What is above it is the price of the register.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.report import Figure, Report

PART = "bulk"
CITY = "320100"
PROMOTED, GRADUATED = 100_000, 15_000


def measure(home: Path, report: Report) -> None:
    """Preview and write both; a second run of each must find nothing to do. The goals are for the full numbers."""
    graduated = _command(home, "graduate", "--school-year", "2007", "--org", CITY, "--lodge", "--preview")
    written = _command(home, "graduate", "--school-year", "2007", "--org", CITY)
    many = graduated["graduating"] + graduated["completing"]
    full = many >= GRADUATED
    report.add(
        Figure(PART, "graduation, preview", graduated["preview_seconds"], "s", 5.0 if full else None, "low", f"{many}"),
        Figure(PART, "graduation, written", written["seconds"], "s", 60.0 if full else None, "low", f"{many} pupils"),
    )
    _copied(report, "graduation", "leaving")
    promoted = _command(home, "promote", "--school-year", "2008", "--org", CITY, "--preview")
    written = _command(home, "promote", "--school-year", "2008", "--org", CITY)
    many = promoted["going_up"]
    full = many >= PROMOTED
    note = f"{many} pupils, {promoted['cohorts']} cohorts, {promoted['schools']} schools"
    report.add(
        Figure(PART, "promotion, preview", promoted["preview_seconds"], "s", 5.0 if full else None, "low", note),
        Figure(PART, "promotion, written", written["seconds"], "s", 60.0 if full else None, "low", note),
    )
    _copied(report, "promotion", "promote_cohort")
    again = _command(home, "promote", "--school-year", "2008", "--org", CITY)
    once_more = _command(home, "graduate", "--school-year", "2007", "--org", CITY)
    if again["written"] or once_more["written"]:
        raise RuntimeError("a rerun wrote something")
    report.add(Figure(PART, "promotion, run again", again["seconds"], "s", None, "low", "nothing left to do"))


def _command(home: Path, *arguments: str) -> dict[str, Any]:
    """One ``xueji`` command, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "xueji", "--home", str(home), *arguments, "--json"],
        stdout=subprocess.PIPE,
        check=True,
        env={**os.environ, "XUEJI_HOME": str(home)},
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _copied(report: Report, name: str, kind: str) -> None:
    """The entries of a kind, read into memory and written by COPY as plain rows."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT organisation, sequence, entry_id, student, effective_on, operations::text, basis::text, sensitive"
            " FROM journals_entry WHERE kind = %s",
            [kind],
        )
        rows = cursor.fetchall()
    settings = connections["owner"].get_connection_params()
    settings = {key: settings[key] for key in ("dbname", "user", "password", "host", "port") if settings.get(key)}
    with psycopg.connect(**settings) as plain:
        plain.execute(
            "CREATE TEMPORARY TABLE bare (organisation uuid, sequence bigint, entry_id uuid PRIMARY KEY, student uuid,"
            " effective_on date, operations json, basis json, sensitive bytea)"
        )
        begun = time.perf_counter()
        with plain.cursor() as own, own.copy("COPY bare FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        plain.commit()
        seconds = time.perf_counter() - begun
    report.add(Figure(PART, f"{name}, the same rows by COPY", seconds, "s", None, "low", f"{len(rows)} rows"))
